"""The tables of the pipeline benchmark."""

from collections.abc import Iterable, Sequence
from statistics import median

from .bare import POLLING
from .case import SHORT_SWITCH, Case, Figures
from .measuring import Results
from .plan import PACE
from .stop_latency import distance_from_uniform

NAMES = {
    "ours": "ours, as it is: recorded",
    "ours-unrecorded": "ours, not recorded",
    "ours-gui": "ours, drain in the GUI thread",
    "naive": "naive: a signal a line",
    "naive-slot": "naive, by a Python slot",
    "superqt": "superqt thread_worker",
    "empty": "empty window",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as text: the first column to the left, figures to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    lines.insert(1, ["─" * width for width in widths])
    return "\n".join(
        "  ".join(
            text.rjust(width) if place else text.ljust(width) for place, (text, width) in enumerate(cells)
        ).rstrip()
        for cells in (zip(line, widths, strict=True) for line in lines)
    )


def _number(value: float | None) -> str:
    return "–" if not value else f"{value:,.0f}"


def milliseconds(triple: list[float] | None) -> list[str]:
    """Return p50, p99 and max as cells."""
    return [f"{value:,.1f}" for value in triple] if triple else ["–"] * 3


def taken(figures: Figures) -> list[str]:
    """Return what others took, as cells."""
    return [f"{figures.stolen:.0%}", f"{figures.others:.0%}"]


def floor(results: Results, case: Case) -> list[float] | None:
    """Return the window lag of the empty window that was measured beside a case."""
    for other, figures in results.items():
        if case.kind == "paced":
            beside = (other.kind, other.computing, other.switch) == ("paced", case.computing, case.switch)
        else:
            # Nothing wants the GIL beside that empty window, so its switch interval does not matter.
            beside = (other.kind, other.workers) == ("flood", case.workers)
        if other.design == "empty" and beside:
            return figures.lag
    return None


def _floor_cell(results: Results, case: Case) -> str:
    return "–" if case.design == "empty" else " / ".join(milliseconds(floor(results, case)))


def find(results: Results, kind: str, design: str, workers: int) -> Figures | None:
    """Return a case's figures, at the switch interval that belongs to the design."""
    for case, figures in results.items():
        own = design.startswith("ours") == (case.switch == SHORT_SWITCH)
        if (case.kind, case.design, case.workers) == (kind, design, workers) and own:
            return figures
    return None


def times_naive(results: Results, case: Case, name: str = "rate") -> float | None:
    """Return how many times the naive design's lines a second a case has, for as many workers."""
    naive, figures = find(results, "flood", "naive", case.workers), results[case]
    mine, theirs = getattr(figures, name), getattr(naive, name, None)
    return mine / theirs if mine and theirs else None


def flood_table(results: Results) -> str:
    """Return the table of the workers at interval 0."""
    head = "workers, design", "switch", "lines/s", "× naive", "while writing", "× naive", "lag p50", "p99", "max ms"
    head = (*head, "empty window", "behind", "numbers", "stolen", "others")
    rows = []
    for case, figures in results.items():
        if case.kind in ("flood", "whole"):
            ratios = [times_naive(results, case, name) for name in ("rate", "rate_while")]
            ratio, ratio_while = (f"{ratio:,.1f}" if ratio else "–" for ratio in ratios)
            name = NAMES[case.design] + (f", {case.count:,} lines each" if case.kind == "whole" else "")
            rows.append(
                (
                    f"{case.workers:2}  {name}",
                    f"{case.switch * 1e3:g} ms",
                    _number(figures.rate) + ("*" if figures.capped else ""),
                    ratio,
                    _number(figures.rate_while),
                    ratio_while,
                    *milliseconds(figures.lag),
                    _floor_cell(results, case),
                    _number(figures.behind[0] if figures.behind else None),
                    figures.numbers or "–",
                    *taken(figures),
                )
            )
    return table(head, rows) if rows else ""


def paced_table(results: Results) -> str:
    """Return the table of the paced worker beside the threads that only compute."""
    head = "design", "computing", "switch", "lag p50", "p99", "max ms", "empty window", "line lag p50", "p99", "max ms"
    rows = [
        (
            NAMES[case.design],
            str(case.computing),
            f"{case.switch * 1e3:g} ms",
            *milliseconds(figures.lag),
            _floor_cell(results, case),
            *milliseconds(figures.line_lag),
            figures.numbers or "–",
            *taken(figures),
        )
        for case, figures in results.items()
        if case.kind == "paced"
    ]
    return table((*head, "numbers", "stolen", "others"), rows) if rows else ""


def stop_verdict(case: Case, figures: Figures) -> tuple[str, bool | None]:
    """Return what is to be said of a strategy's latencies, and whether that is as it should be (None: nothing to ask)."""
    ours = median(figures.latencies)
    if case.design in POLLING:
        distance = distance_from_uniform(figures.latencies, case.interval * 1e3)
        limit = 1.63 / len(figures.latencies) ** 0.5
        return f"uniform on the interval: distance {distance:.2f}, limit {limit:.2f}", distance <= limit
    if not figures.bare:
        return "no bare thread to stand beside", None
    limit = 1.2 * median(figures.bare) + 0.1
    return f"limit {limit:.3f} ms", ours <= limit


def stop_table(results: Results) -> str:
    """Return the table of the stop latencies."""
    rows = []
    for case, figures in results.items():
        if case.kind == "stop":
            ours, bare = median(figures.latencies), median(figures.bare) if figures.bare else None
            rows.append(
                (
                    case.design,
                    str(len(figures.latencies)),
                    f"{ours:.3f}",
                    f"{bare:.3f}" if bare else "–",
                    f"{ours / bare:.2f}" if bare else "–",
                    f"{max(figures.latencies):.2f}",
                    f"{max(figures.bare):.2f}" if bare else "–",
                    stop_verdict(case, figures)[0],
                    *taken(figures),
                )
            )
    head = "strategy", "n", "ours p50 ms", "bare p50", "ratio", "ours max", "bare max", "asked", "stolen", "others"
    return table(head, rows) if rows else ""


EXPLANATIONS = f"""\
lines/s: what the view had, over the time from the start until all was shown; * given up before that, counted as it was.
while writing: what the view had when the workers were asked to stop, over the time until then.
lag: how late a precise 16 ms timer of the GUI thread fires; empty window: the same timer (p50 / p99 / max) in a window
with nothing in it, for as long, in the same run. line lag: from a line's stamp to the end of its paint.
behind: the most records that waited to be committed.
stolen, others: share of all processors that the hypervisor and other processes had meanwhile (the worst of repeats).
The tutorials' designs run at Python's own switch interval, as they do; our window sets 0.5 ms.
paced: one worker of {1 / PACE:.0f} lines/s beside threads that only compute. Polling latencies depend on the phase alone."""
