"""What only a Python without the GIL can show; skipped on all others. See also tests/benchmarks/free_threaded.py."""

from collections.abc import Callable

import pytest

from app.core.batch import Kind
from app.core.interpreter import gil_is_enabled
from tests.core.harness import Core

pytestmark = pytest.mark.skipif(gil_is_enabled(), reason="this Python executes one thread at a time")


def test_a_call_that_would_keep_the_gil_stops_no_other_worker(thread_core: Callable[..., Core]) -> None:
    core = thread_core()
    caller = core.start(name="caller", workload="native", parameters=(("seconds", 0.5),), interval=0.0, limit=2)
    writer = core.start(name="writer")
    core.until_line(caller, "2")
    core.controller.stop(writer)
    core.until_idle()
    lines = {run: [r.instant for r in core.records if (r.run, r.kind) == (run, Kind.LINE)] for run in (caller, writer)}
    first, second = lines[caller]  # the call is between them
    assert len([instant for instant in lines[writer] if first < instant < second]) > 10
