"""Methods that C may call, wrapped on their class: no event tells of a call that Qt makes by itself."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

# By module and class: the methods that ask a thread to stop, and by which name of what it looks at it would notice.
_METHODS = {
    ("PySide6.QtCore", "QThread"): {
        "requestInterruption": "isInterruptionRequested",
        "quit": "exec",
        "exit": "exec",
        "terminate": "terminate",
    },
    ("PyQt6.QtCore", "QThread"): {
        "requestInterruption": "isInterruptionRequested",
        "quit": "exec",
        "exit": "exec",
        "terminate": "terminate",
    },
}


class Patches:
    """Wraps the methods once their module is imported.

    Args:
        ask: called with the name, the words and the object of a request and the frame it comes from.
    """

    def __init__(self, ask: "Callable[[str, str, object, FrameType], None]") -> None:
        self._ask = ask
        self._waiting = dict(_METHODS)

    def install(self) -> bool:
        """Wrap the methods of the modules that have been imported; return whether nothing is left to wrap."""
        for (module, name), methods in list(self._waiting.items()):
            loaded = sys.modules.get(module)
            cls = vars(loaded).get(name) if loaded is not None else None
            if cls is not None:
                del self._waiting[module, name]
                for method, looked_at in methods.items():
                    self._wrap(cls, method, looked_at)
        return not self._waiting

    def _wrap(self, cls: type, method: str, looked_at: str) -> None:
        original = getattr(cls, method, None)
        if original is None:
            return
        ask, words = self._ask, f"{cls.__name__}.{method}"

        def wrapper(self: object, *arguments: object) -> object:
            ask(looked_at, words, self, sys._getframe(1))
            return original(self, *arguments)

        wrapper.__name__ = wrapper.__qualname__ = method
        wrapper.__doc__ = original.__doc__
        setattr(cls, method, wrapper)
