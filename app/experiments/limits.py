"""What experiments may be asked for, what they do if nothing is said, and the checks of both before anything is started.

Reading a command line needs no more of the experiments than this.
"""

from typing import Any

from app.core.number_words import check_number

DEFAULT_ROUNDS = 20  # of a race
MOST_ROUNDS = 10_000
DEFAULT_N = 10  # repetitions of a cell of a matrix
MOST_N = 10_000
MOST_RUNS = 1_000_000  # of one experiment: each is kept, with some kilobytes
DEFAULT_INTERVAL = 0.05  # seconds between two checkpoints, of a matrix
DEFAULT_RACE_DEADLINE = 1.0  # seconds after the stop after which a run counts as never
DEFAULT_MATRIX_DEADLINE = 1.0  # seconds, the same
SHORTEST_DEADLINE = 0.001  # seconds: below it, the clock of a busy machine would decide
LONGEST_DEADLINE = 3_600.0  # seconds
MOST_SEED = 2**63 - 1
TITLES = {"n": "Runs per cell"}  # of fields whose name is no title


def check_whole(field: str, value: Any, least: int, most: int) -> int:
    """Return a whole number from ``least`` to ``most``, or raise BadInput."""
    check_number(field, value, least, most, title=TITLES.get(field, ""), whole=True)
    return int(value)


def check_deadline(value: Any) -> float:
    """Return a deadline in seconds, or raise BadInput."""
    check_number("deadline", value, SHORTEST_DEADLINE, LONGEST_DEADLINE, unit="s", example=f"{DEFAULT_RACE_DEADLINE:g}")
    return float(value)


def check_seed(value: int | None) -> int:
    """Return a seed, a new one of six digits if None is given (short enough to be typed again), or raise BadInput."""
    if value is None:
        import secrets  # costs some ms that a command line without an experiment saves

        return 100_000 + secrets.randbelow(900_000)
    return check_whole("seed", value, 0, MOST_SEED)
