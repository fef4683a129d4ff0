"""What is found in the memory of a program: global variables, threads, Events."""

from contextlib import suppress

from app.programs.dump import MOST_TEXT, ThreadDump, thread_object
from app.programs.memory import UnreadableError
from app.programs.objects import Objects, Value


class ProgramValues:
    """Finds the global variables and the functions of a process, and what is known of its threads and Events.

    Args:
        objects: of the process.
        threads: of its dump.

    Attributes:
        objects: of the process.
        thread_objects: the addresses of the ``Thread`` of its threads that have one.
    """

    def __init__(self, objects: Objects, threads: tuple[ThreadDump, ...]) -> None:
        self.objects = objects
        self._globals: dict[str, int] = {}  # the dict of a module by its file
        self.thread_objects = [address for thread in threads if (address := thread_object(thread))]
        with suppress(UnreadableError):
            self._find_modules()

    def _find_modules(self) -> None:
        """Find the modules by way of the module ``threading``, which has ``sys`` as a global variable."""
        objects = self.objects
        for address in self.thread_objects:
            bootstrap = objects.class_attribute(objects.kind(address), "_bootstrap")
            module = bootstrap and objects.item(objects.globals_of(bootstrap), "_sys")
            if not module:
                continue
            for dictionary in objects.modules(module):
                with suppress(UnreadableError):
                    if file := objects.item(dictionary, "__file__"):
                        self._globals.setdefault(objects.text(file), dictionary)
            return

    def is_daemon(self, thread: ThreadDump) -> bool | None:
        """Return whether a thread is a daemon; None if that is not known."""
        address = thread_object(thread)
        try:
            found = address and self.objects.attribute(address, "_daemonic")
            return self.objects.value(found).truth if found else None
        except UnreadableError:
            return None

    def name(self, thread: ThreadDump) -> str:
        """Return a thread's name as its object has it, or its beginning; empty if that is not known."""
        address = thread_object(thread)
        with suppress(UnreadableError):
            if found := address and self.objects.attribute(address, "_name"):
                return self.objects.beginning(found, MOST_TEXT)
        return ""

    def global_variables(self, file: str) -> int | None:
        """Return the dict of the global variables of a file's module; None if it is not found."""
        return self._globals.get(file)

    def event_flag(self, address: int) -> Value:
        """Return whether an Event is set; UnreadableError if it is none of ``threading`` or ``asyncio``."""
        if not self.objects.is_a(address, "Event"):
            raise UnreadableError("it is no Event of threading")
        for name in ("_flag", "_value"):
            if found := self.objects.attribute(address, name):
                value = self.objects.value(found)
                if value.type == "bool":
                    return value
        raise UnreadableError
