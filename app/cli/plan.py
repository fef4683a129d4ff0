"""``thread-controller plan``: a plan carried out without a screen."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from app.cli.stdout import encoded, print_bytes
from app.cli.styles import BAD, Cell, toned
from app.core.catalogue import Catalogue
from app.core.errors import BadInput, one_line, quoted
from app.core.runtime import Runtime
from app.documents.plan_parts import Plan
from app.documents.plans import find_plan, plan_warnings, read_plan, workers_to_agree_to
from app.experiments.environment import compared, environment_now, environment_texts
from app.experiments.plan_results import PlanResult, StepResult
from app.experiments.plan_run import PlanRun
from app.programs.consent import require_yes
from app.programs.runtime import build_runtime
from app.session.folder import make_folder
from app.session.journal import Journal, check_words
from app.session.recorder import Recorder, build_recorder, session_start
from app.signals import run_until_signal
from app.terminal import exit_status, shows_colours, write_stderr


def plan_command(options: Namespace, catalogue: Catalogue) -> int:
    """Do what ``thread-controller plan`` was asked to and return the exit status; the main thread only.

    Raises:
        BadInput: there is no such plan, or it is wrong, or a mechanism's needs are not there; nothing has been started.
    """
    plan = read_plan(find_plan(options.what), catalogue)
    agreed = require_yes(workers_to_agree_to(plan, catalogue), yes=options.yes)
    if options.session_dir is not None:
        _check_recordable(options.session_dir)
    runtime = build_runtime(catalogue, deadline=options.deadline, releases_stuck=True)
    stream = runtime.stream
    recorder = None
    try:
        if options.session_dir is not None:
            recorder = build_recorder(options.session_dir, session_start(stream), stream)
        plan_run = _plan_run(plan, catalogue, runtime, recorder)
        # What its mechanisms can do harm to: naming the plan on a command line is consent.
        for warning in (*plan_warnings(plan, catalogue), *agreed):
            write_stderr(f"{warning}\n")
        if not options.json:
            _print(_head(plan))
        on_step = None if options.json else lambda step: _print(step_text(step, sys.stdout))  # by the plan's thread
        result, signal_number = run_until_signal(lambda cancel: plan_run.run(cancel, on_step), "plan")
        _print(_json(result) if options.json else f"{result.sentence()}\n")
    finally:
        if recorder is not None:
            _end_recording(recorder)
        runtime.close()
    for words in result.left:
        write_stderr(f"{words}\n")
    if result.left:
        sys.stdout.flush()
        # Threads that cannot be stopped must not run on in an interpreter that ends.
        os._exit(exit_status(left=True))
    return exit_status(left=False, signal_number=signal_number, failed=result.failed)


def _check_recordable(folder: Path) -> None:
    """Make the folder that is to be recorded in, if it is not there; BadInput if that cannot be done."""
    try:
        make_folder(folder)
        reason = "" if os.access(folder, os.W_OK | os.X_OK) else "it cannot be written to"
    except OSError as error:
        reason = error.strerror or str(error)
    if reason:
        raise BadInput(f"--session-dir: {quoted(str(folder), 100)} cannot be used ({reason}); name a folder.")


def _plan_run(plan: Plan, catalogue: Catalogue, runtime: Runtime, recorder: Recorder | None) -> PlanRun:
    if recorder is None:
        return PlanRun(plan, catalogue, runtime=runtime)
    journal = Journal(
        runtime.stream.append,
        runtime.stream.origin,
        lambda: environment_texts(environment_now()) | {"stop_deadline_s": f"{runtime.controller.deadline:g}"},
    )
    return PlanRun(plan, catalogue, journal, runtime=runtime, release=recorder.consume)


def _end_recording(recorder: Recorder) -> None:
    """Commit what waits, and say where it is, or why it is not."""
    recording = recorder.close()
    if recording.trouble:
        write_stderr(f"{one_line(recording.trouble)}\n")
    if recording.path is not None:
        write_stderr(f"Recorded in {one_line(str(recording.path))}\n")


# -- what is printed -------------------------------------------------------------------------------------------------


def _print(text: str) -> None:
    print_bytes(encoded(text))


def _head(plan: Plan) -> str:
    lines = [plan.title if not plan.summary else f"{plan.title}: {plan.summary}"]
    lines += [f"  {asked.words()}" for asked in compared(plan.environment, environment_now())]
    return "".join(f"{one_line(line)}\n" for line in lines)


def step_text(result: StepResult, stream: TextIO) -> str:
    """Return what came of a step, for a stream: its verdict, what was found, and what to do where it was not judged."""
    step = result.step
    verdict = _styled(stream, f"{result.word:<10}", toned(result.word))
    lines = [f"{result.number:>4}  {verdict}  {one_line(step.title)}"]
    for check in result.checks:
        sign, _, words = one_line(check_words(check)).partition(" ")
        lines.append(f"{'':16}{_styled(stream, sign, sign if check.passed else (sign, BAD))} {words}")
    if not result.checks:
        told = (("Do: ", step.do), ("Expected: ", step.expect), ("", result.sentence))
        lines += [f"{'':18}{word}{one_line(text)}" for word, text in told if text]
    return "".join(f"{line}\n" for line in lines)


def _styled(stream: TextIO, text: str, cell: Cell) -> str:
    """Return a text in the style of a cell, if the stream shows colours."""
    if isinstance(cell, str) or not shows_colours(stream):
        return text
    from app.cli.console import styled  # rich, for a person

    return styled(stream, text, cell[1])


def step_values(result: StepResult) -> dict[str, Any]:
    """Return what came of a step as the object that JSON has of it."""
    return {
        "step": result.number,
        "title": result.step.title,
        "do": result.step.do,
        "expect": result.step.expect,
        "verdict": None if result.verdict is None else str(result.verdict),
        "sentence": result.sentence,
        "checks": [{**asdict(check), "words": check_words(check)} for check in result.checks],
    }


def _json(result: PlanResult) -> str:
    values: Mapping[str, Any] = {
        "plan": result.plan.title,
        "environment": environment_texts(result.environment),
        "asked": [asdict(asked) for asked in result.compared],
        "steps": [step_values(step) for step in result.steps],
        "finished": result.finished,
        "left": list(result.left),
    }
    return json.dumps(values, indent=2) + "\n"
