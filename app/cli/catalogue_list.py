"""``thread-controller list``: strategies, workloads and examples, a sentence each."""

from collections.abc import Iterable

from app.core.catalogue import Catalogue
from app.documents.examples import example_paths
from app.documents.worker_sets import read_set


def catalogue_text(catalogue: Catalogue) -> str:
    """Return the list for a terminal, ending in a line break."""
    parts = (
        _section("Strategies", ((s.about.id, s.about.sentence) for s in catalogue.strategies)),
        _section("Workloads", ((w.id, w.sentence) for w in catalogue.workloads)),
        _section("Examples", ((name, read_set(path, catalogue)[1]) for name, path in example_paths().items())),
    )
    return "\n".join(parts)


def _section(title: str, entries: Iterable[tuple[str, str]]) -> str:
    rows = list(entries)
    width = max(len(name) for name, _ in rows)
    return f"{title}\n" + "".join(f"  {name:<{width}}  {sentence}\n" for name, sentence in rows)
