"""Requests, and which of them a thread has noticed.

A request is kept until it can be linked: what was asked, of which object, by which thread. Whatever is not known makes the
link only likely. Called from callbacks in any thread of the program; each step is atomic by itself.
"""

from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .threads import Thread

Place = tuple[str, int]  # file and line

# Requests that are remembered: of one object by one name, or put into one queue; of how many objects; by one name at all;
# for a verdict; and whose deadline is not over.
MOST_OF_OBJECT, MOST_TAKEN, MOST_OBJECTS, MOST_LATEST, MOST_LOOKED_AT, MOST_RECENT = 32, 1_000, 5_000, 200, 100, 10_000


class Request:
    """What asks a thread to stop.

    Attributes:
        number: of this request, once it has been linked to a thread; 0 before.
        t_ns: the instant just before it takes effect.
        name: what readers know it by: a name that is stored to, or a method such as "is_set".
        kind: "variable", "cell", "attribute", "item", "method" or "take".
        what: in words, such as "Event.set" or "running = bool".
        at: the line that asked.
        by: the thread that asked.
        base: id of the object that it is stored to or called on; 0 if that is not known.
        base_type: the name of its type; empty if it is not known.
        truth: 1 if the value stored is true, -1 if it is false, 0 if that is not known.
        item: id of what was put into a queue; 0 for others.
        is_sign: whether that is nothing but a sign, such as None, and no work.
        via: how the way from it is indirect, as of reads.
        noticed: the numbers of the threads that have noticed it.
        targets: the numbers of threads that were found to read it, and have not noticed.
    """

    __slots__ = (
        "at",
        "base",
        "base_type",
        "by",
        "is_sign",
        "item",
        "kind",
        "name",
        "noticed",
        "number",
        "t_ns",
        "targets",
        "truth",
        "via",
        "what",
    )

    def __init__(
        self,
        t_ns: int,
        name: str,
        kind: str,
        what: str,
        at: Place,
        by: "Thread",
        *,
        base: int = 0,
        base_type: str = "",
        truth: int = 0,
        item: int = 0,
        is_sign: bool = True,
        via: str = "",
    ) -> None:
        self.number = 0
        self.t_ns = t_ns
        self.name = name
        self.kind = kind
        self.what = what
        self.at = at
        self.by = by
        self.base = base
        self.base_type = base_type
        self.truth = truth
        self.item = item
        self.is_sign = is_sign
        self.via = via
        self.noticed: set[int] = set()
        self.targets: set[int] = set()


class Look:
    """What a thread looked at when it went another way.

    Attributes:
        name, kind: as of requests.
        base: id of the object that was read from; 0 if that is not known.
        via: how the way to it is indirect; empty if it is not.
        when: whether it was true (1) or false (-1); 0 if that is not known.
        item: id of what was taken from a queue; 0 if that is not known.
        classes: ids of the classes of that object: what is stored to a class is read from its objects.
        has_turned: whether it went another way than before, whatever the value was.
    """

    __slots__ = ("base", "classes", "has_turned", "item", "kind", "name", "via", "when")

    def __init__(
        self,
        name: str,
        kind: str,
        base: int,
        via: str = "",
        when: int = 0,
        item: int = 0,
        *,
        classes: tuple[int, ...] = (),
        has_turned: bool = True,
    ) -> None:
        self.classes = classes
        self.name = name
        self.kind = kind
        self.base = base
        self.via = via
        self.when = when
        self.item = item
        self.has_turned = has_turned


class Chains:
    """All requests that may still be noticed."""

    def __init__(self) -> None:
        self._latest: dict[str, list[Request]] = {}  # by name
        self._by_object: dict[str, dict[int, list[Request]]] = {}  # by name, and by id of the object; 0 if not known
        self._recent: list[Request] = []
        self._numbers = count(1)

    def add(self, request: Request) -> None:
        """Remember a request."""
        objects = self._by_object.setdefault(request.name, {})
        requests = objects.setdefault(request.base, [])
        if len(requests) >= (MOST_TAKEN if request.kind == "take" else MOST_OF_OBJECT):
            del requests[0]
        requests.append(request)
        if len(objects) > MOST_OBJECTS:
            objects.pop(next(iter(objects)), None)
        latest = self._latest.setdefault(request.name, [])
        latest.append(request)
        if len(latest) > MOST_LATEST:
            del latest[0]
        if len(self._recent) < MOST_RECENT:
            self._recent.append(request)

    def take_older(self, t_ns: int) -> list[Request]:
        """Return the requests from before an instant that were not returned before; the observer's thread."""
        older = []
        while self._recent and self._recent[0].t_ns < t_ns:
            older.append(self._recent.pop(0))
        return older

    def has(self, name: str) -> bool:
        """Return whether anything was ever asked by a name."""
        return name in self._latest

    def number(self, request: Request) -> bool:
        """Give a request its number; return whether it had none."""
        if request.number:
            return False
        request.number = next(self._numbers)
        return True

    def named(self, name: str, base: int = 0, classes: tuple[int, ...] = ()) -> list[Request]:
        """Return the requests by a name that may be of an object: of it, of its classes, or of one that is not known."""
        if not base:
            return list(self._latest.get(name, ()))
        objects = self._by_object.get(name, {})
        return [request for each in (base, *classes, 0) for request in objects.get(each, ())]

    def last(self) -> list[Request]:
        """Return the last requests that are remembered, in the order of time: as many as a verdict can look at."""
        every = [request for requests in list(self._latest.values()) for request in list(requests)]
        return sorted(every, key=lambda each: each.t_ns)[-MOST_LOOKED_AT:]

    def fitting(self, look: Look, thread: "Thread") -> list[Request]:
        """Return the requests that can have made a thread go another way, the most likely one first."""
        named = self.named(look.name, look.base, look.classes)
        fitting = [request for request in named if fits(request, look, thread)]
        # The last one is the one in force; of a queue, the first that was put is taken first.
        fitting.sort(key=lambda each: each.t_ns, reverse=look.kind != "take")
        if look.base:
            fitting.sort(key=lambda each: each.base not in (look.base, *look.classes))
        return fitting


def is_certain(look: Look, fitting: list[Request]) -> bool:
    """Return whether the first of the fitting requests is certainly the one."""
    request = fitting[0]
    if look.via or request.via or (look.kind == "take" and not look.item):
        return False
    if look.base and request.base in (look.base, *look.classes):
        return True
    # A variable of an enclosing function: told apart only while one line stores to one of that name.
    return look.kind == request.kind == "cell" and len({each.at for each in fitting}) == 1


def fits(request: Request, look: Look, thread: "Thread") -> bool:
    """Return whether a request can be what a thread looks at, and has not noticed."""
    if request.by is thread or request.t_ns < thread.started_ns or thread.number in request.noticed:
        return False
    if request.base and look.base and request.base not in (look.base, *look.classes):
        return False
    if request.truth and look.when:
        if request.truth != look.when:
            return False
    elif not look.has_turned:
        return False
    if look.kind == "take":
        # One thread takes what was put; what is not known to be the end is taken for it if it is nothing but a sign.
        is_it = request.item == look.item if look.item else request.is_sign
        return not request.noticed and request.kind == "take" and is_it
    return request.kind != "take"
