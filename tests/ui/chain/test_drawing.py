"""The bar as a text, and where a thread was."""

import linecache
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.catalogue import Catalogue
from app.core.latency import StopChain
from app.core.stacks import Call
from app.core.worker import Worker
from app.ui.chain.drawing import COLOUR_OF_SEVERAL, COLOURS, WIDER, Look, Picture, height_of, svg_of
from app.ui.chain.logic import segments
from app.ui.chain.where import MARK, RAISED, failure_text, own_files, where_text
from tests.ui.chain.test_logic import CHAINS, MS, WHOLE

LOOK = Look(
    colours={word: f"#0000{place:02x}" for place, word in enumerate({*COLOURS, COLOUR_OF_SEVERAL})},
    ink="#111111",
    ground="#eeeeee",
    family='Sans "<&>"',
    pixels=12,
    line=16.0,
    width_of=lambda text: 7.0 * len(text),
)
SVG = "{http://www.w3.org/2000/svg}"


def texts_of(picture: Picture, width: float = 300) -> list[str]:
    """The texts of a picture's drawing."""
    return [element.text or "" for element in ET.fromstring(svg_of(picture, width, LOOK)).iter(f"{SVG}text")]


def test_the_five_parts_are_labelled_with_their_lengths() -> None:
    texts = texts_of(Picture(segments(WHOLE)), 600)
    legend = [
        "1  clicked → requested  1.00 ms *",
        "2  requested → noticed  20.0 ms",
        "3  noticed → cleaned up  1.00 ms *",
        "4  cleaned up → ended  2.00 ms",
        "5  ended → shown  6.00 ms",
    ]
    assert [text for text in texts if text in legend] == legend
    assert WIDER in texts
    assert {"thread", "window", "2: 20.0 ms", "1", "3"} <= set(texts)


def test_the_band_is_marked_and_says_where_it_goes_on() -> None:
    since = WHOLE.requested or 0
    within = texts_of(Picture(segments(WHOLE), (since, since + 25 * MS), WHOLE.noticed))
    assert "predicted: within 25.0 ms; ▲ noticed" in within
    beyond = texts_of(Picture(segments(WHOLE), (since, since + 505 * MS), None))
    assert "predicted: within 505 ms, beyond this end" in beyond


@given(CHAINS, st.integers(0, 10**12), st.floats(1, 3_000))
def test_any_chain_can_be_drawn(chain: StopChain, band: int, width: float) -> None:
    since = chain.requested or 0
    picture = Picture(segments(chain, 10**13), (since, since + band), chain.noticed)
    root = ET.fromstring(svg_of(picture, width, LOOK))
    assert float(root.get("height", "0")) == pytest.approx(height_of(picture, LOOK.line), abs=0.1)
    for rectangle in root.iter(f"{SVG}rect"):
        x, wide = float(rectangle.get("x", "0")), float(rectangle.get("width", "0"))
        assert x >= -0.1
        assert wide >= 0


def test_parts_differ_without_colour() -> None:
    root = ET.fromstring(svg_of(Picture(segments(WHOLE)), 600, LOOK))
    inks = [path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("stroke-opacity")]
    # Four of the five have lines on them, on the bar and in the legend; no two the same.
    assert len(inks) == 8
    assert len(set(inks)) == 8


CALLS = (
    Call("/lib/run.py", 3, "live", "loop()"),
    Call("/own/strategy.py", 7, "loop", "beat.work()"),
    Call("/own/work.py", 2, "work", "wait()"),
    Call("/lib/threading.py", 9, "wait", "acquire()"),
)
FILES = {"/own/work.py": ["def work():\n", "\twait()\n", "    more()\n"]}


QUOTED = """▶ own/work.py, line 2, in work
\t    1  def work():
▶\t    2      wait()
\t    3      more()

It called, and that has not returned:
  lib/threading.py, line 9, in wait
      acquire()

It was called by:
  own/strategy.py, line 7, in loop
      beat.work()
  lib/run.py, line 3, in live
      loop()"""


def lines_of(file: str) -> list[str]:
    """The lines of a file, none of one that is not there."""
    return FILES.get(file, [])


@pytest.mark.parametrize(
    ("calls", "own", "lines", "text"),
    [
        (
            CALLS,
            ("/own/strategy.py", "/own/work.py"),
            lines_of,
            QUOTED,
        ),
        (CALLS[2:3], (), lambda _file: ["changed since\n"] * 9, "▶ own/work.py, line 2, in work\n▶\t    2  wait()"),
        ((Call("<string>", 0, "<module>", ""),), (), lines_of, "▶ <string>, line 0, in <module>\n▶\t    0  "),
        ((), (), lines_of, ""),
    ],
)
def test_the_culprit_is_marked_in_its_own_lines(
    calls: tuple[Call, ...], own: tuple[str, ...], lines: Callable[[str], list[str]], text: str
) -> None:
    assert where_text(calls, own, lines) == text


def test_a_line_that_has_no_end_is_cut() -> None:
    text = where_text((Call("a.py", 1, "f", "x" * 10_000),), (), lambda _file: [])
    assert len(text) < 300
    assert text.endswith("x…")


def test_the_files_of_a_worker_are_those_of_its_strategy_and_workload() -> None:
    files = own_files(Catalogue(), Worker("One", "flag"))
    assert [file.replace("\\", "/").rsplit("/", 2)[1:] for file in files] == [
        ["strategies", "flag.py"],
        ["workloads", "sleep.py"],
    ]
    assert own_files(Catalogue(), Worker("One", "gone")) == own_files(Catalogue(), None) == ()


def test_a_real_file_is_quoted() -> None:
    (file, _) = own_files(Catalogue(), Worker("One", "flag"))
    lines = linecache.getlines(file)
    at = next(number for number, line in enumerate(lines, 1) if "def loop" in line)
    text = where_text((Call(file, at, "loop", lines[at - 1].strip()),), (file,), linecache.getlines)
    assert f"{MARK}\t{at:>5}      def loop" in text
    assert len(text.splitlines()) == 10


def test_a_failure_begins_with_the_persons_own_code() -> None:
    error = "".join(
        (
            "Traceback (most recent call last):\n",
            *(f'  File "{call.file}", line {call.line}, in {call.function}\n    {call.text}\n' for call in CALLS),
            "ValueError: boom\n",
        )
    )
    text = failure_text(error, ("/own/strategy.py", "/own/work.py"), lines_of)
    assert text.splitlines()[:2] == ["ValueError: boom", "▶ own/work.py, line 2, in work"]
    assert RAISED in text
    assert text.index(RAISED) < text.index("It was called by:")
    assert failure_text("No thread was started.", (), lines_of) == "No thread was started."
