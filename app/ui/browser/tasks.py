"""The background tasks of the browser: reading, exporting, reporting, comparing and deleting sessions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.session.comparison import Comparison, compare
from app.session.export import export_session
from app.session.folder import remove_session, session_paths
from app.session.journal_reader import Note
from app.session.reader import SessionReader
from app.session.save import check_target, save
from app.session.session_report import SessionReport, read_report
from app.session.session_summary import SessionSummary, find_notes, read_summary
from app.ui.task import TaskContext
from app.ui.widgets import Formats

REPORTS: Formats = {
    "HTML report (*.html)": ("html", "html"),
    "Markdown (*.md)": ("markdown", "md"),
    "JUnit XML (*.xml)": ("junit", "xml"),
    "CSV of the runs (*.csv)": ("csv", "csv"),
    "Trace for Perfetto and Chrome (*.json)": ("trace", "json"),
}
TESTS: Formats = {"Python test (*.py)": ("test", "py")}
MOST_FOUND = 1_000  # a person reads no more, and types more instead
TaskFunction = Callable[[TaskContext], object]
Hit = tuple[SessionSummary, Note]


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that was saved, and the sentence about it."""

    path: Path
    sentence: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """The result of a deletion: the files that are gone, and a sentence for each that is not."""

    gone: tuple[Path, ...]
    kept: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What to say of it."""
        count = len(self.gone)
        return " ".join((f"{count:,} session{' was' if count == 1 else 's were'} deleted.", *self.kept[:1]))


def read_folder(folder: Path) -> TaskFunction:
    """Return a task that reports the summary of each session of a folder, newest first."""

    def task(context: TaskContext) -> None:
        for path in reversed(session_paths(folder)):
            if context.is_cancelled():
                return
            context.report(read_summary(path, context.is_cancelled))

    return task


def read_session(path: Path) -> TaskFunction:
    """Return a task that reports a session's summary at once, and returns its report once it has read all of it.

    It returns None if it was cancelled.
    """

    def task(context: TaskContext) -> SessionReport | None:
        context.report(read_summary(path, context.is_cancelled))
        return None if context.is_cancelled() else read_report(path)

    return task


def search_notes(summaries: Sequence[SessionSummary], text: str) -> TaskFunction:
    """Return a task that looks for a text in the notes of sessions; it returns the hits, the first 1,000 of them."""

    def task(context: TaskContext) -> list[Hit]:
        hits: list[Hit] = []
        for summary in summaries:
            if context.is_cancelled():
                break
            hits += islice(find_notes((summary,), text), MOST_FOUND - len(hits))
            if len(hits) >= MOST_FOUND:
                break
        return hits

    return task


def write_export(path: Path, out: Path, form: str) -> TaskFunction:
    """Return a task that exports a session, as ``thread-controller export`` does; it returns a ``Saved``."""

    def task(context: TaskContext) -> Saved | str:
        check_target(out, [path])
        damaged: list[str] = []
        with SessionReader(path, damaged.append) as reader:
            whole = save(export_session(reader, form, None, None), out, context.is_cancelled, [path])
        return _saved(out, damaged) if whole else "Export cancelled; no file was saved."

    return task


def write_report(path: Path, out: Path, form: str, catalogue: Catalogue) -> TaskFunction:
    """Return a task that writes the report of a session, as ``thread-controller report`` does.

    It returns a ``Saved``.
    """

    def task(context: TaskContext) -> Saved | str:
        from app.session.reports.writing import render_report

        check_target(out, [path])
        report = read_report(path)
        whole = save(render_report(report, form, catalogue), out, context.is_cancelled, [path])
        return _saved(out, report.damaged) if whole else "Report cancelled; no file was saved."

    return task


def write_test(path: Path, out: Path, catalogue: Catalogue) -> TaskFunction:
    """Return a task that writes a session as a test, as ``thread-controller to-test`` does; it returns a ``Saved``."""

    def task(context: TaskContext) -> Saved | str:
        from app.experiments.to_test import session_test

        check_target(out, [path])
        report = read_report(path)
        text = session_test(report, catalogue)
        whole = save([text.encode("utf-8")], out, context.is_cancelled, [path])
        return _saved(out, report.damaged) if whole else "Test cancelled; no file was saved."

    return task


def compare_sessions(first: SessionSummary, second: SessionSummary, catalogue: Catalogue) -> TaskFunction:
    """Return a task that compares two sessions, the older one first.

    It returns the ``Comparison``, None if it was cancelled.
    """

    def task(context: TaskContext) -> Comparison | None:
        reports = []
        for summary in sorted((first, second), key=lambda summary: (summary.started, summary.path.stem)):
            reports.append(read_report(summary.path))
            if context.is_cancelled():
                return None
        older, newer = reports
        return compare(older, newer, catalogue)

    return task


def delete_sessions(paths: Sequence[Path]) -> TaskFunction:
    """Return a task that deletes sessions; it returns a ``Deleted``."""

    def task(context: TaskContext) -> Deleted:
        gone, kept = [], []
        for path in paths:
            if context.is_cancelled():
                break
            try:
                remove_session(path)
                gone.append(path)
            except BadInput as error:
                kept.append(str(error))
        return Deleted(tuple(gone), tuple(kept))

    return task


def _saved(out: Path, damaged: Sequence[str]) -> Saved:
    sentence = f"Saved {out.name} in {out.absolute().parent}."
    return Saved(out, f"{sentence} Some of it could not be read: {damaged[0]}" if damaged else sentence)
