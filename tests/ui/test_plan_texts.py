"""The built-in plans: their texts name buttons and tabs that exist, and their races are long enough to find something."""

import re

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton

from app.core.catalogue import Catalogue
from app.documents.plan_parts import RunRace
from app.documents.plans import plan_paths, read_plan
from app.experiments.verdict import rounds_needed
from tests.ui.conftest import Desk

_PRESSED = re.compile(r"\b[Pp]ress ([A-Z]\w*(?: [a-z]\w*)*?)(?= \(| and\b| twice\b| again\b|[.,:;]|$)")
_TABS = re.compile(r"\bthe ([A-Z]\w*) tab\b")


def plain(text: str) -> str:
    """Return a text of an action or a button as a person reads it."""
    return text.replace("&", "").removesuffix("…").strip()


def test_what_is_to_be_pressed_is_there(desk: Desk) -> None:
    desk.window.parts.compare.open()
    compare = desk.window.parts.compare.window
    assert compare is not None
    there = {plain(action.text()) for action in desk.window.findChildren(QAction)}
    there |= {plain(button.text()) for button in desk.window.findChildren(QAbstractButton)}
    tabs = {plain(compare.tabs.tabText(place)) for place in range(compare.tabs.count())}
    pressed: set[str] = set()
    for path in plan_paths().values():
        for step in read_plan(path, Catalogue()).steps:
            named = set(_PRESSED.findall(step.do))
            assert named or not re.search(r"\bpress [A-Z]", step.do, re.IGNORECASE), step.do
            assert named <= there, f"{path.name}: {named - there}"
            assert set(_TABS.findall(step.do)) <= tabs, f"{path.name}: {step.do}"
            pressed |= named
    assert {"Start", "Stop", "Stop all", "Compare", "Run step"} <= pressed


@pytest.mark.parametrize("name", sorted(plan_paths()))
def test_a_race_has_the_rounds_that_its_comparison_needs(name: str) -> None:
    plan = read_plan(plan_paths()[name], Catalogue())
    for step in plan.steps:
        for action in step.actions:
            if isinstance(action, RunRace):
                # Twice as many as can tell anything: what is seen once in a while must not decide.
                assert action.rounds >= 2 * rounds_needed(len(action.workers or plan.workers))
