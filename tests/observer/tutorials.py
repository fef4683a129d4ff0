"""The two tutorials' programs, as they are."""

EVENT = """\
# importing modules
from threading import Thread, Event
import time

# target function
def task(event: Event, id: int) -> None:
    i = 0
    while not event.is_set():
        i += 1
        print(f"Child thread running... {i}")
        time.sleep(0.5)
    print()
    print("Child Thread Interrupted")

# create an event, and a thread
event = Event()
thread = Thread(target=task, args=(event, 1))
thread.start()

# suspend the main thread for 3 seconds
time.sleep(3)

print("Main thread stopping child thread")
event.set()
thread.join()
"""

FLAG = """\
import threading
import time

def doit(arg):
    t = threading.current_thread()
    while getattr(t, "do_run", True):
        print("working on %s" % arg)
        time.sleep(1)
    print("Stopping the Thread after some time.")

def main():
    t = threading.Thread(target=doit, args=("a task",))
    t.start()
    time.sleep(5)
    t.do_run = False

if __name__ == "__main__":
    main()
"""
