"""The program's exit statuses."""

SUCCESS = 0
FAILED = 1  # a run or a check failed, or a run did not stop by its deadline
BAD_INPUT = 2  # wrong usage, bad input, no display
LEFT_BEHIND = 3  # a thread had to be left behind or was killed
INTERRUPTED = 130  # Ctrl+C
TERMINATED = 143  # SIGTERM


def exit_status(*, left: bool, signal_number: int | None = None, failed: bool = False) -> int:
    """Return the exit status when several things are true at once: 3 comes first, then the signal, then 1."""
    if left:
        return LEFT_BEHIND
    if signal_number is not None:
        return 128 + signal_number
    return FAILED if failed else SUCCESS
