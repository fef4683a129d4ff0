"""The last lines of some workers' runs, kept for the checks that look at them."""

from collections import deque
from collections.abc import Iterable

from app.core.batch import Batch, Kind

MOST_LINES = 10_000  # of a run
MOST_CHARACTERS = 32 * 2**20  # of a run's lines together


class LineTail:
    """Reads batches and keeps each run's last lines; one thread.

    Args:
        workers: whose lines are kept.
    """

    def __init__(self, workers: Iterable[str]) -> None:
        self._workers = frozenset(workers)
        self._texts: dict[int, deque[str]] = {}
        self._characters: dict[int, int] = {}
        self._seen: dict[int, int] = {}

    def read(self, batch: Batch) -> None:
        """Keep the lines of a batch; by slices, so that fast workers are not in the reader's way."""
        for run, name in batch.names.items():
            count = batch.runs.count(run) if name.worker in self._workers else 0
            if count:
                # A lane is drained once a batch, so the records of a run stand together.
                begin = batch.runs.index(run)
                kinds = batch.kinds[begin : begin + count]
                texts = batch.texts[begin : begin + count]
                self._keep(run, [text for text, kind in zip(texts, kinds, strict=True) if kind == Kind.LINE])

    def _keep(self, run: int, texts: list[str]) -> None:
        kept = self._texts.setdefault(run, deque())
        self._seen[run] = self._seen.get(run, 0) + len(texts)
        characters = self._characters.get(run, 0)
        for text in texts[-MOST_LINES:]:
            kept.append(text)
            characters += len(text)
            while len(kept) > MOST_LINES or (characters > MOST_CHARACTERS and len(kept) > 1):
                characters -= len(kept.popleft())
        self._characters[run] = characters

    def texts(self, run: int) -> list[str]:
        """Return what is kept of a run, oldest first."""
        return list(self._texts.get(run, ()))

    def earlier(self, run: int) -> int:
        """Return how many lines of a run came before those that are kept."""
        return self._seen.get(run, 0) - len(self._texts.get(run, ()))

    def forget(self, run: int) -> None:
        """Forget a run's lines."""
        for by_run in (self._texts, self._characters, self._seen):
            by_run.pop(run, None)
