"""A child, or the window, is killed at a random moment: what was acknowledged is on the disk, and no line is missing.

``python -m tests.benchmarks.kills`` does it fifty times.
"""

import random
from pathlib import Path

import pytest

from tests.programs.kill_rounds import kill_child, kill_window


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_child_leaves_no_gap_and_the_others_go_on(seed: int, tmp_path: Path) -> None:
    assert kill_child(tmp_path, random.Random(seed)) == []


def test_a_killed_window_leaves_no_gap_and_no_child(tmp_path: Path) -> None:
    pytest.importorskip("PySide6")
    assert kill_window(tmp_path, random.Random(1)) == []
