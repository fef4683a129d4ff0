"""Where a thread is at this moment."""

import itertools
import sys
import threading
import traceback


def stack_of(ident: int | None) -> str:
    """Return the Python stack of the thread with this ``ident``, innermost call last; any thread.

    Empty if there is no such thread any more. It is a snapshot by ``sys._current_frames``: the thread goes on meanwhile.
    """
    frame = sys._current_frames().get(ident) if ident is not None else None
    if frame is None:
        return ""
    calls = traceback.extract_stack(frame)
    # How every thread begins says nothing about this one; shown only while there is nothing else.
    own = list(itertools.dropwhile(lambda call: call.filename == threading.__file__, calls))
    return "".join(traceback.format_list(own or calls)).rstrip("\n")
