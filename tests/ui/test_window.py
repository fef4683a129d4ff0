"""The window as a thing on a desktop: themes, names, sizes, settings that are kept."""

import html
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
)
from pytestqt.modeltest import ModelTester

from app.core.worker import Worker
from app.documents.highlights import COLOURS
from app.documents.settings import Layout, Settings, load_settings
from app.resource_files import resource
from app.ui.failures import INTERNAL_ERROR, ExceptionHooks
from app.ui.settings_saver import CANNOT_SAVE
from app.ui.theme import Theme, dark_palette
from app.ui.workers.logic import tooltip
from app.ui.workers.rows import Column
from tests.ui.conftest import Desk
from tests.ui.log.conftest import WORKER

MakeDesk = Callable[..., Desk]


def contrast(one: QColor, other: QColor) -> float:
    """The contrast of two colours by WCAG 2.2."""

    def luminance(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_colour_can_be_read_on_its_background(desk: Desk, name: str) -> None:
    theme = desk.window.parts.theme
    theme.choose(name)
    assert theme.is_dark() == (name == "dark")
    words = ("ready", "starting", "running", "stopping", "stuck", "ended", "failed", "state", "error")
    words += ("code-keyword", "code-string", "code-comment", "code-number", "code-name")
    words += ("chain", "action", "note", "step", "evidence", "pass", "fail", "blocked", "skip")
    colours = [theme.colour(word) for word in words] + list(theme.worker_colours())
    for role in (QPalette.ColorRole.Base, QPalette.ColorRole.AlternateBase, QPalette.ColorRole.Window):
        background = QApplication.palette().color(role)
        for colour in colours:
            assert contrast(QColor(colour), background) >= 4.5, (colour, role)
    theme.choose("system")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_row_of_the_log_can_be_read_on_every_highlight(desk: Desk, name: str) -> None:
    theme = desk.window.parts.theme
    theme.choose(name)
    words = ("state", "chain", "error", "action", "note", "step", "evidence")
    inks = [theme.colour(word) for word in words] + list(theme.worker_colours())
    inks.append(QApplication.palette().color(QPalette.ColorRole.Text).name())
    for rule in COLOURS:
        for ink in inks:
            assert contrast(QColor(ink), QColor(theme.rule_colour(rule))) >= 4.5, (rule, ink)
    theme.choose("system")


def test_a_theme_that_is_chosen_recolours_what_is_shown(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    model = desk.window.parts.workers.table.model()

    def shown() -> tuple[str, bytes]:
        index = model.index(0, Column.STATE)
        icon = desk.window.parts.actions.start.icon().pixmap(32).toImage()
        return model.data(index, Qt.ItemDataRole.ForegroundRole).color().name(), bytes(icon.constBits())

    seen = {}
    for action in desk.window.parts.actions.themes.actions()[1:]:
        action.trigger()
        seen[action.data()] = shown()
    assert seen["light"][0] != seen["dark"][0]
    assert seen["light"][1] != seen["dark"][1]
    desk.window.parts.actions.themes.actions()[0].trigger()


def test_it_follows_the_desktop_while_it_runs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    theme = desk.window.parts.theme
    colour = theme.colour("running")
    for scheme in (Qt.ColorScheme.Dark, Qt.ColorScheme.Light):
        monkeypatch.setattr(Theme, "desktop_scheme", staticmethod(lambda scheme=scheme: scheme))
        with desk.qtbot.waitSignal(theme.changed):
            QGuiApplication.styleHints().colorSchemeChanged.emit(scheme)
        assert theme.is_dark() == (scheme == Qt.ColorScheme.Dark)
    assert theme.colour("running") == colour


def test_the_dark_palette_is_readable() -> None:
    palette = dark_palette()
    roles = QPalette.ColorRole
    for text, ground in ((roles.Text, roles.Base), (roles.WindowText, roles.Window), (roles.ButtonText, roles.Button)):
        assert contrast(palette.color(text), palette.color(ground)) >= 7


def test_every_icon_is_drawn(qapp: QApplication) -> None:
    theme = Theme()
    names = [path.stem for path in resource("icons").glob("*.svg")]
    assert len(names) > 10
    for name in names:
        image = theme.icon(name).pixmap(QSize(32, 32)).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(32) for y in range(32)), name


def test_everything_that_is_operated_has_a_name(desk: Desk) -> None:
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Worker")
    names = set()
    for kind in (QAbstractButton, QLineEdit, QPlainTextEdit, QTableView, QComboBox):
        for widget in desk.window.findChildren(kind):
            if widget.isVisible() and not widget.objectName().startswith("qt_"):
                name = widget.accessibleName() or getattr(widget, "text", str)().replace("&", "")
                assert name, widget
                names.add(name)
    expected = {"Start", "Stop", "Stop all", "Add worker", "Workers", "Log", "Name", "Interval (s)", "Limit (lines)"}
    assert expected <= names


def test_every_label_takes_text_as_it_is(desk: Desk) -> None:
    for label in desk.window.findChildren(QLabel):
        if not label.objectName().startswith("qt_") and label.buddy() is None:
            assert label.textFormat() == Qt.TextFormat.PlainText, label.text()


def test_a_hostile_name_is_shown_as_it_is(make_desk: MakeDesk) -> None:
    name = "<img src='file:///etc/passwd'>"
    desk = make_desk((Worker(name, "event-wait", interval=0.01, text="<b>{i}</b>"),))
    desk.window.parts.workers.start()
    desk.until(lambda: "<b>2</b>" in desk.log_texts())
    assert desk.cell(0, Column.NAME) == name
    assert html.escape(name) in tooltip(desk.window.parts.workers.rows.rows[0])


@pytest.mark.parametrize("size", [(1024, 660), (3840, 2100)])
def test_nothing_is_cut_off(make_desk: MakeDesk, size: tuple[int, int]) -> None:
    desk = make_desk(layout=Layout(details=True))
    desk.window.resize(*size)
    desk.until(lambda: desk.window.size() == QSize(*size))
    table = desk.window.parts.workers.table
    assert table.horizontalHeader().length() <= table.viewport().width()
    toolbar = desk.window.parts.actions.toolbar
    for action in toolbar.actions():
        assert toolbar.rect().contains(toolbar.widgetForAction(action).geometry()), action.text()
    assert sum(label.sizeHint().width() for label in desk.window.parts.status.labels) < size[0]


def test_the_models_are_sound(desk: Desk, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(desk.window.parts.workers.table.model())
    desk.window.parts.actions.add.trigger()
    qtmodeltester.check(desk.window.parts.workers.table.model())


def test_what_is_in_the_table_and_how_the_window_was_left_are_kept(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk()
    desk.window.resize(777, 655)
    desk.window.parts.workers.table.setColumnWidth(0, 177)
    desk.window.parts.log.zoom.by(3)
    desk.window.parts.log.view.setColumnWidth(WORKER, 99)
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.actions.themes.actions()[2].trigger()
    desk.window.parts.workers.editing.edit(0, "interval", "0.125")
    desk.window.parts.workers.editing.edit(0, "text_at_end", "\nbye")
    with desk.qtbot.waitSignal(desk.window.finished):
        desk.window.close()
    path = desk.services.settings_path
    settings, problem = load_settings(path, desk.services.catalogue)
    assert problem == ""
    again = make_desk(settings.workers, layout=settings.layout)
    assert again.window.size() == QSize(777, 655)
    assert again.window.parts.workers.table.columnWidth(0) == 177
    assert again.window.parts.log.view.column_widths.widths()[WORKER] == 99
    assert again.window.parts.log.zoom.points() == desk.window.parts.log.zoom.points()
    assert again.window.parts.details.isVisible()
    assert again.window.parts.theme.is_dark()
    worker = again.window.parts.workers.rows.workers()[0]
    assert (worker.interval, worker.text_at_end) == (0.125, ("", "bye"))
    again.window.parts.theme.choose("system")


def test_an_edit_is_kept_before_the_window_closes(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.settings_saver._DELAY", 10)
    desk = make_desk()
    desk.window.parts.workers.editing.edit(0, "name", "Renamed")
    path = desk.services.settings_path
    desk.until(path.exists)
    assert tomllib.loads(path.read_text())["worker"][0]["name"] == "Renamed"


def test_settings_that_cannot_be_written_are_said_once(desk: Desk) -> None:
    desk.services.settings_path.mkdir()
    desk.window.parts.settings_saver.save()
    problem = desk.window.parts.workers.problem
    assert problem.text().startswith(CANNOT_SAVE)
    desk.window.parts.workers.say("")
    desk.window.parts.settings_saver.save()
    assert problem.text() == ""


def test_the_defaults_are_the_two_that_poll_and_the_one_that_waits_at_half_a_second() -> None:
    workers = Settings().workers
    assert [(w.name, w.strategy, w.interval) for w in workers] == [
        ("Event, polled", "event-poll", 0.5),
        ("Flag", "flag", 0.5),
        ("Event, waited on", "event-wait", 0.5),
    ]


def test_a_mistake_of_ours_is_kept_whole_and_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    hooks = ExceptionHooks(tmp_path / "logs" / "faults.log", said.append)
    try:
        sys.excepthook(ValueError, ValueError("ours"), None)
    finally:
        hooks.restore()
    assert len(said) == 1
    assert said[0].startswith(INTERNAL_ERROR)
    assert "ValueError: ours" in capsys.readouterr().err
    assert "ValueError: ours" in (tmp_path / "logs" / "faults.log").read_text()


def test_opening_a_line_shows_the_whole_record(make_desk: MakeDesk) -> None:
    desk = make_desk((Worker("Long", "flag", interval=0, limit=1, text="a\n" + "x" * 6_000),))
    desk.window.parts.workers.start()
    desk.until_quiet()
    line = desk.log_texts().index("a\n" + "x" * 6_000)
    desk.window.parts.log.opened.emit(line)
    assert desk.window.parts.details.isVisible()
    assert desk.window.parts.details.record.toPlainText().endswith("Long #1\na\n" + "x" * 6_000)


def test_a_dark_first_look_can_be_left_for_light(desk: Desk) -> None:
    """The empty window has a theme of its own, whose palette the filled one's must be able to take back."""
    first = Theme(desk.window)
    first.choose("dark")
    desk.window.parts.theme.choose("dark")
    assert desk.window.parts.theme.is_dark()
    desk.window.parts.theme.choose("light")
    assert not desk.window.parts.theme.is_dark()
    desk.window.parts.theme.choose("system")
