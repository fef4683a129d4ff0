"""What the variables of a frame hold: type and id of it, and nothing else; no code of the program's is run."""

from _thread import LockType, RLock
from types import FrameType, ModuleType

from .output import clipped
from .reading import Store
from .values import Source

LOCKS = (LockType, RLock)
_OPTIMIZED = 1  # CO_OPTIMIZED: the frame's variables are in the frame


def variable(frame: FrameType, source: Source) -> tuple[object, ...]:
    """Return what a variable holds, or an attribute of that, as a tuple of one; empty if it is not known.

    No code of the program's is run.
    """
    if source is None:
        return ()
    kind, name = source[:2]
    if len(source) > 2:
        owner = variable(frame, (kind, name))
        found = own_attribute(owner[0], source[2]) if owner else None
        return () if found is None else (found,)
    if kind == "global" or not frame.f_code.co_flags & _OPTIMIZED:
        for names in (frame.f_globals, frame.f_builtins):
            if isinstance(names, dict) and dict.__contains__(names, name):
                return (dict.__getitem__(names, name),)
        return ()
    variables = frame.f_locals
    return (variables[name],) if name in variables else ()


def object_in(frame: FrameType, source: Source, kind: str) -> tuple[int, str]:
    """Return id and type name of the object that a name is read from or stored to; 0 if it is not known."""
    if source is None:
        # A global variable is an item of its module.
        return (id(frame.f_globals), "module") if kind == "variable" else (0, "")
    found = variable(frame, source)
    return object_of(found[0]) if found else (0, "")


def object_of(value: object) -> tuple[int, str]:
    """Return id and type name by which an object is known; a module is known by its dictionary, as its functions know it."""
    if type(value) is ModuleType:
        return id(ModuleType.__getattribute__(value, "__dict__")), "module"
    return id(value), clipped(type_name(value))


def classes_in(frame: FrameType, source: Source, kind: str) -> tuple[int, ...]:
    """Return the ids of the classes of the object that an attribute is read from; none if they are not known."""
    found = variable(frame, source) if kind == "attribute" else ()
    if not found:
        return ()
    return tuple(id(cls) for cls in type.__dict__["__mro__"].__get__(type(found[0])) if cls is not object)


def stored_value(frame: FrameType, store: Store) -> tuple[int, str]:
    """Return the truth (0 if not known) and the name of the type of what is stored."""
    value = store.constant or variable(frame, store.value)
    if not value:
        return 0, "unknown"
    kind = type(value[0])
    if value[0] is None or kind is bool:
        return (1 if value[0] is True else -1), kind.__name__
    if store.constant:
        return (1 if value[0] else -1), kind.__name__
    return 0, clipped(type_name(value[0]))


def type_name(value: object) -> str:
    """Return the name of a value's type; of the value nothing else is touched, and of a metaclass nothing either."""
    return str(type.__dict__["__name__"].__get__(type(value)))


def own_attribute(value: object, name: str) -> object:
    """Return what an object itself holds by a name, or None; nothing that its class has for that name is run.

    A lock of its class is returned as well. Its dictionary is not asked for: it would be made then, and the object would be
    slower from that moment on.
    """
    for cls in type.__dict__["__mro__"].__get__(type(value)):
        attributes = type.__dict__["__dict__"].__get__(cls)
        if name in attributes:
            return attributes[name] if type(attributes[name]) in LOCKS else None
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None
