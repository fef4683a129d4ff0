"""What the browser does with sessions in its thread: reading, exporting, reporting, comparing, deleting. No Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput
from app.session.comparison import Comparison, compare
from app.session.export import export_session
from app.session.folder import session_paths
from app.session.reader import SessionReader
from app.session.removal import remove_session
from app.session.save import check_target, save
from app.session.session_report import RunReport, read_report
from app.session.session_summary import SessionSummary, read_summary
from app.ui.browser.errand import Errand

# What a file dialog offers: the words, the format, and the ending of the name.
EXPORTS = {
    "Text, exactly as written (*.txt)": ("text", "txt"),
    "CSV for spreadsheets (*.csv)": ("csv", "csv"),
    "JSON lines (*.jsonl)": ("jsonl", "jsonl"),
}
REPORTS = {
    "Page, one file (*.html)": ("html", "html"),
    "Markdown (*.md)": ("markdown", "md"),
    "JUnit XML (*.xml)": ("junit", "xml"),
    "CSV of the runs (*.csv)": ("csv", "csv"),
    "Trace for Perfetto and Chrome (*.json)": ("trace", "json"),
}
Work = Callable[[Errand], object]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of a deletion: the files that are gone, and a sentence for each that is not."""

    gone: tuple[Path, ...]
    kept: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What to say of it."""
        count = len(self.gone)
        return " ".join((f"{count:,} session{' was' if count == 1 else 's were'} deleted.", *self.kept[:1]))


def read_folder(folder: Path) -> Work:
    """Return what tells the card of each session of a folder, newest first."""

    def work(errand: Errand) -> None:
        for path in reversed(session_paths(folder)):
            if errand.cancelled():
                return
            errand.tell(read_summary(path, errand.cancelled))

    return work


def read_pane(path: Path) -> Work:
    """Return what tells a session's card at once, and returns its runs once it has read all of it."""

    def work(errand: Errand) -> tuple[RunReport, ...]:
        errand.tell(read_summary(path, errand.cancelled))
        return () if errand.cancelled() else read_report(path).runs

    return work


def export(path: Path, out: Path, form: str) -> Work:
    """Return what exports a session, as ``thread-controller export`` does; it returns the sentence about it."""

    def work(errand: Errand) -> str:
        check_target(out, [path])
        damaged: list[str] = []
        with SessionReader(path, damaged.append) as reader:
            whole = save(export_session(reader, form, None, None), out, None, errand.cancelled, [path])
        return _saved(out, damaged) if whole else "Exporting was cancelled; nothing was left."

    return work


def write_report(path: Path, out: Path, form: str) -> Work:
    """Return what writes the report of a session, as ``thread-controller report`` does; it returns the sentence about it."""

    def work(errand: Errand) -> str:
        from app.session.reports.writing import render_report

        check_target(out, [path])
        story = read_report(path)
        whole = save(render_report(story, form), out, None, errand.cancelled, [path])
        return _saved(out, story.damaged) if whole else "The report was cancelled; nothing was left."

    return work


def compare_two(first: SessionSummary, second: SessionSummary) -> Work:
    """Return what compares two sessions, the older one first; it returns the ``Comparison``, None if it was cancelled."""

    def work(errand: Errand) -> Comparison | None:
        stories = []
        for card in sorted((first, second), key=lambda card: (card.started, card.path.stem)):
            stories.append(read_report(card.path))
            if errand.cancelled():
                return None
        return compare(*stories)

    return work


def delete(paths: Sequence[Path]) -> Work:
    """Return what deletes sessions; it returns a ``Deleted``."""

    def work(errand: Errand) -> Deleted:
        gone, kept = [], []
        for path in paths:
            if errand.cancelled():
                break
            try:
                remove_session(path)
                gone.append(path)
            except BadInput as error:
                kept.append(str(error))
        return Deleted(tuple(gone), tuple(kept))

    return work


def _saved(out: Path, damaged: Sequence[str]) -> str:
    sentence = f"Saved {out}."
    return f"{sentence} Some of it could not be read: {damaged[0]}" if damaged else sentence
