"""Which cases there are."""

from argparse import Namespace

from .case import DEFAULT_SWITCH, SHORT_SWITCH, Case

WHOLE_LINES = 800_000  # of all workers together: fewer than the log holds
PACE = 0.01  # seconds: 100 lines a second
COMPUTING = 4
STOP_INTERVAL = 0.03


def plan(options: Namespace) -> list[Case]:
    """Return the cases that the command line asks for, in the order in which they are measured."""
    cases = [*_flood(options), *_paced(options), *_stop(options)]
    wanted = [word for word in options.only.split(",") if word]
    return [case for case in cases if not wanted or any(word in label(case).split() for word in wanted)]


def label(case: Case) -> str:
    """Return the words that ``--only`` knows a case by."""
    return f"{case.kind} {case.design} {case.workers}"


def _designs(options: Namespace) -> list[tuple[str, float]]:
    """Return the designs, each with its switch interval: the tutorials' leave it as Python has it, our window sets it."""
    others = [("naive", DEFAULT_SWITCH), ("superqt", DEFAULT_SWITCH)]
    if options.slot:
        others.append(("naive-slot", DEFAULT_SWITCH))
    if options.same_switch:
        others += [(design, SHORT_SWITCH) for design, _ in others]
    recorded = [("ours-recorded", SHORT_SWITCH)] if options.recorded else []
    return [("ours", SHORT_SWITCH), ("ours-gui", SHORT_SWITCH), *recorded, *others]


def _flood(options: Namespace) -> list[Case]:
    cases = [
        Case("flood", design, workers, seconds=options.seconds, switch=switch, draining=options.draining)
        for workers in options.workers
        for design, switch in _designs(options)
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

    return [
        Case("stop", strategy, switch=SHORT_SWITCH, count=options.stops, interval=STOP_INTERVAL)
        for strategy in Catalogue().strategy_ids()
    ]
