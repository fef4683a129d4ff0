"""Preferences: what is chosen is applied and kept; what is wrong is said."""

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QLabel

from app.documents.settings import Settings, load_settings, save_settings
from app.documents.startup_settings import kept_session_folder, settings_path
from app.ui.preferences import DEADLINE_NOTE, FOLDER_NOTE, PreferencesDialog
from tests.ui.conftest import Desk


def opened(desk: Desk) -> PreferencesDialog:
    desk.window.parts.actions.preferences.trigger()
    (dialog,) = desk.window.findChildren(PreferencesDialog)
    return dialog


def press_ok(dialog: PreferencesDialog) -> None:
    dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).click()


def test_what_is_chosen_is_applied_and_kept(desk: Desk, tmp_path: Path) -> None:
    parts = desk.window.parts
    parts.session.journal.note("Something is recorded, and the surroundings with it.")
    dialog = opened(desk)
    assert dialog.theme.currentData() == "system"
    assert (dialog.deadline.value(), dialog.switch_interval.value()) == (5.0, 0.5)
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.points.setValue(15)
    dialog.deadline.setValue(2.5)
    dialog.switch_interval.setValue(1.0)
    dialog.folder.setText(str(tmp_path / "elsewhere"))
    press_ok(dialog)
    assert parts.theme.is_dark()
    assert parts.log.zoom.points() == 15
    assert sys.getswitchinterval() == pytest.approx(0.001)
    assert desk.controller.deadline == 2.5
    desk.until(lambda: len(desk.log_entries()) == 3)
    recorded = {key: value for key, value in desk.log_entries()[-1].items() if key != "clicked_ns"}
    assert recorded == {"action": "preferences", "stop_deadline_s": "2.5", "switch_interval": "1 ms"}
    assert "You set the stop deadline to 2.5 s and the switch interval to 1 ms" in "\n".join(desk.log_texts())
    parts.settings_saver.save()
    kept, problem = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert problem == ""
    assert (kept.stop_deadline, kept.switch_interval_ms, kept.session_folder) == (2.5, 1.0, str(tmp_path / "elsewhere"))
    assert (kept.layout.theme, kept.layout.log_points) == ("dark", 15)
    parts.theme.choose("system")


def test_what_applies_when_is_said_beside_the_fields(desk: Desk) -> None:
    dialog = opened(desk)
    form = dialog.findChild(QFormLayout)
    rows = [form.itemAt(row, QFormLayout.ItemRole.FieldRole) for row in range(form.rowCount())]
    texts = [row.widget().text() if isinstance(row.widget(), QLabel) else "" for row in rows]
    assert texts[texts.index(DEADLINE_NOTE) - 1 :] == ["", DEADLINE_NOTE, "", "", FOLDER_NOTE]
    assert rows[texts.index(DEADLINE_NOTE) - 1].widget() is dialog.deadline
    assert rows[texts.index(FOLDER_NOTE) - 1].layout().itemAt(0).widget() is dialog.folder
    dialog.reject()


def test_a_folder_that_is_no_whole_path_is_said_and_nothing_is_changed(desk: Desk) -> None:
    dialog = opened(desk)
    dialog.deadline.setValue(2.5)
    dialog.folder.setText("some/where")
    press_ok(dialog)
    assert dialog.isVisible()
    assert dialog.problem.text().startswith("session_folder: 'some/where' is not the whole path of a folder")
    assert desk.window.parts.settings_saver.kept.stop_deadline == 5.0
    dialog.reject()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stop_deadlin = 3", "No setting is called 'stop_deadlin'; did you mean stop_deadline?"),
        ("[layout]\nwidht = 900", "No setting below [layout] is called 'widht'; did you mean width?"),
        ("width = 900", "width: it stands at the top of the file; it belongs below [layout]."),
        ("[layout]\nstop_deadline = 3", "stop_deadline: it stands below [layout]; it belongs at the top of the file."),
        ('session_folder = "a/b"', "session_folder: 'a/b' is not the whole path of a folder"),
        ("session_folder = 3", "session_folder: 3 is not the whole path of a folder"),
    ],
)
def test_a_key_that_is_unknown_or_misplaced_is_said_and_the_file_is_kept(desk: Desk, text: str, said: str) -> None:
    path = desk.services.settings_path
    path.write_text(f"version = 1\n{text}\n", "utf-8")
    settings, problem = load_settings(path, desk.services.catalogue)
    assert settings == Settings()
    assert said in problem
    assert path.with_name(f"{path.name}.kept").read_text("utf-8") == f"version = 1\n{text}\n"


def test_the_command_line_looks_into_the_folder_that_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert kept_session_folder() is None
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_settings(path, Settings(session_folder=str(tmp_path / "mine")))
    assert kept_session_folder() == tmp_path / "mine"
    path.write_text("session_folder = 3", "utf-8")
    assert kept_session_folder() is None
