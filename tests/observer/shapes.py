"""Small programs, each with one stop: every way to ask, in every shape of loop.

The line that asks ends with ``# asks``, the line that notices with ``# notices``.
"""

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Program:
    """A program, and the one chain that is to be seen: what was asked, and whether the link is exact."""

    name: str
    what: str
    link: str
    source: str
    since: tuple[int, int] = (3, 12)  # the first Python that can run it
    by: str = "MainThread"  # how the name of the thread that asks begins

    def line(self, mark: str) -> int:
        """Return the number of the line that has a mark."""
        (number,) = [n for n, line in enumerate(self.source.splitlines(), 1) if line.endswith(f"# {mark}")]
        return number


def _program(
    name: str, what: str, link: str, source: str, since: tuple[int, int] = (3, 12), by: str = "MainThread"
) -> Program:
    return Program(name, what, link, dedent(source).lstrip("\n"), since, by)


def _worker(name: str, what: str, link: str, body: str, ask: str, setup: str = "self.running = True") -> Program:
    """Return a program with a class that has the loop in ``run``, and one line that asks."""
    lines = [
        "import threading, time",
        "class Worker:",
        "    def __init__(self):",
        *(f"        {line}" for line in setup.splitlines()),
        *(f"    {line}" for line in dedent(body).strip("\n").splitlines()),
        "worker = Worker()",
        "thread = threading.Thread(target=worker.run)",
        "thread.start()",
        "time.sleep(0.02)",
        f"{ask}  # asks",
        "thread.join()",
    ]
    return Program(name, what, link, "\n".join(lines) + "\n")


def _function(name: str, what: str, link: str, body: str, ask: str, setup: str = "") -> Program:
    """Return a program with a function that has the loop, and one line that asks, in the module."""
    lines = [
        "import threading, time, queue, itertools",
        *dedent(setup).strip("\n").splitlines(),
        *dedent(body).strip("\n").splitlines(),
        "thread = threading.Thread(target=loop)",
        "thread.start()",
        "time.sleep(0.02)",
        *f"{dedent(ask).strip()}  # asks".splitlines(),
        "thread.join()",
    ]
    return Program(name, what, link, "\n".join(lines) + "\n")


PROGRAMS = [
    # -- an attribute, in every shape of loop --------------------------------------------------------------------
    _worker("while flag", "running = bool", "exact", """
        def run(self):
            while self.running:  # notices
                time.sleep(0.001)
    """, "worker.running = False"),
    _worker("while flag, busy", "running = bool", "exact", """
        def run(self):
            n = 0
            while self.running:  # notices
                n += 1
    """, "worker.running = False"),
    _worker("while True: if: break", "stop = bool", "exact", """
        def run(self):
            while True:
                time.sleep(0.001)
                if self.stop:  # notices
                    break
            time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("while True: if: return", "stop = bool", "exact", """
        def run(self):
            while True:
                if self.stop: return  # notices
                time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("if: run = False", "stop = bool", "exact", """
        def run(self):
            run = True
            while run:
                if self.stop:  # notices
                    run = False
                time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("while a local that is set from it", "stop = bool", "likely", """
        def run(self):
            stop = False
            while not stop:  # notices
                time.sleep(0.001)
                stop = self.stop
    """, "worker.stop = True", "self.stop = False"),
    _worker("for in range: if: break", "stop = bool", "exact", """
        def run(self):
            for _ in range(1_000_000):
                if self.stop:  # notices
                    break
                time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("for in iter of a lambda", "running = bool", "likely", """
        def run(self):
            for _ in iter(lambda: self.running, False):  # notices
                time.sleep(0.001)
    """, "worker.running = False"),
    _worker("for in iter of a method", "stop = bool", "likely", """
        def is_done(self):
            return self.stop
        def run(self):
            for _ in iter(self.is_done, True):  # notices
                time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("nested, from the inner loop", "stop = bool", "exact", """
        def run(self):
            while True:
                for _ in range(3):
                    if self.stop: return  # notices
                    time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("nested, inner break, outer flag", "stop = bool", "exact", """
        def run(self):
            while not self.stop:  # notices
                for _ in range(2):
                    time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("try/finally", "running = bool", "exact", """
        def run(self):
            try:
                while self.running:  # notices
                    time.sleep(0.001)
            finally:
                self.cleaned = True
    """, "worker.running = False"),
    _worker("try/except in the loop", "running = bool", "exact", """
        def run(self):
            while self.running:  # notices
                try:
                    time.sleep(0.001)
                    raise ValueError
                except ValueError:
                    continue
    """, "worker.running = False"),
    _worker("left by an exception", "stop = bool", "exact", """
        def run(self):
            try:
                while True:
                    if self.stop:  # notices
                        raise StopIteration
                    time.sleep(0.001)
            except StopIteration:
                pass
    """, "worker.stop = True", "self.stop = False"),
    _worker("generator", "running = bool", "exact", """
        def items(self):
            while self.running:  # notices
                yield 1
        def run(self):
            for _ in self.items():
                time.sleep(0.001)
    """, "worker.running = False"),
    _worker("comprehension", "running = bool", "likely", """
        def run(self):
            [time.sleep(0.001) for _ in iter(lambda: self.running, False)]  # notices
    """, "worker.running = False"),
    _worker("walrus", "stop = bool", "exact", """
        def run(self):
            while not (stop := self.stop):  # notices
                time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("match", "state = str", "exact", """
        def run(self):
            while True:
                match self.state:
                    case "go": time.sleep(0.001)  # notices
                    case "stop": break
    """, "worker.state = 'stop'", "self.state = 'go'"),
    _worker("compared", "state = str", "exact", """
        def run(self):
            while self.state != "stop":  # notices
                time.sleep(0.001)
    """, "worker.state = 'stop'", "self.state = 'go'"),
    _worker("is None", "job = NoneType", "exact", """
        def run(self):
            while self.job is not None:  # notices
                time.sleep(0.001)
    """, "worker.job = None", "self.job = 1"),
    _worker("not (a or b), the first", "a = bool", "exact", """
        def run(self):
            while not (self.a or self.b):  # notices
                time.sleep(0.001)
    """, "worker.a = True", "self.a = self.b = False"),
    _worker("not (a or b), the second", "b = bool", "exact", """
        def run(self):
            while not (self.a or self.b):  # notices
                time.sleep(0.001)
    """, "worker.b = True", "self.a = self.b = False"),
    _worker("helper", "stop = bool", "likely", """
        def is_done(self):
            return self.stop
        def run(self):
            while not self.is_done():  # notices
                time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _worker("helper with branches", "stop = bool", "likely", """
        def is_done(self):
            if self.stop:
                return True
            return False
        def run(self):
            while not self.is_done():  # notices
                time.sleep(0.001)
    """, "worker.stop = True", "self.stop = False"),
    _function("a global with the name of a method that reads another flag", "run = bool", "exact", """
        def loop():
            while run:  # notices
                time.sleep(0.001)
    """, """
        other.running = False
        run = False
    """, """
        class Other(threading.Thread):
            running = False
            def run(self):
                while self.running:
                    time.sleep(0.001)
        run, other = True, Other()
        other.run()
    """),
    _program("a lambda that is passed in", "stop_threads = bool", "likely", """
        import threading, time
        def run(stop):
            while True:
                time.sleep(0.001)
                if stop():  # notices
                    break
        def main():
            stop_threads = False
            thread = threading.Thread(target=run, args=(lambda: stop_threads,))
            thread.start()
            time.sleep(0.02)
            stop_threads = True  # asks
            thread.join()
        main()
    """),
    _worker("a method that is passed in", "stop = bool", "likely", """
        def is_done(self):
            return self.stop
        def loop(self, finished):
            while not finished():  # notices
                time.sleep(0.001)
        def run(self):
            self.loop(self.is_done)
    """, "worker.stop = True", "self.stop = False"),
    _worker("property", "_stop = bool", "likely", """
        @property
        def stopped(self):
            return self._stop
        def run(self):
            while not self.stopped:  # notices
                time.sleep(0.001)
    """, "worker._stop = True", "self._stop = False"),
    _worker("setattr", "running = bool", "likely", """
        def run(self):
            while self.running:  # notices
                time.sleep(0.001)
    """, "setattr(worker, 'running', False)"),
    _worker("asyncio-like: async function", "running = bool", "exact", """
        async def work(self):
            while self.running:  # notices
                time.sleep(0.001)
        def run(self):
            try:
                self.work().send(None)
            except StopIteration:
                pass
    """, "worker.running = False"),
    _program("stored by a method", "running = bool", "exact", """
        import threading, time
        class Worker(threading.Thread):
            def __init__(self):
                super().__init__()
                self.running = True
            def run(self):
                while self.running:  # notices
                    time.sleep(0.001)
            def stop(self):
                self.running = False  # asks
        other = Worker()
        worker = Worker()
        worker.start()
        time.sleep(0.02)
        other.stop2 = True
        worker.stop()
        worker.join()
    """),
    _program("an attribute of an attribute", "running = bool", "exact", """
        import threading, time
        class State:
            running = True
        class Worker(threading.Thread):
            def __init__(self):
                super().__init__()
                self.state = State()
            def run(self):
                while self.state.running:  # notices
                    time.sleep(0.001)
        worker = Worker()
        worker.start()
        time.sleep(0.02)
        worker.state.running = False  # asks
        worker.join()
    """),
    # -- other flags -----------------------------------------------------------------------------------------------
    _function("global", "running = bool", "exact", """
        def loop():
            while running:  # notices
                time.sleep(0.001)
    """, "running = False", "running = True"),
    _program("global of a module, stored by a function", "running = bool", "exact", """
        import threading, time
        running = True
        def loop():
            while running:  # notices
                time.sleep(0.001)
        def stop():
            global running
            running = False  # asks
        thread = threading.Thread(target=loop)
        thread.start()
        time.sleep(0.02)
        stop()
        thread.join()
    """),
    _program("closure", "stop = bool", "exact", """
        import threading, time
        def main():
            stop = False
            def loop():
                while not stop:  # notices
                    time.sleep(0.001)
            thread = threading.Thread(target=loop)
            thread.start()
            time.sleep(0.02)
            stop = True  # asks
            thread.join()
        main()
    """),
    _function("item", "stop = bool", "exact", """
        def loop():
            while not box["stop"]:  # notices
                time.sleep(0.001)
    """, "box['stop'] = True", "box = {'stop': False}"),
    _function("item of a list", "[0] = bool", "exact", """
        def loop():
            while True:
                time.sleep(0.001)
                if box[0]: break  # notices
    """, "box[0] = True", "box = [False]"),
    _function("item by get()", "stop = bool", "exact", """
        def loop():
            while not box.get("stop"):  # notices
                time.sleep(0.001)
    """, "box['stop'] = True", "box = {}"),
    _program("getattr of the thread", "do_run = bool", "exact", """
        import threading, time
        def loop(arg):
            t = threading.current_thread()
            while getattr(t, "do_run", True):  # notices
                time.sleep(0.001)
        thread = threading.Thread(target=loop, args=("task",))
        thread.start()
        time.sleep(0.02)
        thread.do_run = False  # asks
        thread.join()
    """),
    # -- events, conditions, queues --------------------------------------------------------------------------------
    _function("Event polled", "Event.set", "exact", """
        def loop():
            while not stop.is_set():  # notices
                time.sleep(0.001)
    """, "stop.set()", "stop = threading.Event()"),
    _function("Event polled, if: break", "Event.set", "exact", """
        def loop():
            while True:
                if stop.is_set(): break  # notices
                time.sleep(0.001)
    """, "stop.set()", "stop = threading.Event()"),
    _function("Event waited on", "Event.set", "exact", """
        def loop():
            while not stop.wait(10):  # notices
                pass
    """, "stop.set()", "stop = threading.Event()"),
    _function("Event waited on without a loop", "Event.set", "exact", """
        def loop():
            stop.wait()  # notices
    """, "stop.set()", "stop = threading.Event()"),
    _worker("Event of an object, behind a helper", "Event.set", "exact", """
        def stopped(self):
            return self.event.is_set()  # notices
        def run(self):
            while not self.stopped():
                time.sleep(0.001)
    """, "worker.event.set()", "self.event = threading.Event()"),
    _program("Condition with a flag", "stopped = bool", "exact", """
        import threading, time
        condition = threading.Condition()
        stopped = False
        def loop():
            with condition:
                while not stopped:  # notices
                    condition.wait()
        thread = threading.Thread(target=loop)
        thread.start()
        time.sleep(0.02)
        with condition:
            stopped = True  # asks
            condition.notify_all()
        thread.join()
    """),
    _program("Condition.wait_for", "stopped = bool", "likely", """
        import threading, time
        condition = threading.Condition()
        stopped = False
        def loop():
            with condition:
                while not condition.wait_for(lambda: stopped, timeout=10):  # notices
                    pass
        thread = threading.Thread(target=loop)
        thread.start()
        time.sleep(0.02)
        with condition:
            stopped = True  # asks
            condition.notify_all()
        thread.join()
    """),
    _program("Condition.notify alone", "Condition.notify", "exact", """
        import threading, time
        condition = threading.Condition()
        def loop():
            with condition:
                condition.wait()  # notices
        thread = threading.Thread(target=loop)
        thread.start()
        time.sleep(0.02)
        with condition:
            condition.notify()  # asks
        thread.join()
    """),
    _function("Queue sentinel", "Queue.put", "exact", """
        def loop():
            while True:
                item = jobs.get()
                if item is None: break  # notices
    """, "jobs.put(None)", "jobs = queue.Queue()\njobs.put(1)"),
    _function("Queue sentinel, for in iter", "Queue.put", "exact", """
        def loop():
            for item in iter(jobs.get, None):  # notices
                pass
    """, "jobs.put(None)", "jobs = queue.Queue()\njobs.put(1)"),
    _function("Queue sentinel, an object", "Queue.put", "exact", """
        def loop():
            while (item := jobs.get()) is not STOP:  # notices
                pass
    """, "jobs.put(STOP)", "jobs = queue.Queue()\nSTOP = object()\njobs.put(1)"),
    _function("SimpleQueue sentinel", "SimpleQueue.put", "exact", """
        def loop():
            while True:
                item = jobs.get()
                if item is None: break  # notices
    """, "jobs.put(None)", "jobs = queue.SimpleQueue()\njobs.put(1)"),
    _program("Queue.shutdown", "Queue.shutdown", "exact", """
        import queue, threading, time
        jobs = queue.Queue()
        def loop():
            while True:
                try:
                    jobs.get()  # notices
                except queue.ShutDown:
                    break
        thread = threading.Thread(target=loop)
        thread.start()
        time.sleep(0.02)
        jobs.shutdown()  # asks
        thread.join()
    """, since=(3, 13)),
    # -- what the standard library offers --------------------------------------------------------------------------
    _program("Timer.cancel", "Timer.cancel", "exact", """
        import threading, time
        timer = threading.Timer(100, print)
        timer.start()
        time.sleep(0.02)
        timer.cancel()  # asks
        timer.join()
    """),
    _program("executor.shutdown", "ThreadPoolExecutor.shutdown", "exact", """
        import time
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(1)
        pool.submit(int).result()
        time.sleep(0.02)
        pool.shutdown()  # asks
    """),
    _program("HTTP server", "BaseServer.shutdown", "exact", """
        import http.server, threading, time
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        time.sleep(0.05)
        server.shutdown()  # asks
        thread.join()
        server.server_close()
    """),
    _program("task.cancel by call_soon_threadsafe", "task.cancel", "exact", """
        import asyncio, threading, time
        box = {}
        async def job():
            box["loop"], box["task"] = asyncio.get_running_loop(), asyncio.current_task()
            await asyncio.sleep(100)  # notices
        def run():
            try:
                asyncio.run(job())
            except asyncio.CancelledError:
                pass
        thread = threading.Thread(target=run)
        thread.start()
        while "task" not in box: time.sleep(0.01)
        time.sleep(0.02)
        box["loop"].call_soon_threadsafe(box["task"].cancel)  # asks
        thread.join()
    """),
    _program("Future.cancel of a coroutine", "Future.cancel", "exact", """
        import asyncio, threading, time
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        async def job():
            await asyncio.sleep(100)  # notices
        future = asyncio.run_coroutine_threadsafe(job(), loop)
        time.sleep(0.02)
        future.cancel()  # asks
        time.sleep(0.02)
    """),
    _program("loop.stop", "loop.stop", "exact", """
        import asyncio, threading, time
        loop = asyncio.new_event_loop()
        def run():
            loop.run_forever()  # notices
            loop.close()
        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.02)
        loop.call_soon_threadsafe(loop.stop)  # asks
        thread.join()
    """),
    # -- as people write them --------------------------------------------------------------------------------------
    _program("an Event that is cleared", "Event.clear", "exact", """
        import threading, time
        class Worker(threading.Thread):
            def __init__(self):
                super().__init__()
                self._running = threading.Event()
                self._running.set()
            def run(self):
                while self._running.is_set():  # notices
                    time.sleep(0.001)
            def stop(self):
                self._running.clear()  # asks
        worker = Worker()
        worker.start()
        time.sleep(0.02)
        worker.stop()
        worker.join()
    """),
    _program("asyncio.Event by call_soon_threadsafe", "asyncio.Event.set", "exact", """
        import asyncio, threading, time
        class Service:
            def run(self):
                asyncio.run(self.main())
            async def main(self):
                self.loop, self.event = asyncio.get_running_loop(), asyncio.Event()
                await self.event.wait()  # notices
        service = Service()
        thread = threading.Thread(target=service.run)
        thread.start()
        while not hasattr(service, "event"): time.sleep(0.01)
        time.sleep(0.02)
        service.loop.call_soon_threadsafe(service.event.set)  # asks
        thread.join()
    """),
    _program("asyncio.Event that is polled", "asyncio.Event.set", "exact", """
        import asyncio, threading, time
        box = []
        async def main():
            event = asyncio.Event()
            box.extend([asyncio.get_running_loop(), event])
            while not event.is_set():  # notices
                await asyncio.sleep(0.001)
        thread = threading.Thread(target=lambda: asyncio.run(main()))
        thread.start()
        while not box: time.sleep(0.01)
        time.sleep(0.02)
        box[0].call_soon_threadsafe(box[1].set)  # asks
        thread.join()
    """),
    _program("a Condition of work, and a flag", "closed = bool", "exact", """
        import threading, time
        from collections import deque
        class Worker:
            def __init__(self):
                self.items, self.condition, self.closed = deque(), threading.Condition(), False
                self.thread = threading.Thread(target=self._run)
                self.thread.start()
            def put(self, item):
                with self.condition:
                    self.items.append(item)
                    self.condition.notify()
            def close(self):
                with self.condition:
                    self.closed = True  # asks
                    self.condition.notify_all()
                self.thread.join()
            def _run(self):
                while True:
                    with self.condition:
                        while not self.items and not self.closed:  # notices
                            self.condition.wait()
                        if self.closed and not self.items: return
                        item = self.items.popleft()
                    time.sleep(item)
        worker = Worker()
        for _ in range(4): worker.put(0.001)
        time.sleep(0.05)
        worker.close()
    """),
    _program("a server shut down by a thread of its own", "BaseServer.shutdown", "exact", """
        import socketserver, threading, time
        server = socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        time.sleep(0.05)
        threading.Thread(target=server.shutdown).start()  # asks
        thread.join()
        server.server_close()
    """, by="Thread-"),
    _program("a state of an enumeration", "state = State", "exact", """
        import dataclasses, enum, threading, time
        class State(enum.Enum):
            RUN, STOP = range(2)
        @dataclasses.dataclass
        class Control:
            state: State = State.RUN
        def loop(control):
            while control.state is State.RUN:  # notices
                time.sleep(0.001)
        control = Control()
        thread = threading.Thread(target=loop, args=(control,))
        thread.start()
        time.sleep(0.02)
        control.state = State.STOP  # asks
        thread.join()
    """),
    _program("a flag behind a Semaphore", "[0] = bool", "exact", """
        import threading, time
        jobs, stop = threading.Semaphore(0), [False]
        def loop():
            while True:
                jobs.acquire()
                if stop[0]: break  # notices
        thread = threading.Thread(target=loop)
        thread.start()
        for _ in range(3):
            jobs.release()
            time.sleep(0.005)
        stop[0] = True  # asks
        jobs.release()
        thread.join()
    """),
    _program("a token in a context", "_cancelled = bool", "likely", """
        import contextvars, threading, time
        current = contextvars.ContextVar("current")
        class Token:
            __slots__ = ("_cancelled",)
            def __init__(self): self._cancelled = False
            def cancel(self): self._cancelled = True  # asks
            @property
            def cancelled(self): return self._cancelled
        def loop():
            while True:
                if current.get().cancelled:  # notices
                    return
                time.sleep(0.001)
        token = Token()
        current.set(token)
        thread = threading.Thread(target=contextvars.copy_context().run, args=(loop,))
        thread.start()
        time.sleep(0.02)
        token.cancel()
        thread.join()
    """),
    _program("a flag and a pair of sockets", "alive = bool", "exact", """
        import select, socket, threading, time
        class Server(threading.Thread):
            def __init__(self):
                super().__init__()
                self.reader, self.writer = socket.socketpair()
                self.alive = True
            def run(self):
                while self.alive:  # notices
                    ready, _, _ = select.select([self.reader], [], [])
                    if self.reader in ready:
                        self.reader.recv(1)
            def stop(self):
                self.alive = False  # asks
                self.writer.send(b"x")
        server = Server()
        server.start()
        time.sleep(0.02)
        server.stop()
        server.join()
        server.reader.close(), server.writer.close()
    """),
    _program("a Timer that repeats", "Timer.cancel", "exact", """
        import threading, time
        class Repeating(threading.Timer):
            def run(self):
                while not self.finished.wait(self.interval):  # notices
                    self.function(*self.args, **self.kwargs)
        timer = Repeating(0.005, int)
        timer.start()
        time.sleep(0.03)
        timer.cancel()  # asks
        timer.join()
    """),
    _program("an attribute of the class", "_stop = bool", "exact", """
        import threading, time
        class Worker:
            _stop = False
            @classmethod
            def shutdown(cls):
                cls._stop = True  # asks
            def run(self):
                while not self._stop:  # notices
                    time.sleep(0.001)
        thread = threading.Thread(target=Worker().run)
        thread.start()
        time.sleep(0.02)
        Worker.shutdown()
        thread.join()
    """),
    _program("a sentinel after work, by a walrus", "Queue.put", "exact", """
        import queue, threading, time
        jobs = queue.Queue()
        def loop():
            while (item := jobs.get()) is not None:  # notices
                pass
        thread = threading.Thread(target=loop)
        thread.start()
        for number in range(5):
            jobs.put(number)
        time.sleep(0.02)
        jobs.put(None)  # asks
        thread.join()
    """),
    _program("a sentinel object after work, by a walrus", "Queue.put", "exact", """
        import queue, threading, time
        jobs, STOP = queue.Queue(), object()
        class Worker(threading.Thread):
            def run(self):
                while (item := jobs.get()) is not STOP:  # notices
                    pass
        worker = Worker()
        worker.start()
        for number in range(5):
            jobs.put(number)
        time.sleep(0.02)
        jobs.put(STOP)  # asks
        worker.join()
    """),
]  # fmt: skip
