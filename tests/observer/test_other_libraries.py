"""Libraries that many programs use, as their users use them: the chains are as their sources say."""

from collections.abc import Iterator

import pytest

from tests.observer.harness import Running, needs_monitoring, program, start_observed

pytestmark = needs_monitoring

# Half a second each: what a library imports last is read by then, also where it has to be compiled first.
_CLIENT = """\
import socket, threading, time
import paho.mqtt.client as mqtt
server = socket.create_server(("127.0.0.1", 0))
def broker():
    connection, _ = server.accept()
    connection.recv(1024)
    connection.sendall(bytes([32, 2, 0, 0]))  # it is connected
    while connection.recv(1024):
        pass
threading.Thread(target=broker, name="broker", daemon=True).start()
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", server.getsockname()[1])
client.loop_start()
time.sleep(0.5)
client.loop_stop()
"""
_WATCHER = """\
import tempfile, time
from watchdog.events import FileSystemEventHandler
from watchdog.observers.polling import PollingObserver
with tempfile.TemporaryDirectory() as folder:
    observer = PollingObserver(timeout=0.1)
    observer.schedule(FileSystemEventHandler(), folder)
    observer.start()
    time.sleep(0.5)
    observer.stop()
    observer.join()
"""
_SCHEDULER = """\
import time
from apscheduler.schedulers.background import BackgroundScheduler
scheduler = BackgroundScheduler()
scheduler.add_job(print, "interval", seconds=0.1)
scheduler.start()
time.sleep(0.5)
scheduler.shutdown()
"""
_READER = """\
import os, time, tty
import serial
from serial.threaded import LineReader, ReaderThread
near, far = os.openpty()
tty.setraw(far)
reader = ReaderThread(serial.Serial(os.ttyname(far), timeout=0.1), LineReader)
reader.name = "reader"
reader.start()
reader.connect()
time.sleep(0.5)
reader.stop()
"""
_SOURCES = {"client": _CLIENT, "watcher": _WATCHER, "scheduler": _SCHEDULER, "reader": _READER}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    folder = tmp_path_factory.mktemp("others")
    running = {
        name: start_observed(folder / name, program(folder, source, f"use_{name}.py"))
        for name, source in _SOURCES.items()
    }
    yield running
    for each in running.values():
        each.close()


@pytest.mark.parametrize(
    ("name", "thread", "what", "by", "at"),
    [
        ("client", "paho-mqtt-client", "_thread_terminate = bool", "MainThread", "client.py"),
        ("watcher", "Thread-1", "Event.set", "MainThread", "__init__.py"),
        ("watcher", "Thread-2", "Event.set", "MainThread", "__init__.py"),
        ("scheduler", "APScheduler", "Event.set", "MainThread", "blocking.py"),
        ("scheduler", "ThreadPoolExecutor-0_0", "ThreadPoolExecutor.shutdown", "MainThread", "pool.py"),
        ("reader", "reader", "alive = bool", "MainThread", "__init__.py"),
    ],
)
def test_who_asked_which_thread_and_that_it_noticed(
    started: dict[str, Running], name: str, thread: str, what: str, by: str, at: str
) -> None:
    observed = started[name].result()
    names = {each["id"]: each["name"] for each in observed.kind("thread")}
    chains = [each for each in observed.chains if names[each["thread"]].startswith(thread)]
    (chain,) = [each for each in chains if each["request"]["what"] == what]
    assert chain["request"]["by"] == by
    assert chain["request"]["at"].partition(":")[0] == at
    assert chain["noticed"]["t_ns"] >= chain["request"]["t_ns"]
    assert chain["link"] == "exact"
    assert observed.status == 0
