"""What a plan asks of its surroundings, beside what they are."""

import pytest

from app.documents.plan_parts import Requirement
from app.experiments.environment import Environment, compared, environment_now, environment_texts, version_agrees

HERE = Environment("Linux 6.8.0 x86_64", "CPython 3.11.9", "6.10.1", "6.10.1", True, 0.005, 4, None)


@pytest.mark.parametrize(
    ("wanted", "agrees"),
    [
        (">=3.11", True), (">=3.11.9", True), (">=3.11.10", False), (">=3.9", True), ("<3.12", True), ("<3.11", False),
        (">=3.11, <3.12", True), (">=3.11,<3.11.9", False), ("3.11", True), ("==3.11.*", True), ("==3.10", False),
        ("!=3.11", False), ("!=3.11.8", True), (" > 3 ", True), ("<=3.11.9.0", True), ("v3", True),
        ("new", None), (">=3.x", None), ("", None), (">=3.11,", None), ("9" * 5_000, None),
    ],
)  # fmt: skip
def test_versions(wanted: str, agrees: bool | None) -> None:
    assert version_agrees(wanted, "CPython 3.11.9") is agrees


def test_what_is_not_installed_is_no_version() -> None:
    assert version_agrees(">=6", "not installed") is False


def test_each_thing_is_compared_and_said() -> None:
    asked = [
        Requirement("python", ">=3.12"),
        Requirement("os", "linux"),
        Requirement("cores", ">=2"),
        Requirement("desktop", "GNOME"),
    ]
    assert [entry.words() for entry in compared(asked, HERE)] == [
        "✗ python: CPython 3.11.9 (>=3.12 expected)",
        "✓ os: Linux 6.8.0 x86_64 (linux expected)",
        "✓ cores: 4 (>=2 expected)",
        "– desktop: not compared (GNOME expected)",
    ]


def test_this_machine_in_words() -> None:
    texts = environment_texts(environment_now())
    assert {"os", "python", "pyside", "qt", "gil", "switch_interval", "cores"} <= set(texts)
    assert all(texts.values())
