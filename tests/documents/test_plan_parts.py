"""A plan under other names says the same about its workers."""

from app.core.catalogue import Catalogue
from app.documents.plan_parts import rename_workers
from app.documents.plans import parse_plan, to_document

CATALOGUE = Catalogue()


def document(a: str, b: str) -> dict[str, object]:
    """Return a plan with every action and check."""
    return {
        "version": 1,
        "title": "All of it",
        "worker": [{"name": a, "strategy": "flag"}, {"name": b, "strategy": "event-poll"}],
        "step": [
            {
                "title": "Do it",
                "actions": [
                    {"action": "start", "workers": [a, b]},
                    {"action": "start"},
                    {"action": "wait", "seconds": 1.0},
                    {"action": "wait", "for": "lines", "worker": a, "lines": 2, "seconds": 5.0},
                    {"action": "wait", "for": "ended", "worker": b, "seconds": 5.0},
                    {"action": "wait", "for": "ended", "seconds": 5.0},
                    {"action": "stop", "workers": [b]},
                    {"action": "set", "worker": a, "field": "interval", "value": 0.1},
                    {"action": "race", "workers": [a, b], "rounds": 9},
                ],
                "checks": [
                    {"check": "outcome", "worker": a, "is": "interrupted"},
                    {"check": "lines_min", "worker": b, "is": 1},
                    {"check": "window_lag_ms_max", "is": 50},
                ],
            }
        ],
    }


def renamed(names: dict[str, str]) -> object:
    return rename_workers(parse_plan(document("A", "B"), CATALOGUE), names)


def test_every_mention_of_a_worker_has_its_new_name() -> None:
    assert renamed({"A": "A 2", "B": "B 7"}) == parse_plan(document("A 2", "B 7"), CATALOGUE)


def test_names_may_be_exchanged() -> None:
    assert renamed({"A": "B", "B": "A"}) == parse_plan(document("B", "A"), CATALOGUE)


def test_under_the_same_names_it_is_the_same_plan() -> None:
    plan = parse_plan(document("A", "B"), CATALOGUE)
    assert rename_workers(plan, {"A": "A"}) is plan
    assert to_document(plan)["worker"][0]["name"] == "A"
