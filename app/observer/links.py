"""Requests and their notices, remembered and said, from wherever they are seen."""

from time import perf_counter_ns
from types import FrameType

from .chains import Chains, Place, Request
from .code_index import CodeIndex
from .lives import Lives
from .objects import type_name
from .output import Output, clipped
from .places import Places
from .threads import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Requests from one line, or of one object by one name, after which there are no more: it is something else than a stop.
MOST_REQUESTS, MOST_COUNTED = 300, 100_000
MOST_ALIKE = 8  # chains of one thread from one line to another that are said


class Links:
    """Links requests and threads; called from callbacks in any thread, each step is atomic by itself.

    Args:
        output: where they are said.
        chains: the requests that may still be noticed.
        places: whose each file is.
        index: of the code objects.
        lives: which thread this is.

    Attributes:
        minded: numbers of a request and of a thread that noticed it where it looks in a loop, and is not to be taken for
            the beginning of its work.
        left: numbers of a request and of a thread that left a loop for it.
        last_store: by ident of a thread, the instant when it last stored to what is read.
        noticing: called with a request, the thread that has noticed it, the instant and whether that is certain, in that
            thread.
    """

    def __init__(self, output: Output, chains: Chains, places: Places, index: CodeIndex, lives: Lives) -> None:
        self._output = output
        self._chains = chains
        self._places = places
        self._index = index
        self._lives = lives
        self.minded: set[tuple[int, int]] = set()
        self.left: set[tuple[int, int]] = set()
        self.last_store: dict[int, int] = {}
        self.noticing: Callable[[Request, Thread, int, bool], object] | None = None
        self._alike: dict[tuple[Place, Place, int], int] = {}
        self._times: dict[object, int] = {}  # how often what asks did so

    def ask(
        self, name: str, kind: str, what: str, target: object, frame: FrameType, *, item: int = 0
    ) -> Request | None:
        """Remember a request by a method; called from callbacks and patches, in the thread that asks."""
        thread = self._lives.this_thread(frame)
        at, called = self._places.asked_at(frame)
        if self.is_busy(at):
            return None
        request = Request(
            perf_counter_ns(), name, kind, called or what, at, thread, base=id(target),
            base_type=clipped(type_name(target)), item=item,
        )  # fmt: skip
        self._chains.add(request)
        self._index.switch_on_again(name)
        return request

    def is_busy(self, key: object) -> bool:
        """Count a request from a line, or of an object by a name; return whether that is so usual that it is none."""
        times = self._times[key] = self._times.get(key, 0) + 1
        if len(self._times) > MOST_COUNTED:
            self._times.clear()
        return times > MOST_REQUESTS

    def notice(self, request: Request, thread: Thread, t_ns: int, at: Place, how: str, *, certain: bool) -> None:
        """Say that a thread has noticed a request.

        Args:
            request: what asked.
            thread: which has noticed.
            t_ns: the instant.
            at: the line.
            how: in words.
            certain: whether it is certain that it noticed this request.
        """
        request.noticed.add(thread.number)
        request.targets.discard(thread.number)
        if self.noticing is not None:
            self.noticing(request, thread, t_ns, certain)
        alike = (request.at, at, thread.number)
        times = self._alike[alike] = self._alike.get(alike, 0) + 1
        if times > MOST_ALIKE:
            if times == MOST_ALIKE + 1:
                words = f"{clipped(thread.name)} noticed what asks at line {request.at[1]} of {clipped(request.at[0])}"
                self._output.add("note", text=f"{words} more than {MOST_ALIKE} times; the rest is left out.")
            return
        self.say_request(request)
        self._output.add(
            "notice", request=request.number, thread=thread.number, t_ns=t_ns, at=list(at), how=how,
            link="exact" if certain else "likely",
        )  # fmt: skip

    def say_request(self, request: Request) -> None:
        """Say a request that was linked to a thread, once."""
        if not self._chains.number(request):
            return
        self._output.add(
            "request", id=request.number, t_ns=request.t_ns, what=clipped(request.what), at=list(request.at),
            by=request.by.number, object={"type": request.base_type, "id": request.base} if request.base else None,
        )  # fmt: skip
