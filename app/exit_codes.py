"""What the program's exit status says."""

AS_ASKED = 0
FAILED = 1  # a run failed
BAD_INPUT = 2  # wrong usage, bad input, no display
LEFT_BEHIND = 3  # a thread could not be stopped and was left
INTERRUPTED = 130  # Ctrl+C
TERMINATED = 143  # SIGTERM


def combined(*, left: bool, signal_number: int | None = None, failed: bool = False) -> int:
    """Return the status when several things are true at once: 3 goes first, then the signal, then 1."""
    if left:
        return LEFT_BEHIND
    if signal_number is not None:
        return 128 + signal_number
    return FAILED if failed else AS_ASKED
