"""A session as JUnit XML: a test case a step, or a run where there are no steps."""

from collections.abc import Iterator
from xml.etree import ElementTree

from app.core.states import Outcome
from app.session.journal import Verdict
from app.session.journal_reader import Judgement, Step
from app.session.reports.words import latency_words, line_words, one_line, step_checks, visible
from app.session.session_report import RunReport, SessionReport
from app.session.thread_words import stop_lines, verdict_sentence


def junit(report: SessionReport) -> Iterator[bytes]:
    """Yield the XML: one suite, whose properties are the surroundings."""
    cases = [_step_case(step) for step in report.steps] or [_run_case(run, report.duration) for run in report.runs]
    suite = ElementTree.Element("testsuite", _attributes(name=f"session {report.id}", timestamp=report.started[:19]))
    counts = {"tests": len(cases)}
    for tag, name in (("failure", "failures"), ("skipped", "skipped")):
        counts[name] = sum(case.find(tag) is not None for case in cases)
    suite.attrib |= {name: str(count) for name, count in {**counts, "errors": 0}.items()}
    suite.set("time", f"{report.duration / 1e9:.6f}")
    properties = ElementTree.SubElement(suite, "properties")
    facts = {"charter": report.charter, "tester": report.tester, **report.environment}
    for name, value in facts.items():
        if value:
            ElementTree.SubElement(properties, "property", _attributes(name=name, value=value))
    suite.extend(cases)
    if report.notes:
        notes = "\n".join(f"{note.id} {note.kind}: {note.text}" for note in report.notes)
        ElementTree.SubElement(suite, "system-out").text = visible(notes)
    root = ElementTree.Element("testsuites", {name: suite.attrib[name] for name in (*counts, "errors", "time")})
    root.append(suite)
    ElementTree.indent(root)
    # After visible() there is nothing in it that UTF-8 or XML 1.0 cannot carry.
    yield b"<?xml version='1.0' encoding='utf-8'?>\n" + ElementTree.tostring(root, encoding="utf-8") + b"\n"


def _attributes(**values: str) -> dict[str, str]:
    return {name: one_line(value) for name, value in values.items()}


def _step_case(step: Step) -> ElementTree.Element:
    name = f"{step.number}. {step.title}"
    case = ElementTree.Element("testcase", _attributes(classname=step.plan or "plan", name=name, time="0"))
    if step.verdict is Verdict.FAIL:
        _say(case, "failure", "the step failed", _step_text(step))
    elif step.verdict is not Verdict.PASS:
        _say(case, "skipped", str(step.verdict or "not judged"), _step_text(step))
    elif text := _step_text(step):
        ElementTree.SubElement(case, "system-out").text = visible(text)
    return case


def _step_text(step: Step) -> str:
    lines = [*_judged("person", step.by_person), *_judged("program", step.by_program), *step_checks(step)]
    return "\n".join(lines)


def _judged(who: str, judgement: Judgement | None) -> Iterator[str]:
    if judgement:
        yield f"{who}: {judgement.verdict}" + (f", {judgement.actual}" if judgement.actual else "")


def _run_case(run: RunReport, end: int) -> ElementTree.Element:
    ended = run.chain.ended if run.chain.ended is not None else end
    classname = f"{run.strategy or 'unknown'}.{run.workload or 'unknown'}"
    time = f"{max(ended - run.began, 0) / 1e9:.6f}"
    case = ElementTree.Element("testcase", _attributes(classname=classname, name=run.title, time=time))
    text = "\n\n".join((*run.errors, *run.stacks))
    if run.outcome is Outcome.FAILED:
        _say(case, "failure", "the run failed", text)
    elif run.was_stuck or run.never:
        stuck = "it was stuck" if run.was_stuck else "it never noticed that it was asked to stop"
        _say(case, "failure", run.release_words or verdict_sentence(run) or stuck, text)
    elif run.outcome is None:
        _say(case, "skipped", "the session ended before the run did", text)
    facts = f"outcome: {run.outcome_words}\nlines: {line_words(run)}\nstop latency: {latency_words(run)}"
    if run.outside:
        facts += f"\n{run.outside}"
    facts = "\n".join((facts, *stop_lines(run)))
    ElementTree.SubElement(case, "system-out").text = visible(facts)
    return case


def _say(case: ElementTree.Element, tag: str, message: str, text: str) -> None:
    element = ElementTree.SubElement(case, tag, _attributes(message=message))
    element.text = visible(text)
