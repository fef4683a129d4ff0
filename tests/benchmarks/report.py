"""The tables, and which targets are met."""

from collections.abc import Iterable, Sequence
from statistics import median

from .bare import POLLING
from .case import SHORT_SWITCH, Case, Figures
from .plan import PACE
from .stop_latency import distance_from_uniform

Results = dict[Case, Figures]

NAMES = {
    "ours": "ours, drain in a thread",
    "ours-gui": "ours, drain in the GUI thread",
    "ours-recorded": "ours, recorded on disk",
    "naive": "naive: a signal a line",
    "naive-slot": "naive, by a Python slot",
    "superqt": "superqt thread_worker",
    "empty": "empty window",
}


def merged(several: Sequence[Figures]) -> Figures:
    """Return the medians of a case that was measured several times; what went wrong once is wrong."""

    def middle(name: str) -> list[float] | None:
        triples = [triple for figures in several if (triple := getattr(figures, name))]
        return [median(values) for values in zip(*triples, strict=True)] if triples else None

    def value(name: str) -> float | None:
        values = [found for figures in several if (found := getattr(figures, name)) is not None]
        return median(values) if values else None

    numbers = sorted((figures.numbers for figures in several if figures.numbers), key=lambda found: found == "ok")
    return Figures(
        rate=value("rate"),
        rate_while=value("rate_while"),
        lines=round(value("lines") or 0),
        wall=value("wall"),
        capped=any(figures.capped for figures in several),
        lag=middle("lag"),
        line_lag=middle("line_lag"),
        numbers=numbers[0] if numbers else None,
        latencies=[latency for figures in several for latency in figures.latencies],
        bare=[latency for figures in several for latency in figures.bare],
        stolen=max(figures.stolen for figures in several),
        others=max(figures.others for figures in several),
    )


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
    return "–" if value is None else f"{value:,.0f}"


def _ms(triple: list[float] | None) -> list[str]:
    return [f"{value:,.1f}" for value in triple] if triple else ["–"] * 3


def _taken(figures: Figures) -> list[str]:
    return [f"{figures.stolen:.0%}", f"{figures.others:.0%}"]


def _find(results: Results, kind: str, design: str, workers: int) -> Figures | None:
    """Return a case's figures, at the switch interval that belongs to the design."""
    for case, figures in results.items():
        own = design.startswith("ours") == (case.switch == SHORT_SWITCH)
        if (case.kind, case.design, case.workers) == (kind, design, workers) and own:
            return figures
    return None


def times_naive(results: Results, case: Case, name: str = "rate") -> float | None:
    """Return how many times the naive design's lines a second a case has, for as many workers."""
    naive, figures = _find(results, "flood", "naive", case.workers), results[case]
    mine, theirs = getattr(figures, name), getattr(naive, name, None)
    return mine / theirs if mine and theirs else None


def flood_table(results: Results) -> str:
    """Return the table of the workers at interval 0."""
    head = "workers, design", "switch", "lines/s", "× naive", "while writing", "× naive", "lag p50", "p99", "max ms"
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
                    *_ms(figures.lag),
                    figures.numbers or "–",
                    *_taken(figures),
                )
            )
    return table((*head, "numbers", "stolen", "others"), rows) if rows else ""


def paced_table(results: Results) -> str:
    """Return the table of the paced worker beside the threads that only compute."""
    head = "design", "computing", "switch", "lag p50", "p99", "max ms", "line lag p50", "p99", "max ms", "numbers"
    rows = [
        (
            NAMES[case.design],
            str(case.computing),
            f"{case.switch * 1e3:g} ms",
            *_ms(figures.lag),
            *_ms(figures.line_lag),
            figures.numbers or "–",
            *_taken(figures),
        )
        for case, figures in results.items()
        if case.kind == "paced"
    ]
    return table((*head, "stolen", "others"), rows) if rows else ""


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
                    *_taken(figures),
                )
            )
    head = "strategy", "n", "ours p50 ms", "bare p50", "ratio", "ours max", "bare max", "asked", "stolen", "others"
    return table(head, rows) if rows else ""


def targets(results: Results) -> str:
    """Return the issue's targets, each with whether it is met here."""
    lines = []

    def say(met: bool | None, sentence: str) -> None:
        lines.append(f"{'–' if met is None else 'met' if met else 'NOT met':8} {sentence}")

    for case, figures in results.items():
        if case.design == "ours" and case.kind == "flood":
            ratio, p99 = times_naive(results, case), figures.lag[1] if figures.lag else 0.0
            if ratio:
                say(ratio >= 100, f"{case.workers} workers: at least 100 × naive: {ratio:.0f} ×")
            say(p99 <= 33, f"{case.workers} workers: p99 window lag at most 33 ms: {p99:.1f} ms")
        if case.design == "ours" and case.kind == "paced" and figures.lag:
            say(
                figures.lag[1] <= 50, f"beside computing threads: p99 window lag at most 50 ms: {figures.lag[1]:.1f} ms"
            )
        if case.kind == "stop":
            sentence, met = stop_verdict(case, figures)
            say(met, f"{case.design}: stop latency {median(figures.latencies):.3f} ms, {sentence}")
    numbers = [figures.numbers for figures in results.values() if figures.numbers]
    if numbers:
        say(all(found == "ok" for found in numbers), f"numbers gapless and in order in {len(numbers)} cases")
    return "\n".join(lines)


EXPLANATIONS = f"""\
lines/s: what the view had, over the time from the start until all was shown; * given up before that, counted as it was.
while writing: what the view had when the workers were asked to stop, over the time until then.
lag: how late a precise 16 ms timer of the GUI thread fires. line lag: from a line's stamp to the end of its paint.
stolen, others: share of all processors that the hypervisor and other processes had meanwhile (the worst of repeats).
The tutorials' designs run at Python's own switch interval, as they do; our window sets 0.5 ms.
paced: one worker of {1 / PACE:.0f} lines/s beside threads that only compute. Polling latencies depend on the phase alone."""
