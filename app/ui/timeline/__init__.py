"""The timeline: one lane per run, a tick per line, the Stop as a line across all lanes, and when each run noticed it."""

import os

# numpy comes into being with the first picture. The threads that its linear algebra would start (none is done here) spin for
# 70 ms on a processor that the first runs want: they must be called off before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
