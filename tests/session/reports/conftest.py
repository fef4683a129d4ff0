"""Stories that reports are made of: a usual one, and one in which every text is hostile."""

from pathlib import Path

import pytest

from app.session.journal import Check, NoteKind, Verdict
from app.session.session_report import SessionReport, read_report
from tests.session.stories import HOSTILE, PNG, RecordedCore, record, usual


def hostile(core: RecordedCore) -> None:
    """Do something with every text that a session can hold, all of them hostile."""
    core.journal.action("session", charter="\n".join(HOSTILE), tester=HOSTILE[0], timebox_s=None)
    core.journal.action("plan", title=HOSTILE[1], plan={"step": [{"title": HOSTILE[0]}]})
    for text in HOSTILE:
        core.journal.note(text, NoteKind.BUG, link={"run": 1, "worker": text, "number": 1})
        core.journal.action(text, anything=text)
    core.journal.action("edit", worker=HOSTILE[2], field=HOSTILE[3], text=HOSTILE[4])
    for number, (text, verdict) in enumerate(zip(HOSTILE, [*Verdict] * 2, strict=False), 1):
        check = Check("line_matches", text, text, passed=False)
        core.journal.step(HOSTILE[1], number, text, verdict, by_program=True, actual=text, checks=(check,))
        core.journal.step(HOSTILE[1], number, text, Verdict.PASS, by_program=False, actual=text)
    core.journal.evidence(HOSTILE[0], "image/png", PNG, HOSTILE[0], 1)
    core.journal.evidence("liar.png", "image/png", b"<svg onload=alert(1)>", HOSTILE[1])
    core.journal.evidence("picture.svg", "image/svg+xml", b"<svg onload=alert(1)>", HOSTILE[1])
    core.journal.evidence("stacks", "text/plain", "\n".join(HOSTILE).encode("utf-8", "surrogatepass"), HOSTILE[5])
    core.journal.evidence("x", '"><script>', b"<script>", "")
    for number, text in enumerate(HOSTILE):
        name = f"{number} {''.join(c for c in text if c.isprintable())}"[:100]
        escaped = text.replace("{", "{{").replace("}", "}}")
        core.begin(name=name, strategy="event-poll", interval=0.0, limit=2, text=escaped)
    core.begin(name="Error", strategy="event-poll", workload="error", interval=0.0)


@pytest.fixture(scope="package")
def hostile_report(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    """Return the report of a session in which every text is hostile."""
    return read_report(record(tmp_path_factory.mktemp("hostile"), hostile))


@pytest.fixture(scope="package")
def usual_report(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    """Return the report of a usual session without steps."""
    return read_report(record(Path(tmp_path_factory.mktemp("usual")), usual))
