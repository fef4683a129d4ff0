"""Four hundred thousand lines of real threads: gapless and in order in the view, in the file and in the export."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.batch import Batch, Kind
from app.core.events import HeldBack, Running, Shown, Started, decode
from app.core.worker import Worker
from app.session.archive import Archive
from app.ui.log.columns import shown_text
from tests.ui.conftest import Desk
from tests.ui.log.conftest import TEXT, WORKER

WORKERS, LINES = 4, 100_000
STRATEGIES = ("event-poll", "flag", "event-wait", "event-poll")
HIDDEN = (Started, Running, HeldBack, Shown)  # nothing stops these runs but their limit
EVERY = 16  # of so many pages of the view one is looked at


def check_each(lines: list[tuple[str, str]]) -> None:
    """Check that each worker's lines are all there, in order."""
    for worker in range(WORKERS):
        name = f"W{worker}"
        found = [text for whose, text in lines if whose == name]
        assert found == [f"{name} {i}" for i in range(1, LINES + 1)], name


@pytest.mark.timeout(200)
def test_many_lines_are_gapless_and_in_order_everywhere(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make_desk(
        tuple(
            Worker(f"W{number}", strategy, interval=0, limit=LINES, text="{name} {i}")
            for number, strategy in enumerate(STRATEGIES)
        )
    )
    desk.window.parts.workers.start()
    desk.until(desk.controller.is_idle, timeout=60_000)
    desk.until_quiet()
    log = desk.window.parts.log
    store = log.store
    desk.until(lambda: store.committed == store.end)
    # In the file, by itself.
    path = desk.services.recorder.status().path
    said: list[str] = []
    archive = Archive.of(path, said.append)
    records = archive.records(0, archive.committed)
    names = archive.runs()
    archive.close()
    assert said == []
    assert len(records) == store.end
    check_each([(names[record.run].worker, record.text) for record in records if record.kind == Kind.LINE])
    # In the view: what the rows of a page show is what the file has at these places, but for the events that are hidden. A
    # tall window, and of its hundreds of pages every sixteenth and the last.
    desk.window.setMaximumHeight(16_000)
    desk.window.resize(900, 16_000)
    desk.until(lambda: log.view.rows_that_fit() > 500)
    model, page = log.view.model(), log.bar.pageStep()
    last = log.bar.maximum()
    rows = [record for record in records if not isinstance(decode(record.kind, record.text), HIDDEN)]
    assert len(records) - len(rows) >= 3 * len(STRATEGIES)
    for place in [*range(0, last, EVERY * page), last]:
        log.bar.setValue(place)
        end = min(place + page, len(rows))
        assert model.rowCount() >= end - place > 0
        shown = [(model.item(row, WORKER).text(), model.item(row, TEXT).text()) for row in range(end - place)]
        assert shown == [
            (names[record.run].worker, record.text if record.kind == Kind.LINE else shown_text(record))
            for record in rows[place:end]
        ]
    assert end == len(rows)
    # In the export as text.
    saved = tmp_path / "all.txt"
    with desk.qtbot.waitSignal(desk.window.parts.area.saver.done, timeout=60_000):
        desk.window.parts.area.saver.start("all", saved, "text")
    texts = saved.read_bytes().decode().split("\n")
    assert texts.pop() == ""
    assert texts == [record.text for record in records if record.kind == Kind.LINE]


@pytest.mark.parametrize("last", [False, True], ids=["first batch", "last batch"])
def test_what_goes_wrong_in_a_slot_loses_no_batch(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    """On a busy machine all of a run may come in one batch: then the batch that fails is the last one as well."""
    desk = make_desk((Worker("W", "event-poll", interval=0, limit=5_000),))
    log = desk.window.parts.log
    refresh, failed = log.refresh, []

    def fails_once() -> None:
        if not failed and (not last or desk.controller.is_idle()):
            failed.append(1)
            raise ValueError("a row cannot be shown")
        refresh()

    monkeypatch.setattr(log, "refresh", fails_once)
    with desk.qtbot.captureExceptions() as errors:
        desk.window.parts.workers.start()
        desk.until(lambda: desk.rows == ["Completed"])
        desk.until_quiet()
    assert [str(error[1]) for error in errors] == ["a row cannot be shown"]
    texts = [text for text in desk.log_texts() if text.startswith("running…") and "id" not in text]
    assert texts == [f"running… {i}" for i in range(1, 5_001)]


def test_the_window_becomes_quiet_also_if_no_batch_of_the_end_can_be_shown(make_desk: Callable[..., Desk]) -> None:
    """No frame comes after the last one: nothing else would end the frame timer, or show that the run has ended."""
    desk = make_desk((Worker("W", "event-poll", interval=0, limit=100),))

    def fails(batch: Batch | None) -> None:
        if batch is not None and desk.controller.is_idle():
            raise ValueError("the end cannot be shown")

    desk.window.parts.bridge.listen(fails)
    with desk.qtbot.captureExceptions() as errors:
        desk.window.parts.workers.start()
        desk.until(lambda: errors)
        desk.until_quiet()
    assert {str(error[1]) for error in errors} == {"the end cannot be shown"}
    assert desk.rows == ["Completed"]
