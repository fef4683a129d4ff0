"""One program a verdict, which hangs; each says that it is where it hangs."""

# Where a process may only be read by those above it (Yama's ptrace_scope 1), it lets any other read it as well: py-spy is
# started beside it. PR_SET_PTRACER, PR_SET_PTRACER_ANY; of no effect elsewhere.
READABLE = "import ctypes; ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)"

PROGRAMS: dict[str, str] = {
    "slow-cleanup": """
import threading, time
running = True
def work():
    try:
        while running:
            time.sleep(0.01)
    finally:
        ready.set()
        time.sleep(1000)
ready = threading.Event()
threading.Thread(target=work, name="worker").start()
running = False
ready.wait()
print("ready", flush=True)
""",
    "noticed-not-ended": """
import queue, threading
class Worker:
    def __init__(self):
        self.stop, self.rest, self.ready = threading.Event(), queue.SimpleQueue(), threading.Event()
    def run(self):
        while not self.stop.is_set():
            self.stop.wait(0.01)
        self.ready.set()
        self.rest.get()
worker = Worker()
threading.Thread(target=worker.run, name="worker").start()
worker.stop.set()
worker.ready.wait()
print("ready", flush=True)
""",
    "swallowed": """
import _thread, threading, time
def work():
    while True:
        try:
            if not asked.is_set():
                asked.set()
                raise SystemExit
        except BaseException as error:
            ready.set()
            time.sleep(1000)
asked, ready = threading.Event(), threading.Event()
threading.Thread(target=work, name="worker").start()
ready.wait()
print("ready", flush=True)
""",
    "waiting-for-lock": """
import threading
class Worker:
    running = True
    def run(self):
        while self.running:
            ready.set()
            with lock:
                pass
lock, ready = threading.RLock(), threading.Event()
worker = Worker()
lock.acquire()
threading.Thread(target=worker.run, name="worker").start()
ready.wait()
worker.running = False
print("ready", flush=True)
threading.Event().wait()
""",
    "blocked-in-call": """
import socket, threading
class Reader:
    def __init__(self, ours):
        self.running, self.ours = True, ours
    def run(self):
        while self.running:
            ready.set()
            self.ours.recv(100)
ours, theirs = socket.socketpair()
ready = threading.Event()
reader = Reader(ours)
threading.Thread(target=reader.run, name="worker").start()
ready.wait()
reader.running = False
print("ready", flush=True)
""",
    "asked-not-polled": """
import threading
state = {"stop": False}
def work(numbers):
    while not state["stop"]:
        ready.set()
        while True:
            numbers[0] += 1
ready = threading.Event()
threading.Thread(target=work, args=([0],), name="worker").start()
ready.wait()
state["stop"] = True
print("ready", flush=True)
""",
    "asked-elsewhere": """
import threading, time
class Worker(threading.Thread):
    def __init__(self):
        super().__init__(name="worker")
        self.running = True
        self.ready = threading.Event()
    def run(self):
        while self.running:
            self.ready.set()
            time.sleep(1000)
first, second = Worker(), Worker()
second.start()
second.ready.wait()
def main(meant):
    meant.running = False
    print("ready", flush=True)
    meant.join() if meant.ident else second.join()
main(first)
""",
    "never-asked": """
import threading, time
def outer():
    done = False
    def work():
        while not done:
            ready.set()
            time.sleep(1000)
    threading.Thread(target=work, name="worker", daemon=True).start()
    ready.wait()
    print("ready", flush=True)
    time.sleep(1000)
    done = True
ready = threading.Event()
outer()
""",
    "unknown": """
import threading
def work(numbers):
    ready.set()
    while True:
        numbers[0] += 1
ready = threading.Event()
threading.Thread(target=work, args=([0],), name="worker").start()
ready.wait()
print("ready", flush=True)
""",
}
