"""What a person sees: tables and colours on a terminal, plain text elsewhere, and rich only where it is needed."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.console import painter, paragraphs, styled, table_text
from app.cli.progress import PlainProgress
from app.cli.run import summary
from app.cli.styles import BAD, GOOD, toned
from app.core.batch import RunName
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.states import Outcome
from app.experiments.results import Progress
from app.terminal import is_live, shows_colours
from tests.cli.shell import ROOT, Terminal, run, run_on_terminal

ESCAPE = "\x1b"
QUICK = ("-n", "2", "--interval", "0.005", "--deadline", "20", "--strategies", "flag", "--workloads", "sleep")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal of 60 columns in colour."""
    for name, value in (("TERM", "xterm"), ("COLUMNS", "60"), ("NO_COLOR", ""), ("COLORTERM", "")):
        monkeypatch.setenv(name, value)
    return Terminal()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", text)


# -- tables ----------------------------------------------------------------------------------------------------------


def test_a_table_on_a_terminal_is_in_colour_and_as_wide_as_it(terminal: Terminal) -> None:
    text = table_text(terminal, [("a", ("failed", BAD)), ("b", "word " * 30)], ("name", "what"))
    assert "\x1b[1;31mfailed" in text
    lines = plain(text).splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0].split() == ["name", "what"]
    assert [line.index("word") for line in lines[2:]] == [6] * (len(lines) - 2)
    assert plain(text).count("word") == 30


def test_a_table_elsewhere_is_as_wide_as_it_needs_to_be_and_has_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    long = "words of a cell " * 40 + "end"
    text = table_text(io.StringIO(), [("a", (long, BAD), "1"), ("bb", "", "22")], ("name", "what", "n"), right=(2,))
    assert text.splitlines() == [
        f"name  what{' ' * (len(long) - 4)}   n",
        f"a     {long}   1",
        f"bb{' ' * (len(long) + 6)}22",
    ]


@pytest.mark.parametrize("name", ["[red]x[/red]", "[/]", ":smile:", "[link=https://example.org]x[/link]", "a\\[b]"])
def test_outside_text_is_no_markup(terminal: Terminal, name: str) -> None:
    for stream in (terminal, io.StringIO()):
        assert plain(table_text(stream, [(name, "x")])) == f"{name}  x\n"
        assert plain(styled(stream, name, GOOD)) == name


def test_what_cannot_be_seen_stands_there_as_escapes(terminal: Terminal) -> None:
    odd = "a\x1b[2Jb\nc\td\x07\u202ee\ud800"
    seen = r"a\x1b[2Jb\nc\td\x07\u202ee\ud800"
    for stream in (terminal, io.StringIO()):
        assert plain(table_text(stream, [(odd, "x")])) == f"{seen}  x\n"
        assert plain(styled(stream, odd, GOOD)) == seen


def test_columns_stand_below_each_other_where_characters_are_wide() -> None:
    first, second = table_text(io.StringIO(), [("作業者", "x"), ("worker", "y")]).splitlines()
    assert (first, second) == ("作業者  x", "worker  y")


def test_a_narrow_terminal_takes_the_space_between_columns_before_it_breaks_names(terminal: Terminal) -> None:
    names = ["a" * 18, "b" * 18, "c" * 21]
    assert plain(table_text(terminal, [names], right=(2,))) == f"{' '.join(names)}\n"
    assert plain(table_text(terminal, [names[:2]], right=(1,))) == f"{'  '.join(names[:2])}\n"


def test_sentences_break_between_words_on_a_terminal_alone(terminal: Terminal) -> None:
    sentences = ["word [b] " * 20 + "\x1b", "end"]
    seen = ["word [b] " * 20 + r"\x1b", "end"]
    lines = paragraphs(terminal, sentences).splitlines()
    assert max(map(len, lines)) <= 60
    assert " ".join(lines).split() == " ".join(seen).split()
    assert set(lines[0].split()) == {"word", "[b]"}
    assert paragraphs(io.StringIO(), sentences) == "".join(f"{sentence}\n" for sentence in seen)


def test_a_painter_does_as_styled_does(terminal: Terminal) -> None:
    assert painter(terminal, "cyan")("name: ") == styled(terminal, "name: ", "cyan")
    assert painter(io.StringIO(), "cyan")("name: ") == "name: "


def test_what_came_of_runs_is_a_table_on_a_terminal(terminal: Terminal) -> None:
    chain = StopChain(requested=0, noticed=1_230_000, ended=2_000_000)
    runs = [
        RunSnapshot(1, RunName("w", 2), outcome=Outcome.INTERRUPTED, lines=7, chain=chain),
        RunSnapshot(2, RunName("v", 1), outcome=None, lines=70, chain=StopChain(requested=4), was_stuck=True),
    ]
    text = summary(runs, terminal)
    header, first, second = plain(text).splitlines()
    assert header.split() == ["worker", "run", "outcome", "lines", "stop", "latency"]
    assert first.split() == ["w", "2", "interrupted", "7", "1.23", "ms"]
    assert second.split()[:4] == ["v", "1", "left", "behind,"]
    assert first.index("interrupted") == second.index("left") == header.index("outcome")
    assert "\x1b[32minterrupted" in text
    assert "\x1b[1;31mleft behind" in text
    # Of very many, rich would take seconds.
    assert summary(runs * 300, terminal).splitlines()[0] == "w #2: interrupted, 7 lines, stop latency 1.23 ms"


def test_words_have_the_colour_of_what_they_mean() -> None:
    assert toned("interrupted") == ("interrupted", GOOD)
    assert toned("never") == ("never", BAD)
    assert toned("interrupted, was stuck") != ("interrupted, was stuck", GOOD)
    assert toned("12.3 ms") == "12.3 ms"


# -- terminals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "live", "colours"),
    [
        ({}, True, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "unknown"}, False, False),
    ],
    ids=str,
)
def test_which_terminals_show_colours(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], live: bool, colours: bool
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    assert (is_live(terminal), shows_colours(terminal)) == (live, colours)
    assert (ESCAPE in table_text(terminal, [(("x", BAD),)], ("title",))) is colours
    assert not shows_colours(io.StringIO())


def test_the_list_on_a_terminal_and_where_no_colours_are_wanted() -> None:
    status, text = run_on_terminal("list", columns=90)
    assert (status, ESCAPE in text) == (0, True)
    assert max(map(len, plain(text).splitlines())) <= 90
    status, bare = run_on_terminal("list", columns=90, NO_COLOR="1")
    assert bare.split() == plain(text).split()
    assert ESCAPE not in bare
    piped = run("list", COLUMNS="40", FORCE_COLOR="1").stdout.decode()
    assert ESCAPE not in piped
    assert piped.split() == bare.split()
    assert max(map(len, piped.splitlines())) > 90


def test_on_a_terminal_names_stand_in_colour_before_the_lines_of_several_workers() -> None:
    arguments = ("run", "flag", "--interval", "0", "--limit", "1", "--count", "2")
    status, text = run_on_terminal(*arguments)
    lines = text.splitlines()
    assert status == 0
    assert sorted(lines[:2]) == ["\x1b[35mflag 2: \x1b[0mrunning… 1", "\x1b[36mflag 1: \x1b[0mrunning… 1"]
    assert [plain(line).split() for line in lines[3:]] == [["flag", n, "1", "completed", "1", "–"] for n in "12"]
    assert ESCAPE not in run_on_terminal(*arguments, TERM="dumb")[1]


# -- progress --------------------------------------------------------------------------------------------------------


def test_progress_is_a_live_line_on_a_terminal_and_is_taken_away() -> None:
    status, text = run_on_terminal("matrix", *QUICK)
    assert status == 0
    progress, _, table = text.rpartition("\x1b[2K")
    assert "0/2" in plain(progress)
    assert "Flag under Sleep, cell 1 of 1" in progress
    assert plain(table).split()[:2] == ["strategy", "workload"]
    assert "\x1b[?25l" not in text  # a second Ctrl+C would leave the cursor hidden


def test_progress_is_none_on_a_terminal_that_cannot_write_over_a_line() -> None:
    status, text = run_on_terminal("matrix", "--json", *QUICK, TERM="dumb")
    assert (status, json.loads(text)["finished"]) == (0, True)


def test_progress_elsewhere_is_a_plain_line_now_and_then() -> None:
    written: list[str] = []
    seconds = 0
    display = PlainProgress(written.append, lambda: seconds * 10**9)
    for seconds in range(2_001):  # a step a second
        display.show(Progress(seconds, 2_000, 2_000 - seconds, f"Round {seconds + 1:,} of 2,000."))
    display.close()
    assert written[:2] == [
        "Round 101 of 2,000, about 31 min 40 s left.\n",
        "Round 201 of 2,000, about 30 min 0 s left.\n",
    ]
    assert len(written) == 19


def test_progress_of_what_is_quick_is_not_written() -> None:
    written: list[str] = []
    display = PlainProgress(written.append, iter(range(0, 10_000_000_000, 90_000_000)).__next__)
    for done in range(101):
        display.show(Progress(done, 100, 1.0, "x\x1b"))
    assert written == []


# -- where rich is loaded --------------------------------------------------------------------------------------------

PRINTS_FOR_A_PERSON = {"app/cli/console.py", "app/cli/live_progress.py"}


def test_rich_is_imported_by_two_modules_and_those_only_when_they_are_needed() -> None:
    ours = r"app\.cli\.(console|live_progress)\b"
    for path in sorted((ROOT / "app").rglob("*.py")):
        name, text = path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
        if name in PRINTS_FOR_A_PERSON:
            assert re.search(r"^from rich\.", text, re.MULTILINE)
            continue
        assert not re.search(r"^\s*(from|import) rich\b", text, re.MULTILINE), name
        # Within functions of the command line alone: no other module may import app.cli (tests/test_floors.py).
        assert not re.search(rf"^(from|import) {ours}", text, re.MULTILINE), name


COMMANDS = [
    ("run", "flag", "--interval", "0", "--limit", "1", "--count", "2"),
    ("run", "flag", "--interval", "0", "--limit", "1", "--json"),
    ("matrix", "--json", *QUICK),
    ("matrix", "--csv", *QUICK),
    ("matrix", "--markdown", *QUICK),
    ("plan", "--json", "PLAN"),
    ("plan", "PLAN"),
    ("list", "--markdown"),
    ("list", "--json"),
    ("sessions", "--json", "--session-dir", "FOLDER"),
    ("race", "flag", "--json", "--rounds", "1", "--interval", "0.001"),
    ("--help",),
]


def test_commands_that_no_person_reads_load_no_rich(tmp_path: Path) -> None:
    plan = tmp_path / "one.plan.toml"
    plan.write_text('title = "T"\n[[step]]\ntitle = "One"\n', "utf-8")
    paths = {"PLAN": str(plan), "FOLDER": str(tmp_path)}
    commands = [[paths.get(part, part) for part in command] for command in COMMANDS]
    program = (
        "import sys\nfrom app.__main__ import main\n"
        f"for command in {commands!r}:\n"
        "    assert main(command) == 0, command\n"
        "    assert 'rich' not in sys.modules, command\n"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_window_loads_no_rich() -> None:
    program = "import sys, app.__main__, app.ui.start, app.ui.main_window; assert 'rich' not in sys.modules"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
