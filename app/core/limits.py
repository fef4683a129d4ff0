"""The limits of what may be asked for, and the default deadline; parsing a command line loads nothing else."""

DEFAULT_DEADLINE = 5.0  # seconds from a stop request to "stuck"
SLOW_AFTER = 1.0  # seconds from a stop request until the thread's stack is kept
LONGEST_INTERVAL = 3_600.0  # seconds
LONGEST_STOP_AFTER = 604_800.0  # seconds: a week; a wait must also stay below threading.TIMEOUT_MAX
MOST_WORKERS = 10_000  # in one set, one table, one command
