"""How many processors four computing workers use: ``python -m tests.benchmarks.free_threaded``, on any Python.

Prints processor time per wall time of this process: at most 1 with the GIL, up to the number of processors without.
"""

import platform
import time

from app.core.interpreter import gil_is_enabled
from tests.core.harness import Core

WORKERS = 4


def main() -> None:
    """Run the workers and print the ratio."""
    with Core() as core:
        began, busy = time.perf_counter(), time.process_time()
        for name in range(WORKERS):
            core.start(
                name=str(name), workload="compute", parameters=(("iterations", 500_000),), interval=0.0, limit=40
            )
        core.until(core.controller.is_idle, 300)
        ratio = (time.process_time() - busy) / (time.perf_counter() - began)
    gil = "with the GIL" if gil_is_enabled() else "without the GIL"
    print(f"Python {platform.python_version()} {gil}: {WORKERS} computing workers used {ratio:.2f} processors")


if __name__ == "__main__":
    main()
