"""Copying and saving lines: exactly, what is shown or selected, and never half a file."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QProgressDialog

from app.core.batch import Kind
from app.session.export import FORMATS, export_lines
from app.session.reader import SessionReader
from app.ui.log.shown import grouped
from app.ui.task import TaskContext
from app.ui.widgets import LINES, format_of
from tests.ui.log.conftest import CTRL, SHIFT, STARTED_NS, Log, batch, dialog, numbers


@pytest.fixture
def log(make_log: Callable[..., Log]) -> Log:
    """A log of some batches, most of them not in memory."""
    log = make_log(most=100)
    for part in range(4):
        log.write(batch(numbers(part * 2_500 + 1, part * 2_500 + 2_500), start=part * 10**10))
    log.write(batch(["two\nlines", "=1+1", "tab\there"], start=6 * 10**10), batch(["ended"], kind=Kind.STATE))
    log.bar.setValue(0)
    return log


def copied() -> str:
    return QApplication.clipboard().text()


def test_texts_are_copied_as_they_were_written(log: Log) -> None:
    log.click(2)
    log.key(Qt.Key.Key_C, CTRL)
    assert (copied(), log.said[-1]) == ("running… 3", "Copied 1 line.")
    log.key(Qt.Key.Key_End, SHIFT)
    log.key(Qt.Key.Key_C, CTRL)
    assert copied() == "\n".join([*numbers(3, 10_000), "two\nlines", "=1+1", "tab\there", "ended"])
    assert log.said[-1] == "Copied 10,002 lines."
    log.find("77", only=True)
    log.panel.picker.select_all()
    log.key(Qt.Key.Key_C, CTRL | SHIFT)
    hits = [text for text in numbers(1, 10_000) if "77" in text]
    assert [line.split("\t")[-1] for line in copied().split("\n")] == hits


def test_columns_are_copied_as_they_are_shown(log: Log) -> None:
    log.panel.choose(10_000)
    log.panel.choose(10_003, extend=True)
    log.key(Qt.Key.Key_C, CTRL | SHIFT)
    assert copied().split("\n") == [
        "01:00.000\tW1\t#1\ttwo⏎lines",
        "01:00.001\tW1\t#1\t=1+1",
        "01:00.002\tW1\t#1\ttab⇥here",
        "01:00.003\tW1\t#1\t▪ ended",
    ]
    log.panel.show_column("Wall clock", True)
    log.panel.show_column("Time", False)
    log.key(Qt.Key.Key_C, CTRL | SHIFT)
    assert copied().split("\n")[0] == "14:04:22.000\tW1\t#1\ttwo⏎lines"


def test_too_much_for_a_clipboard_is_said(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    QApplication.clipboard().setText("before")
    monkeypatch.setattr("app.ui.log.export.MOST_COPIED", 1_000)
    log.key(Qt.Key.Key_A, CTRL)
    log.key(Qt.Key.Key_C, CTRL)
    assert log.said[-1] == "10,004 lines are too many for the clipboard (1,000 at most). Save them instead."
    monkeypatch.setattr("app.ui.log.export.MOST_COPIED", 100_000)
    monkeypatch.setattr("app.ui.log.export.MOST_CHARACTERS", 100_000)
    log.key(Qt.Key.Key_C, CTRL)
    assert log.said[-1] == "The lines are too long for the clipboard. Save them instead."
    assert copied() == "before"


@pytest.mark.parametrize("text", ["\ufffex", "\ufeffx", "a\0b", "\x1b[31m<b>\u202e", "\ud800 lone"])
def test_awkward_texts_are_copied_exactly_where_a_clipboard_can_hold_them(
    make_log: Callable[..., Log], text: str
) -> None:
    log = make_log()
    log.write(batch([text, "next"]))
    log.panel.picker.select_all()
    log.key(Qt.Key.Key_C, CTRL)
    data = bytes(QApplication.clipboard().mimeData().data("text/plain").data())
    assert data.decode() == text.replace("\ud800", "\\ud800") + "\nnext"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("what", ["all", "shown", "selected"])
def test_what_is_saved_is_what_the_export_writes(log: Log, tmp_path: Path, form: str, what: str) -> None:
    log.find("9", only=True)
    hits = [line for line in range(10_000) if "9" in str(line + 1)]
    log.panel.setFocus()
    log.click(1)
    log.bar.setValue(1_000)
    log.click(2, SHIFT)
    wanted = {"all": list(range(10_004)), "shown": hits, "selected": hits[1:1_003]}[what]
    path = tmp_path / "saved"
    with log.qtbot.waitSignal(log.saver.done):
        log.saver.start(what, path, form)
    ranges = grouped(wanted)
    assert path.read_bytes() == b"".join(export_lines([log.segment], ranges, form, STARTED_NS))
    lines = "the workers' lines among " if form == "text" else ""
    assert log.said[-1] == f"Saved {lines}{len(wanted):,} records in {path}."
    assert list(tmp_path.glob(".saving-*")) == []
    log.until(lambda: log.window.findChildren(QProgressDialog) == [])


def test_the_recording_is_never_saved_over(log: Log) -> None:
    path = log.segment.path
    for out in (path, path.with_name(f"{path.name}-wal")):
        with log.qtbot.waitSignal(log.saver.done):
            log.saver.start("all", out, "text")
        assert log.said[-1] == f"{out}: it is the session itself; choose another file."
    log.write(batch(["goes on"]))
    with SessionReader(path, pytest.fail) as reader:
        assert reader.records() == 10_005


def test_a_save_is_of_what_was_shown_when_it_was_asked_for(log: Log, tmp_path: Path) -> None:
    log.find("1", only=True)
    hits = log.area.finder.hits
    records = log.area.store.records(0, log.area.store.end)
    expected = [records[line].text for line in hits.slice(0, hits.total)]  # type: ignore[union-attr]
    with log.qtbot.waitSignal(log.saver.done):
        log.saver.start("shown", tmp_path / "a.txt", "text")
        log.write(batch(["1 more"]))
        log.area.search.include.setText("2")
        log.area.search.settle()
    assert (tmp_path / "a.txt").read_text().splitlines() == expected


def test_cancelling_leaves_nothing(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "there"
    path.write_text("before")
    saver = log.saver
    report = TaskContext.report

    def cancelled(context: TaskContext, value: object, key: object) -> None:
        report(context, value, key)
        context.cancel.set()

    monkeypatch.setattr(TaskContext, "report", cancelled)
    with log.qtbot.waitSignal(saver.done):
        saver.start("all", path, "jsonl")
        saver.start("all", tmp_path / "second", "jsonl")
    assert log.said == [
        "Another log is being saved. Wait for it, or cancel it.",
        "Saving was cancelled.",
    ]
    assert path.read_text() == "before"
    assert sorted(tmp_path.iterdir()) == sorted([path, tmp_path / "sessions", *tmp_path.glob("user")])


def test_the_dialog_s_cancel_and_a_name_that_looks_like_html(log: Log, tmp_path: Path) -> None:
    with log.qtbot.waitSignal(log.saver.done):
        log.saver.start("all", tmp_path / "<img src=x>", "text")
        shown = dialog(log.window, QProgressDialog)
        (label,) = (label for label in shown.findChildren(QLabel) if "Saving" in label.text())
        assert label.textFormat() == Qt.TextFormat.PlainText
        shown.canceled.emit()
    saved = f"Saved the workers' lines among 10,004 records in {tmp_path / '<img src=x>'}."
    assert log.said[-1] in ("Saving was cancelled.", saved)


def test_what_cannot_be_written_is_one_sentence(log: Log, tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "folder" / "a.txt", tmp_path, tmp_path / "nul\0"):
        with log.qtbot.waitSignal(log.saver.done):
            log.saver.start("all", path, "text")
        assert log.said[-1].startswith(str(path).replace("\0", "\0"))
        assert "cannot be written" in log.said[-1]
        assert "\n" not in log.said[-1]
    folder = tmp_path / "read only"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)


def test_damage_is_said_when_a_log_is_saved(log: Log, tmp_path: Path) -> None:
    log.damage(2_500)
    with log.qtbot.waitSignal(log.saver.done):
        log.saver.start("all", tmp_path / "a.txt", "text")
    assert "Some could not be read: " in log.said[-1]
    assert "lines 2,500 to 4,999" in log.said[-1]
    assert len((tmp_path / "a.txt").read_text().splitlines()) == 7_504


def test_closing_while_it_saves_waits_for_the_end_and_leaves_nothing(log: Log, tmp_path: Path) -> None:
    log.find("9")
    log.saver.start("all", tmp_path / "a.txt", "csv")
    log.shutdown()
    log.saver = log.area = None  # type: ignore[assignment]
    assert list(tmp_path.glob(".saving-*")) == []
    log.shutdown = lambda: None  # type: ignore[method-assign]


def test_asking_for_a_name(log: Log, tmp_path: Path) -> None:
    log.saver.ask("selected")
    assert log.said == ["No lines are selected."]
    log.saver.ask("all")
    asked = dialog(log.window, QFileDialog)
    assert asked.defaultSuffix() == "txt"
    asked.filterSelected.emit("JSON lines (*.jsonl)")
    assert asked.defaultSuffix() == "jsonl"
    with log.qtbot.waitSignal(log.saver.done):
        asked.fileSelected.emit(str(tmp_path / "named.csv"))
    assert (tmp_path / "named.csv").read_text().startswith("line,time_utc")
    asked.reject()
    log.until(lambda: log.window.findChildren(QFileDialog) == [])


@pytest.mark.parametrize(
    ("name", "form"), [("a.csv", "csv"), ("a.JSONL", "jsonl"), ("a.txt", "text"), ("a", "csv"), ("a.log", "csv")]
)
def test_the_ending_says_the_format(name: str, form: str) -> None:
    assert format_of(name, "CSV for spreadsheets (*.csv)", LINES) == form


def test_nothing_to_save_is_said(make_log: Callable[..., Log]) -> None:
    log = make_log()
    log.saver.ask("all")
    make_log(recorded=False).saver.ask("all")
    assert log.said == ["There is nothing to save: nothing has been recorded yet."]
