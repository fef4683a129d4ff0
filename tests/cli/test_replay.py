"""``replay``: exit 0 where the runs agree, 1 where they differ, 2 where there is nothing to repeat."""

import json
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import tomli_w

from app.adapters import whole_catalogue
from app.core.strategies.async_exception import AsyncException
from app.core.worker import Worker
from app.documents.plans import plan_paths, read_plan, to_document
from app.experiments.race import Race
from app.experiments.race_report import race_evidence, race_facts
from tests.cli.shell import ROOT, TIME, Argument, command, environment, refused, run
from tests.session.stories import RecordedCore, record
from tests.short_plans import shortened


def _short(core: RecordedCore) -> None:
    core.begin(name="Counter", strategy="event-poll", interval=0.001, limit=5)
    # Pauses that a busy machine does not make twice as long: what is written in a time must agree, here and there.
    timed = core.begin(name="Timed", strategy="flag", stop_after=0.3, interval=0.05)
    core.until(lambda: core.snapshot(timed).outcome)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a short session."""
    return record(tmp_path_factory.mktemp("short"), _short)


def test_a_session_agrees_with_itself(session: Path) -> None:
    done = run("replay", "latest", "--session-dir", session.parent, "--fast")
    assert done.returncode == 0, done.stdout
    rows = done.stdout.decode().splitlines()
    assert [row.split()[0] for row in rows[1:3]] == ["Counter", "Timed"]
    assert rows[-1] == "2 of 2 runs agree with the record."


def test_what_differs_is_said_with_status_1(session: Path, tmp_path: Path) -> None:
    workers = tmp_path / "changed.toml"
    workers.write_text('[[worker]]\nname = "Counter"\nstrategy = "event-poll"\ninterval = 0.001\nlimit = 6\n')
    (status, output), (plain_status, plain) = _together(
        [("replay", session, "--workers", workers, "--json"), ("replay", session, "--workers", workers)]
    )
    assert status == plain_status == 1
    document = json.loads(output)
    assert (document["agrees"], document["whole"]) == (False, True)
    counter, timed = document["runs"]
    assert (counter["agrees"], timed["agrees"]) == (False, True)
    assert counter["replayed"] == {"outcome": "completed", "was_stuck": False, "lines": 6, "latency_ns": None}
    assert counter["lines_agreeing"] == [5, 5]
    assert b"Counter #1: it wrote 6 lines; recorded were 5, and exactly 5 agree with that.\n" in plain


def _raced(core: RecordedCore) -> None:
    racing = Race(whole_catalogue(), [Worker("Deaf", "future-cancel", interval=0.01)], 1, 7, 0.05)
    core.journal.action("race", **race_facts(racing))
    data = race_evidence(racing.run(threading.Event()), whole_catalogue())
    core.journal.evidence("race.json", "application/json", data, "what the race found")


def test_a_race_is_done_again_and_compared(tmp_path: Path) -> None:
    session = record(tmp_path, _raced)
    done = run("replay", session)
    assert (done.returncode, done.stdout.decode()) == (0, "Race of Deaf: agrees with the record.\n")
    workers = tmp_path / "changed.toml"
    workers.write_text('[[worker]]\nname = "Deaf"\nstrategy = "event-wait"\ninterval = 0.01\n')
    differing = run("replay", session, "--workers", workers, "--json")
    assert differing.returncode == 1
    document = json.loads(differing.stdout)
    (experiment,) = document["experiments"]
    assert (document["agrees"], document["runs"], experiment["title"]) == (False, [], "Race of Deaf")
    assert experiment["differences"] == ["Deaf: 1 of 1 runs noticed the stop; recorded is that none did"]


def test_what_cannot_be_done_again_is_one_sentence(session: Path, tmp_path: Path) -> None:
    silent = record(tmp_path, lambda core: core.start(limit=1))
    assert "there is nothing to repeat" in refused(["replay", silent])
    assert "there is no such file" in refused(["replay", session, "--workers", tmp_path / "none.toml"])
    assert "--deadline" in refused(["replay", session, "--deadline", "soon"])


def _together(commands: Sequence[Sequence[Argument]]) -> list[tuple[int, bytes]]:
    """Run commands side by side; they sleep most of the time."""
    started = [
        subprocess.Popen(command(*one), cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for one in commands
    ]
    outputs = [process.communicate(timeout=TIME)[0] for process in started]
    return [(process.returncode, output) for process, output in zip(started, outputs, strict=True)]


def test_every_built_in_plan_can_be_replayed(tmp_path: Path) -> None:
    catalogue = whole_catalogue()
    plans = []
    for name, path in plan_paths().items():
        plans.append(tmp_path / f"{name}.plan.toml")
        plans[-1].write_text(tomli_w.dumps(to_document(shortened(read_plan(path, catalogue)))), "utf-8")
    assert plans
    folders = [tmp_path / plan.stem for plan in plans]
    carried_out = _together(
        [("plan", plan, "--session-dir", folder) for plan, folder in zip(plans, folders, strict=True)]
    )
    assert all(status in (0, 1) for status, _ in carried_out)
    replays = _together([("replay", "latest", "--fast", "--json", "--session-dir", folder) for folder in folders])
    for plan, (_, output) in zip(plans, replays, strict=True):
        document = json.loads(output)
        assert document["whole"], plan
        assert document["runs"], plan
        # Side by side on a busy machine one may notice late; what is said and done is the same all the same.
        found = [difference for run in document["runs"] for difference in run["differences"]]
        assert not [words for words in found if not words.startswith("it noticed the stop after")], plan


def test_what_can_do_harm_is_told_before_it_is_done_again(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        core.begin(name="A", strategy="async-exception", limit=2, interval=0.001)
        core.begin(name="B", strategy="async-exception", limit=2, interval=0.001)

    done = run("replay", record(tmp_path, act))
    warning = f"async-exception: {AsyncException.about.warning}\n".encode()
    assert (done.returncode, done.stderr) == (0, warning), done.stdout
