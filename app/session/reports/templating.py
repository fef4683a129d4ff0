"""The page and the Markdown, by templates in which everything that is filled in is escaped."""

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.core.catalogue import Catalogue
from app.session.journal import reason_words
from app.session.journal_reader import Evidence, Step, verdict_count_words, verdict_counts
from app.session.reports import words
from app.session.reports.experiments import split_evidence
from app.session.reports.observed import observed_part
from app.session.reports.readable import Table, fact_table, read_table
from app.session.reports.timeline import STATE_WORDS, timeline, zooms
from app.session.reports.words import one_line, visible
from app.session.session_report import SessionReport

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
# What Markdown, GitHub's included, takes for markup; some of it only at the beginning, in an address or beside a blank.
_MARKUP = re.compile(r"[\\`*\[\]#|~$@]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.|^[-+=]")
_NUMBERED = re.compile(r"^(\d+)([.)])(?= |$)")
# The only pictures that are shown, by what their first bytes must be: an SVG may hold a script, a file may lie.
_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_TEXTS = ("text/", "application/json")
_SHORT = 12  # characters of a cell that is not broken at all
_LONGEST_WHOLE = 24  # characters of a word that is not broken in a cell
LONGEST_TEXT = 200_000  # characters of a text that are shown


def html(report: SessionReport, catalogue: Catalogue) -> Iterator[bytes]:
    """Yield the page: one file, without a script, that loads nothing."""
    yield from _filled(_page_environment(), "report.html.j2", _context(report, catalogue))


def markdown(report: SessionReport, catalogue: Catalogue) -> Iterator[bytes]:
    """Yield the report as Markdown."""
    yield from _filled(_markdown_environment(), "report.md.j2", _context(report, catalogue))


# Each keeps its template compiled: that takes longer than to fill it in.


@cache
def _page_environment() -> "Environment":
    environment = _environment(visible)
    environment.filters["line"] = one_line
    environment.filters["cell"] = _cell_class
    return environment


@cache
def _markdown_environment() -> "Environment":
    from markupsafe import Markup

    # What a template fills in is escaped here, all of it, and not at each place in the template.
    environment = _environment(lambda text: Markup(markdown_text(text)))
    environment.filters["fenced"] = lambda text: Markup(fenced(text))
    return environment


def _environment(finished: Callable[[str], str]) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: object) -> object:
        # What is Markup was made by us, from texts that are escaped already.
        return finished(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _filled(environment: "Environment", template: str, context: dict[str, Any]) -> Iterator[bytes]:
    stream = environment.get_template(template).stream(context)
    stream.enable_buffering(500)
    for piece in stream:
        # visible() leaves nothing that UTF-8 cannot carry.
        yield piece.encode("utf-8")


def _context(report: SessionReport, catalogue: Catalogue) -> dict[str, Any]:
    most = words.MOST_ROWS
    plans = words.steps_by_plan(report.steps)
    experiments, pieces = split_evidence(report.evidence, catalogue)
    return {
        "report": report,
        "head": list(words.head_facts(report)),
        "summary": verdict_count_words(verdict_counts(report.steps)),
        "environment": fact_table(report.environment, catalogue).rows,
        "runs": [words.run_row(run, catalogue) for run in report.runs[:most]],
        "observed": observed_part(report),
        "left_out": words.left_out,
        "troubles": [(run.title, texts) for run in report.runs if (texts := (*run.errors, *run.stacks))][:most],
        "experiments": experiments,
        "evidence_of": partial(_evidence_of, pieces) if len(plans) == 1 else lambda _step: [],
        "evidence": [shown(piece, catalogue) for piece in pieces],
        "timeline": timeline(report),
        "zooms": zooms(report),
        "state_words": STATE_WORDS,
        "plans": plans,
        "reason_words": reason_words,
        "judgement_class": words.judgement_class,
        "actions": report.actions[:most],
        "notes": report.notes[:most],
        "moment": words.moment,
        "judgement_words": words.judgement_words,
        "judged_words": words.judged_words,
        "step_checks": words.step_checks,
        "action_words": partial(words.action_words, catalogue=catalogue),
    }


def _evidence_of(pieces: Sequence[Evidence], step: Step) -> list[Evidence]:
    """Return what was kept for a step; evidence says the number alone, so this holds in sessions with one plan only."""
    return [piece for piece in pieces if piece.step == step.number]


def _cell_class(text: str) -> str:
    """Return how a cell may be broken: not at all if it is short, between words, or anywhere: outside text may be long."""
    if len(text) <= _SHORT:
        return "short"
    return "word" if all(len(word) <= _LONGEST_WHOLE for word in text.split()) else "text"


def markdown_text(text: str) -> str:
    """Return a text as Markdown shows it: on one line, what is markup or HTML escaped."""
    line = one_line(text).strip(" ").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", line))


def fenced(text: str) -> str:
    """Return a text as a block of code, whose fence is longer than any within it."""
    inside = visible(text)
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", inside)), 3)
    return f"{fence}text\n{inside}\n{fence}"


# -- evidence: pictures as data URLs, texts as they are -------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    """Return the text of a piece of evidence: ours have lone surrogates in them, others may have any bytes."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence as a report shows it: one of a picture's address, a text, a table, or only its facts."""

    evidence: Evidence
    picture: str
    text: str
    remark: str
    table: Table | None = None


def shown(evidence: Evidence, catalogue: Catalogue) -> Shown:
    """Return how a piece of evidence is shown; the catalogue has the titles that stand in place of ids."""
    if not evidence.data:
        remark = "" if not evidence.size else "It is in the session, but there was too much of it for this report."
        return Shown(evidence, "", "", remark or "It is empty or damaged.")
    signature = _SIGNATURES.get(evidence.type)
    if signature and evidence.data.startswith(signature):
        data = base64.b64encode(evidence.data).decode("ascii")
        return Shown(evidence, f"data:{evidence.type};base64,{data}", "", "")
    if evidence.type.startswith(_TEXTS):
        text = _decoded(evidence.data)
        table = read_table(text, catalogue) if evidence.type == "application/json" else None
        if table is not None:
            return Shown(evidence, "", "", "", table) if table.rows else Shown(evidence, "", "", "Nothing was known.")
        remark = f"The first {LONGEST_TEXT:,} of {len(text):,} characters." if len(text) > LONGEST_TEXT else ""
        return Shown(evidence, "", text[:LONGEST_TEXT], remark)
    return Shown(evidence, "", "", "It is of a kind that is not shown here.")
