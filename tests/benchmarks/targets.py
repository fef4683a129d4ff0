"""Which targets of the pipeline benchmark are met, and which runs are not to be relied on."""

from collections.abc import Iterator
from statistics import median

from .case import Case, Figures
from .machine import stolen_words
from .measuring import Results, label
from .report import find, floor, stop_verdict, times_naive

LEAST_TIMES_NAIVE, AIM_TIMES_NAIVE = 100, 200
MOST_LAG_P99, MOST_LAG = 16.7, 50.0  # ms, beside workers at interval 0
MOST_LAG_P99_BESIDE_COMPUTING = 33.0
LEAST_OF_UNRECORDED = 0.75
RECORDING_WORKERS = 4  # where the cost of recording is asked for
ASKED_TIMES_NAIVE = (1, 4, 16)

Said = tuple[bool | None, str]  # whether it is met (None: nothing is asked), and the sentence with the figure


def verdict_line(said: Said) -> str:
    """Return a target as a line."""
    met, sentence = said
    return f"{'–' if met is None else 'met' if met else 'NOT met':8} {sentence}"


def lag_target(results: Results, case: Case, figures: Figures, most_p99: float, most: float | None) -> Iterator[Said]:
    """Yield what is to be said of a case's window lag, the empty window's beside it."""
    if figures.lag is None:
        return
    beneath = floor(results, case)
    _, p99, worst = figures.lag
    empty = f" (empty window {beneath[1]:.1f}, max {beneath[2]:.1f})" if beneath else ""
    yield p99 <= most_p99, f"p99 window lag at most {most_p99:g} ms: {p99:.1f} ms{empty}"
    if most is not None:
        yield worst <= most, f"max window lag at most {most:g} ms: {worst:.1f} ms"


def _flood_targets(results: Results, case: Case, figures: Figures) -> Iterator[Said]:
    ratio = times_naive(results, case)
    if ratio:
        asked = case.workers in ASKED_TIMES_NAIVE
        aim = ""
        if case.workers == RECORDING_WORKERS:
            reached = "reached" if ratio >= AIM_TIMES_NAIVE else "NOT reached"
            aim = f"; the aim of {AIM_TIMES_NAIVE} × is {reached}"
        naive = find(results, "flood", "naive", case.workers)
        cut = " (naive given up before it had shown everything)" if naive and naive.capped else ""
        met = ratio >= LEAST_TIMES_NAIVE if asked else None
        yield met, f"lines/s at least {LEAST_TIMES_NAIVE} × naive: {ratio:.0f} ×{aim}{cut}"
    unrecorded = find(results, "flood", "ours-unrecorded", case.workers)
    if unrecorded and unrecorded.rate and figures.rate:
        share = figures.rate / unrecorded.rate
        met = share >= LEAST_OF_UNRECORDED if case.workers == RECORDING_WORKERS else None
        yield met, f"recorded at most {1 - LEAST_OF_UNRECORDED:.0%} below unrecorded: {share - 1:+.0%} lines/s"
    yield from lag_target(results, case, figures, MOST_LAG_P99, MOST_LAG)


def _targets(results: Results) -> Iterator[tuple[Case, Said]]:
    for case, figures in results.items():
        if case.kind == "stop":
            sentence, met = stop_verdict(case, figures)
            yield case, (met, f"stop latency {median(figures.latencies):.3f} ms, {sentence}")
        if case.design == "ours" and case.kind == "flood":
            for said in _flood_targets(results, case, figures):
                yield case, said
        if case.design == "ours" and case.kind == "paced":
            for said in lag_target(results, case, figures, MOST_LAG_P99_BESIDE_COMPUTING, None):
                yield case, said
        if case.design.startswith("ours") and figures.behind:
            behind, most = figures.behind
            yield case, (behind <= most, f"recorder never further behind than the credit: {behind:,} of {most:,}")


def _name(case: Case) -> str:
    if case.kind == "paced":
        return f"{case.design}, beside {case.computing} computing threads"
    if case.kind == "stop":
        return case.design
    return f"{case.design}, {case.workers} workers{', all lines' if case.kind == 'whole' else ''}"


def targets(results: Results) -> str:
    """Return the targets, each with whether it is met here and the figure."""
    lines = [verdict_line((met, f"{_name(case)}: {sentence}")) for case, (met, sentence) in _targets(results)]
    numbers = [figures.numbers for figures in results.values() if figures.numbers]
    if numbers:
        gapless = all(found == "ok" for found in numbers)
        lines.append(verdict_line((gapless, f"numbers gapless and in order in {len(numbers)} cases")))
    return "\n".join(lines)


def stolen_sentences(results: Results) -> str:
    """Return a sentence for each case that too much of the processors was taken away from."""
    sentences = (stolen_words(label(case), figures.stolen) for case, figures in results.items())
    return "\n".join(sentence for sentence in sentences if sentence)
