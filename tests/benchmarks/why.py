"""How long ``why`` takes: ``python -m tests.benchmarks.why [--threads N] [--interpreter PY]``.

A program of 50 threads that wait in five ways is started and read 20 times: by the function, as the window does it, and by
the command, with its start. It ends with 1 where the 95 % interval of the command's median lies wholly above 1 s.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from app.programs.why import why

from .report import table

BOUND = 1.0  # seconds
ROUNDS = 20
# The median of 20 lies between the sixth and the fifteenth with 96 %.
LOW, HIGH = 5, 14

PROGRAM = """
import queue, socket, sys, threading, time
class Worker:
    def __init__(self, number):
        self.running, self.stop, self.lock = True, threading.Event(), lock
        self.queue, self.ends, self.number = queue.Queue(), socket.socketpair(), number
    def sleeps(self):
        while self.running:
            time.sleep(3600)
    def waits(self):
        while not self.stop.wait(3600):
            pass
    def takes(self):
        while True:
            item = self.queue.get()
            if item is None:
                break
    def reads(self):
        while self.running:
            self.ends[0].recv(1)
    def locks(self):
        while not self.stop.is_set():
            with self.lock:
                pass
lock = threading.RLock()
lock.acquire()
WAYS = (Worker.sleeps, Worker.waits, Worker.takes, Worker.reads, Worker.locks)
for number in range(int(sys.argv[1])):
    threading.Thread(target=WAYS[number % 5], args=(Worker(number),), name=f"worker {number}").start()
print("ready", flush=True)
input()
"""


def timed(action: Callable[[], object]) -> list[float]:
    """Return how long an action took, each time, in seconds, ascending."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        action()
        took.append(time.perf_counter() - began)
    return sorted(took)


def main() -> int:
    """Print the figures; 1 if the command is too slow for certain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=50)
    parser.add_argument("--interpreter", default=sys.executable, help="which Python the program runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "waiting.py")
        script.write_text(PROGRAM)
        return measure([options.interpreter, str(script), str(options.threads)], options.threads)


def measure(program: list[str], threads: int) -> int:
    """Start a program, print how long it takes to read it, and return the exit status."""
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        command = [sys.executable, "-m", "app", "why", str(process.pid)]
        try:
            found = why(process.pid)
            known = sum(finding.verdict != "unknown" for finding in found.findings)
            figures = {
                "the function": timed(lambda: why(process.pid)),
                "the command": timed(lambda: subprocess.run(command, check=True, capture_output=True)),
            }
        finally:
            process.kill()
    print(f"{threads} threads, {known} of {len(found.findings)} verdicts known, {ROUNDS} rounds\n")
    rows = [
        (name, *(f"{seconds:.3f} s" for seconds in (median(took), took[LOW], took[HIGH], took[-1])))
        for name, took in figures.items()
    ]
    print(table(("what", "median", "95 % from", "to", "most"), rows))
    return 1 if figures["the command"][LOW] > BOUND else 0


if __name__ == "__main__":
    sys.exit(main())
