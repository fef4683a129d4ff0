"""In which columns of the timeline a run was held back because its reader was behind. No Qt."""

import numpy as np
import numpy.typing as npt

from app.core.reader_waits import Held


def columns(held: Held, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return for each column from one edge to before the next whether the run was held back in half of it or more."""
    times, sums = (np.frombuffer(column, np.int64) for column in (held.times, held.sums))
    first = max(0, int(np.searchsorted(times, edges[0], side="right")) - 1)
    last = int(np.searchsorted(times, edges[-1])) + 1
    times, sums = times[first:last], sums[first:last]
    if len(times) < 2:
        return np.zeros(len(edges) - 1, np.bool_)
    # Counted from what is looked at, so that nothing is lost where whole numbers become floating ones.
    start = int(edges[0])
    before = np.interp(edges - start, times - start, sums - int(sums[0]))
    waited = np.diff(before)
    found: npt.NDArray[np.bool_] = (waited > 0) & (2 * waited >= np.diff(edges))
    return found
