"""What experiments may be asked for, and what they do if nothing is said: who only reads a command line needs no more."""

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
