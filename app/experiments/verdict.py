"""What was found, in words: pure functions that claim nothing that the figures do not carry."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from app.core.catalogue import Catalogue
from app.core.errors import listed_names
from app.core.latency import duration, percentile
from app.core.own_code.notice_watch import unknown_notice
from app.core.prediction import Notices
from app.core.worker import Worker

from .columns import column_title
from .ranks import larger_pairs, mann_whitney
from .results import Cell, CellState, MatrixResult, RaceResult, RunResult

ALPHA = 0.01  # how likely a sentence may claim a difference where there is none
WORTH_A_FACTOR = 1.5  # times; below it the medians are named, and no factor
MOST_NAMED = 4  # workers of which a sentence tells beside the soonest


def rounds_needed(racers: int) -> int:
    """Return how many rounds it takes until a race of so many can find a difference at all; 1 for less than two.

    Ranks of n rounds each that do not overlap have p = 2 / C(2n, n), and no ranks have less. That must be below the error
    that each pair may have: 5 rounds for two racers, 6 for three, 7 for four to six, 8 for seven to eleven.
    """
    pairs = math.comb(racers, 2)
    # Divided as the comparison does it: the two must agree to the last digit.
    return next(n for n in count(1) if not pairs or 2 / math.comb(2 * n, n) < ALPHA / pairs)


def too_few_rounds(needed: int) -> str:
    """Return the sentence about a race of less than ``needed`` rounds."""
    return f"Too few rounds to tell: at least {needed:,} are needed."


@dataclass(frozen=True, slots=True)
class _Entry:
    """One racer.

    Attributes:
        worker: what it does.
        latencies: in ns, with infinity for never.
        verb, noun: how a sentence calls it.
        why: why its mechanism is as quick as it is, a clause; empty where something else than the mechanisms differs.
        is_told: whether its mechanism tells a running thread of the request at all.
        unknown: why it is not known when runs of it noticed, a clause; empty where it is known.
    """

    worker: Worker
    latencies: tuple[float, ...]
    verb: str
    noun: str
    why: str
    is_told: bool
    unknown: str

    @property
    def median(self) -> float:
        """The middle latency in ns; infinite if it is a never, at least in part."""
        ordered = sorted(self.latencies)
        middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
        return sum(middle) / len(middle) if middle else math.inf

    @property
    def nevers(self) -> int:
        return sum(math.isinf(latency) for latency in self.latencies)

    def words(self, said: str = "") -> str:
        """Return how it is called; "it" for a noun that was just said."""
        noun = "it" if self.noun == said else self.noun
        return f"{self.verb} {noun}" if self.verb else noun


def race_sentence(result: RaceResult, catalogue: Catalogue) -> str:
    """Return what a race has found, in a sentence or a few.

    That one is sooner than another is said only if a rank test says so (``mann_whitney``, with an error of 1 % shared among
    all pairs) and the medians do too; of fewer rounds than that test needs (``rounds_needed``), nothing is said. A run that
    never noticed counts as later than any that did. Factors are those of the medians, which are named. Why it is so is said
    by the mechanisms' own guarantees, where nothing but the mechanism differs.

    Args:
        result: the race.
        catalogue: the strategies, each of which says what its thread does.
    """
    entries = _entries(result, catalogue)
    measured = [entry for entry in entries if entry.latencies]
    if not measured and not any(entry.unknown for entry in entries):
        return "Nothing was measured." if result.runs else "Nothing was measured yet."
    never = [entry for entry in measured if entry.nevers == len(entry.latencies)]
    noticed = sorted((entry for entry in measured if entry not in never), key=lambda entry: entry.median)
    compared = _compared(noticed)
    parts = [_comparison(noticed, compared)] if noticed else []
    parts += [_never_words(entry, result.deadline) for entry in [*never, *noticed] if entry.nevers]
    parts += [_unmeasured_words(entry) for entry in entries if not entry.latencies]
    parts += _reasons(noticed, compared, never, catalogue)
    return " ".join(_capitalised(part) for part in parts)


def _entries(result: RaceResult, catalogue: Catalogue) -> list[_Entry]:
    by_worker = result.by_worker()
    # The mechanism may only be named for what it did if nothing else differs.
    alike = len({(w.workload, w.interval, w.parameters) for w in result.workers}) == 1
    times = Counter(worker.strategy for worker in result.workers)
    entries = []
    for worker in result.workers:
        about = catalogue.strategy(worker.strategy).about
        (verb, noun), why = about.doing, about.why
        if not (noun and alike and times[worker.strategy] == 1):
            verb, noun, why = "", f"“{worker.name}”", ""
        is_told = about.notices is not Notices.NEVER
        runs = by_worker[worker.name]
        unknown = next((unknown_notice(run.python) for run in runs if run.notice_unknown), "")
        entries.append(_Entry(worker, _with_nevers(runs), verb, noun, why, is_told, unknown))
    return entries


def _with_nevers(runs: Iterable[RunResult]) -> tuple[float, ...]:
    """Return the latencies of the runs that were measured, infinity for those that never noticed."""
    found = ((math.inf if run.never else run.latency) for run in runs)
    return tuple(latency for latency in found if latency is not None)


@dataclass(frozen=True, slots=True)
class _Compared:
    """Which of the others are later than the soonest, and which cannot be told from it; ``needed`` rounds are missing."""

    later: tuple[_Entry, ...] = ()
    same: tuple[_Entry, ...] = ()
    needed: int = 0


def _compared(entries: Sequence[_Entry]) -> _Compared:
    """Compare those that noticed at all, the soonest first, with the soonest."""
    if len(entries) < 2:
        return _Compared()
    soonest, *others = entries
    needed = rounds_needed(len(entries))
    if min(len(entry.latencies) for entry in entries) < needed:
        return _Compared(needed=needed)
    # Of all pairs, although only those with the soonest are told of: which one that is, the figures have chosen.
    pairs = math.comb(len(entries), 2)
    later = tuple(entry for entry in others if _is_sooner(soonest, entry, ALPHA / pairs))
    return _Compared(later, tuple(entry for entry in others if entry not in later))


def _comparison(entries: Sequence[_Entry], compared: _Compared) -> str:
    """Return the sentence about those that noticed at all, the soonest first."""
    soonest, *others = entries
    if not others:
        return f"{soonest.words()} noticed{_alone(soonest)}."
    if compared.needed:
        return too_few_rounds(compared.needed)
    sentences = []
    if compared.later:
        sentences.append(_sooner_words(soonest, compared.later, entries))
    if compared.same:
        sentences.append(_same_words(soonest, compared.same, entries))
    return " ".join(_capitalised(sentence) for sentence in sentences)


def _reasons(
    noticed: Sequence[_Entry], compared: _Compared, never: Sequence[_Entry], catalogue: Catalogue
) -> list[str]:
    """Return the sentence about why it is so; none where the figures claim nothing that a mechanism explains.

    That two are alike is explained only where a run does nothing but pause: otherwise both may have waited for the work.
    For the same reason, of those that never noticed only those are explained whose mechanism does not tell a running thread.
    """
    explained = list(compared.later[:MOST_NAMED])
    if compared.same and catalogue.workload(compared.same[0].worker.workload).only_pauses:
        explained += compared.same[:MOST_NAMED]
    if explained:
        explained.insert(0, noticed[0])
    explained += [entry for entry in never if not entry.is_told]
    whys = list(dict.fromkeys(entry.why for entry in explained if entry.why))
    return [because(whys)] if whys else []


def because(whys: Sequence[str]) -> str:
    """Return the sentence about why, of one or more clauses."""
    return f"Why: {'; '.join(whys)}."


def _is_sooner(first: _Entry, second: _Entry, alpha: float) -> bool:
    """Return whether the first noticed sooner, by its ranks and by its median, both."""
    pairs = len(first.latencies) * len(second.latencies)
    ranks_agree = larger_pairs(first.latencies, second.latencies) < pairs / 2
    agree = ranks_agree and first.median < second.median
    return agree and mann_whitney(first.latencies, second.latencies) < alpha


def _sooner_words(soonest: _Entry, later: Sequence[_Entry], entries: Sequence[_Entry]) -> str:
    if len(later) == 1:
        (other,) = later
        factor = _factor(soonest.median, other.median)
        words = f"{soonest.words()} noticed {factor}sooner than {other.words(soonest.noun)}"
        return f"{words} (median {_median(soonest)} against {_median(other)}, {_each([soonest, other])})."
    named = [
        f"{_factor(soonest.median, other.median)}sooner than {other.words(soonest.noun)} ({_median(other)})"
        for other in later[:MOST_NAMED]
    ]
    more = f" and sooner than {len(later) - MOST_NAMED} more" if len(later) > MOST_NAMED else ""
    return f"{soonest.words()} noticed with a median of {_median(soonest)}, {', '.join(named)}{more}; {_each(entries)}."


def _same_words(soonest: _Entry, same: Sequence[_Entry], entries: Sequence[_Entry]) -> str:
    named = ", ".join(f"{entry.words()} ({_median(entry)})" for entry in same[:MOST_NAMED])
    more = f" and {len(same) - MOST_NAMED} more" if len(same) > MOST_NAMED else ""
    return f"no clear difference between {soonest.words()} (median {_median(soonest)}) and {named}{more}, {_each(entries)}."


def _factor(low: float, high: float) -> str:
    """Return "210 times " for a sentence, two digits; nothing if it is small or not a number."""
    if math.isinf(high) or low <= 0 or high / low < WORTH_A_FACTOR:
        return ""
    factor = high / low
    if factor < 10:
        return f"{factor:.1f} times "
    digits = 10 ** (math.floor(math.log10(factor)) - 1)
    return f"{round(factor / digits) * digits:,} times "


def _median(entry: _Entry) -> str:
    return "never" if math.isinf(entry.median) else duration(entry.median)


def _each(entries: Sequence[_Entry]) -> str:
    counts = {len(entry.latencies) for entry in entries}
    if len(counts) == 1:
        return f"{_rounds(counts.pop())} each"
    return f"{min(counts):,} to {_rounds(max(counts))}"


def _rounds(count: int) -> str:
    return f"{count:,} round{'s' if count != 1 else ''}"


def _alone(entry: _Entry) -> str:
    """Return what one has to say that there is nothing to compare with."""
    found = [latency for latency in entry.latencies if not math.isinf(latency)]
    if len(found) == 1:
        return f" after {duration(found[0])}, in one round"
    middle = duration(percentile(sorted(found), 0.5))
    return f" with a median of {middle} and after {duration(max(found))} at most, {_rounds(len(found))}"


def _never_words(entry: _Entry, deadline: float) -> str:
    total = len(entry.latencies)
    if entry.nevers == total:
        return f"{entry.words()} never noticed within {duration(deadline * 1e9)} ({_rounds(total)})."
    words = f"{entry.words()} did not notice within {duration(deadline * 1e9)}"
    return f"{words} in {entry.nevers:,} of {_rounds(total)}."


def _unmeasured_words(entry: _Entry) -> str:
    if entry.unknown:
        return f"when {entry.words()} noticed is not known: {entry.unknown}."
    return f"of {entry.words()} nothing was measured: no run of it was alive to be asked and to notice."


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


# -- the matrix -------------------------------------------------------------------------------------------------------


def matrix_sentence(result: MatrixResult, title: Callable[[str], str] = str) -> str:
    """Return what a matrix has found: its lowest and highest median, and how many cells never noticed or did not count.

    Cells whose stop was asked late are not among the medians: what they measured is not the whole of the waiting.

    Args:
        result: the matrix.
        title: what a strategy or a workload is called; its id, as on a command line, if nothing is said.
    """
    states = Counter(cell.state for cell in result.cells)
    total = len(result.cells)
    tried = [cell for cell in result.cells if cell.runs]
    parts = [] if result.finished else [f"Not finished: {total - states[CellState.WAITING]:,} of {total:,} cells are."]
    if not tried:
        return " ".join([*parts, "Nothing was measured yet." if not result.finished else "Nothing was measured."])
    parts += [*_medians(tried, title), *_nevers(tried, result, title)]
    if states[CellState.NOT_APPLICABLE]:
        count = states[CellState.NOT_APPLICABLE]
        parts.append(f"{_cells(count)} {'is' if count == 1 else 'are'} not applicable.")
    if states[CellState.FAILED]:
        parts.append(f"{_cells(states[CellState.FAILED])} failed.")
    return " ".join(parts)


def _medians(cells: Sequence[Cell], title: Callable[[str], str]) -> list[str]:
    in_time = (cell for cell in cells if not cell.is_late)
    found = [(summary.p50, cell) for cell in in_time if (summary := cell.summary) is not None]
    if not found:
        return []
    low, first = min(found, key=lambda pair: pair[0])
    high, last = max(found, key=lambda pair: pair[0])
    if first is last:
        return [f"The median is {duration(low)} ({_where(first, title)})."]
    lowest = f"The lowest median is {duration(low)} ({_where(first, title)})"
    return [f"{lowest}, the highest {duration(high)} ({_where(last, title)})."]


def _where(cell: Cell, title: Callable[[str], str]) -> str:
    return f"{title(cell.strategy)} under {column_title(cell.workload, title)}, n = {len(cell.latencies):,}"


def _nevers(cells: Sequence[Cell], result: MatrixResult, title: Callable[[str], str]) -> list[str]:
    """Return the sentence about runs that did not notice; rows and columns that are whole are named as such."""
    never = [cell for cell in cells if cell.never]
    within = f"noticed within {duration(result.deadline * 1e9)}"
    if not never:
        # A run that failed, or was never asked, has neither noticed nor failed to.
        if all(run.latency is not None for cell in cells for run in cell.runs):
            return [f"Every run {within}."]
        return [f"Every run that could notice {within}."] if any(cell.latencies for cell in cells) else []
    whole = [cell for cell in never if not cell.latencies]
    if not whole:
        return [f"In {len(never):,} of {_cells(len(cells))}, not every run {within}."]
    # Nothing is known of those that had no turn or failed; those that are not applicable are no part of a row.
    others = [cell for cell in result.cells if cell not in whole and cell.state is not CellState.NOT_APPLICABLE]
    always = {cell.strategy for cell in whole} - {cell.strategy for cell in others}
    blocked = {cell.workload for cell in whole} - {cell.workload for cell in others}
    named = []
    if always and len(result.workloads) > 1:
        named.append(f"{_titles(always, title)} under every workload")
    if blocked and len(result.strategies) > 1:
        named.append(f"every strategy under {_titles(blocked, title)}")
    which = f" ({', '.join(named)})" if named else ""
    words = f"In {len(whole):,} of {_cells(len(cells))} no run {within}{which}"
    some = len(never) - len(whole)
    return [f"{words}, in {some:,} not every run did." if some else f"{words}."]


def _titles(names: Iterable[str], title: Callable[[str], str]) -> str:
    titles = sorted(map(title, names))
    return f"“{titles[0]}”" if len(titles) == 1 and "," in titles[0] else listed_names(titles)


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' if count != 1 else ''}"
