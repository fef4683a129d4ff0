"""Evidence inside a report: pictures as data URLs, texts as they are."""

import base64
from dataclasses import dataclass

from app.session.journal_reader import Evidence

# The only pictures that are shown, by what their first bytes must be: an SVG may hold a script, a file may lie.
_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_TEXTS = ("text/", "application/json")
LONGEST_TEXT = 200_000  # characters of a text that are shown


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence as a report shows it: one of a picture's address, a text, or only its facts."""

    evidence: Evidence
    picture: str
    text: str
    remark: str


def shown(evidence: Evidence) -> Shown:
    """Return how a piece of evidence is shown."""
    if not evidence.data:
        remark = "" if not evidence.size else "It is in the session, but there was too much of it for this report."
        return Shown(evidence, "", "", remark or "It is empty or damaged.")
    signature = _SIGNATURES.get(evidence.type)
    if signature and evidence.data.startswith(signature):
        data = base64.b64encode(evidence.data).decode("ascii")
        return Shown(evidence, f"data:{evidence.type};base64,{data}", "", "")
    if evidence.type.startswith(_TEXTS):
        text = evidence.data.decode("utf-8", "backslashreplace")
        remark = f"The first {LONGEST_TEXT:,} of {len(text):,} characters." if len(text) > LONGEST_TEXT else ""
        return Shown(evidence, "", text[:LONGEST_TEXT], remark)
    return Shown(evidence, "", "", "It is of a kind that is not shown here.")
