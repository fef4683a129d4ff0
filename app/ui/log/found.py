"""What is said of a search, and where its next hit is; no Qt."""

from app.session.search.hits import Hits


def found_text(hits: Hits, committed: int, line: int | None, problem: str) -> str:
    """Return how many hits there are, which of them is chosen, and how far the search is.

    Args:
        hits: what has been found.
        committed: how many lines there are to look at.
        line: the chosen line; None for none.
        problem: the sentence about what went wrong; empty if nothing did.
    """
    if problem:
        return f"⚠ {problem}"
    count = f"{hits.total:,} hit{'s' if hits.total != 1 else ''}"
    if line is not None and hits.contains(line):
        count = f"hit {hits.place(line) + 1:,} of {hits.total:,}"
    if hits.searched >= committed:
        return count if hits.total else "no hits"
    return f"{count}, searching: {100 * hits.searched // max(1, committed)} %"


def next_hit(hits: Hits, line: int | None, first: int) -> tuple[int, bool] | None:
    """Return the next hit after a line and whether it is from the top again; None if there is none.

    Args:
        hits: what has been found.
        line: where one is; None for before the first line.
        first: the first line that is shown.
    """
    found = hits.next_after(first - 1 if line is None else max(line, first - 1))
    if found is not None:
        return found, False
    found = hits.next_after(first - 1)
    return None if found is None else (found, line is not None)


def previous_hit(hits: Hits, line: int | None, end: int) -> tuple[int, bool] | None:
    """Return the hit before a line and whether it is from the end again; None if there is none."""
    found = hits.previous_before(end if line is None else line)
    if found is not None:
        return found, False
    found = hits.previous_before(end)
    return None if found is None else (found, line is not None)
