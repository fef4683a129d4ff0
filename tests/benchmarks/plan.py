"""Which cases there are."""

from argparse import Namespace

from .case import DEFAULT_SWITCH, SHORT_SWITCH, Case
from .measuring import chosen

WHOLE_LINES = 800_000  # of all workers together: each of them is looked at, in the view, in the file and in an export
PACE = 0.01  # seconds: 100 lines a second
COMPUTING = 4
STOP_INTERVAL = 0.03


def plan(options: Namespace) -> list[Case]:
    """Return the cases that the command line asks for, in the order in which they are measured."""
    cases = [*_flood(options), *_paced(options), *_stop(options)]
    return chosen(cases, options.only)


def _designs(options: Namespace) -> list[tuple[str, float]]:
    """Return the designs, each with its switch interval: the tutorials' leave it as Python has it, our window sets it."""
    others = [("naive", DEFAULT_SWITCH), ("superqt", DEFAULT_SWITCH)]
    if options.slot:
        others.append(("naive-slot", DEFAULT_SWITCH))
    if options.same_switch:
        others += [(design, SHORT_SWITCH) for design, _ in others]
    return [("ours", SHORT_SWITCH), ("ours-unrecorded", SHORT_SWITCH), ("ours-gui", SHORT_SWITCH), *others]


def _flood(options: Namespace) -> list[Case]:
    cases = [
        Case("flood", design, workers, seconds=options.seconds, switch=switch, draining=options.draining)
        for workers in options.workers
        # The empty window stands beside each number of workers, so that it is measured in the same minutes.
        for design, switch in [("empty", SHORT_SWITCH), *_designs(options)]
    ]
    most = max(options.workers)
    whole = Case("whole", "ours", most, switch=SHORT_SWITCH, count=WHOLE_LINES // most, draining=60.0)
    return [*cases, whole]


def _paced(options: Namespace) -> list[Case]:
    floors = [
        Case("paced", "empty", 0, 0, options.seconds, DEFAULT_SWITCH),
        Case("paced", "empty", 0, COMPUTING, options.seconds, DEFAULT_SWITCH),
        Case("paced", "empty", 0, COMPUTING, options.seconds, SHORT_SWITCH),
    ]
    return floors + [
        Case("paced", design, 1, COMPUTING, options.seconds, switch, interval=PACE)
        for design, switch in _designs(options)
    ]


def _stop(options: Namespace) -> list[Case]:
    from app.core.catalogue import Catalogue
    from app.core.prediction import Notices

    return [
        Case("stop", strategy.about.id, switch=SHORT_SWITCH, count=options.stops, interval=STOP_INTERVAL)
        for strategy in Catalogue().strategies
        if strategy.about.notices is not Notices.NEVER  # has no latency
    ]
