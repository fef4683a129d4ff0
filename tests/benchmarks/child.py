"""One case in a process of its own: ``python -m tests.benchmarks.child '{"kind": "flood", …}'`` prints its figures."""

import faulthandler
import sys

from .case import Case


def main() -> int:
    """Measure the case in the first argument."""
    faulthandler.enable()
    case = Case.from_json(sys.argv[1])
    if case.kind == "stop":
        from .stop_latency import measure
    elif case.kind in ("starting", "thousand", "slow", "idle", "idle-again"):
        from .calm_case import measure
    elif case.kind == "many":
        from .memory_case import measure
    else:
        from .window_case import measure
    sys.stdout.write(measure(case).to_json() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
