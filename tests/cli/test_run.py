"""``thread-controller run`` as a process: what it prints, and how it ends."""

import json
import os
import re
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.core.latency import release_words
from tests.cli.shell import ROOT, TIME, Running, command, environment, run

QUICK = ("--interval", "0", "--limit")


def test_lines_go_to_standard_output_and_a_line_a_run_to_standard_error() -> None:
    result = run("run", "flag", *QUICK, "3")
    assert result.returncode == 0
    assert result.stdout.decode() == "running… 1\nrunning… 2\nrunning… 3\n"
    assert result.stderr.decode() == "flag #1: completed, 3 lines\n"


def test_a_stop_and_its_latency() -> None:
    result = run("run", "event-wait", "--interval", "10", "--stop-after", "0.05")
    assert (result.returncode, result.stdout.decode()) == (0, "running… 1\n")
    sentence = result.stderr.decode()
    assert re.fullmatch(r"event-wait #1: interrupted, 1 line, stop latency [\d.]+ (µs|ms)\n", sentence), sentence


def test_the_built_in_examples_on_the_real_clock() -> None:
    """At a quicker pace; what their own times make of them is said with a clock of the tests' own."""
    quick = ("--interval", "0.2", "--stop-after")
    with (
        Running("run", "tutorial-event", *quick, "1.14") as event,
        Running("run", "tutorial-flag", *quick, "0.94") as flag,
    ):
        numbered = [f"Child thread running... {number}\n".encode() for number in range(1, 7)]
        last = [b"Main thread stopping child thread\n", b"\n", b"Child Thread Interrupted\n", b""]
        assert [event.next_line() for _ in range(10)] == numbered + last
        working = [b"working on a task\n"] * 5
        assert [flag.next_line() for _ in range(7)] == [*working, b"Stopping the Thread after some time.\n", b""]
        assert event.end()[0] == flag.end()[0] == 0


def test_json_has_one_object_a_line_with_every_record(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text(
        '[[worker]]\nname = "Größe"\nstrategy = "flag"\ninterval = 0.001\nstop_after = 0.05\ntext = "{name}\\n{i}"\n'
        'text_on_request = "please"\ntext_at_end = ["", "done"]\n',
        "utf-8",
    )
    result = run("run", file, "--json")
    assert result.returncode == 0
    assert result.stdout.isascii()
    records = [json.loads(line) for line in result.stdout.splitlines()]
    keys = ["t_ns", "worker", "run", "kind", "text"]
    more = {"line": [], "state": ["event", "facts"], "chain": ["event", "facts", "chain"]}
    assert all(list(record) == keys + more[record["kind"]] for record in records)
    assert {(record["worker"], record["run"]) for record in records} == {("Größe", 1)}
    instants = [record["t_ns"] for record in records]
    assert instants == sorted(instants)
    assert 0 <= instants[0] < 30 * 10**9
    assert instants[-1] - instants[0] >= 50_000_000
    told = [(record["event"], record["text"]) for record in records if record["kind"] != "line"]
    assert [name for name, _ in told] == ["started", "running", "stop-requested", "ended"]
    assert [text.partition(":")[0] for _, text in told] == ["starting", "running", "stopping", "stopped"]
    assert re.fullmatch(
        r"stopped: noticed [\d.]+ (µs|ms) after the request \(predicted within [\d.]+ (µs|ms)\)", told[-1][1]
    )
    lines = [record["text"] for record in records if record["kind"] == "line"]
    assert lines[0] == "Größe\n1"
    assert lines[-2:] == ["", "done"]
    assert lines.count("please") == 1
    assert {record["kind"] for record in records} == {"line", "state", "chain"}
    chain = records[-1]["chain"]
    assert chain["requested_ns"] <= chain["noticed_ns"] <= chain["cleaned_up_ns"] <= chain["ended_ns"] == instants[-1]
    assert (chain["clicked_ns"], chain["shown_ns"], chain["outcome"]) == (None, None, "interrupted")


def test_workers_side_by_side() -> None:
    result = run("run", "event-poll", "--count", "12", *QUICK, "40", "--text", "{i}")
    assert result.returncode == 0
    lines = result.stdout.decode().splitlines()
    for number in range(1, 13):
        own = [line for line in lines if line.startswith(f"event-poll {number}: ")]
        assert own == [f"event-poll {number}: {line}" for line in range(1, 41)]
    assert len(lines) == 12 * 40
    ends = [f"event-poll {number} #1: completed, 40 lines" for number in range(1, 13)]
    assert result.stderr.decode().splitlines() == ends


def test_thousands_of_workers_say_that_they_change_the_switch_interval() -> None:
    result = run("run", "flag", "--count", "1200", *QUICK, "1", "--text", "x")
    assert result.returncode == 0
    assert sorted(result.stdout.decode().splitlines()) == sorted(f"flag {number}: x" for number in range(1, 1201))
    first = result.stderr.decode().splitlines()[0]
    assert first == "switch interval 6.00 ms for 1,200 workers (Python's default is 5 ms)"


def test_options_go_over_what_a_file_says_and_names_stay_different(tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    file.write_text('[[worker]]\nname = "a"\nstrategy = "flag"\n[[worker]]\nname = "b"\nstrategy = "event-poll"\n')
    result = run("run", file, *QUICK, "2", "--count", "2", "--text", "{i} {name}")
    assert sorted(result.stdout.decode().splitlines()) == sorted(
        f"{name}: {i} {name}" for name in ("a 1", "a 2", "b 1", "b 2") for i in (1, 2)
    )


def test_odd_characters_go_out_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(
        '[[worker]]\nstrategy = "flag"\ninterval = 0\nlimit = 1\ntext = "a\\u0000b\\r\\tc\\u2028\\uFEFF😀"\n', "utf-8"
    )
    assert run("run", file).stdout == "a\0b\r\tc\u2028\ufeff😀\n".encode()
    # A byte on the command line that is no UTF-8 is a lone surrogate inside, and leaves as one.
    surrogate = run("run", "flag", *QUICK, "1", "--text", b"<\xff>")
    assert surrogate.stdout == "<\udcff>\n".encode("utf-8", "surrogatepass")
    as_json = run("run", "flag", *QUICK, "1", "--text", b"<\xff>", "--json").stdout.splitlines()
    assert json.loads(as_json[-2])["text"] == "<\udcff>"


def test_text_is_the_same_in_any_locale() -> None:
    result = run("run", "flag", *QUICK, "1", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (result.returncode, result.stdout.decode()) == (0, "running… 1\n")


# -- ends --------------------------------------------------------------------------------------------------------


def test_lines_come_as_they_are_written_and_ctrl_c_ends_it() -> None:
    with Running("run", "event-wait", "--interval", "0.01") as program:
        assert program.next_line() == "running… 1\n".encode()
        assert program.next_line() == "running… 2\n".encode()
        program.process.send_signal(signal.SIGINT)
        status, errors = program.end()
    assert status == 130
    assert len(errors) == 1
    assert errors[0].startswith("event-wait #1: interrupted, ")


def test_sigterm_ends_it() -> None:
    with Running("run", "flag", "--interval", "0.01", "--count", "3") as program:
        program.next_line()
        program.process.send_signal(signal.SIGTERM)
        status, errors = program.end()
    assert status == 143
    assert [line.split(",")[0] for line in errors] == [f"flag {number} #1: interrupted" for number in (1, 2, 3)]


def test_a_second_ctrl_c_leaves_at_once() -> None:
    with Running("run", "event-poll", "--interval", "30", "--deadline", "50", "--json") as program:
        program.until_line(b"running")
        program.process.send_signal(signal.SIGINT)
        program.until_line(b"stopping")  # it has seen the first: two at the same moment may come as one
        program.process.send_signal(signal.SIGINT)
        assert program.end() == (130, [])


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("event-wait", ("--workload", "blocking-call", "--set", "seconds=60")),
        ("event-wait", ("--workload", "lock")),
        ("future-cancel", ("--interval", "0.01")),
    ],
    ids=["blocking call", "lock", "future"],
)
def test_one_that_never_stops_is_released_and_the_status_is_1(what: str, options: tuple[str, ...]) -> None:
    result = run("run", what, *options, "--stop-after", "0.01", "--deadline", "0.2", "--json")
    assert result.returncode == 1
    end, sentence = result.stderr.decode().splitlines()
    assert end.startswith(f"{what} #1: released, ")
    assert end.endswith(", stop latency never")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    chain = records[-1]["chain"]
    assert (chain["outcome"], chain["noticed_ns"], chain["latency_ns"]) == ("released", None, None)
    words = release_words(chain["requested_ns"], chain["released_ns"])
    assert sentence == f"{what} #1 {words}."
    assert records[-1]["text"] == f"ended: released, {words}"
    assert [r["t_ns"] for r in records if r.get("event") == "released"] == [chain["released_ns"]]


def test_one_that_stops_after_its_deadline_is_not_as_asked_either() -> None:
    result = run("run", "event-poll", "--interval", "0.5", "--stop-after", "0.05", "--deadline", "0.1")
    assert result.returncode == 1
    sentence = result.stderr.decode()
    assert re.fullmatch(r"event-poll #1: interrupted, was stuck, 1 line, stop latency \d+ ms\n", sentence), sentence


def test_a_thread_that_does_not_stop_is_left_behind_with_its_stack() -> None:
    """Side by side: each waits for its thread as long as a thread may take to end."""
    numbers = (None, signal.SIGINT, signal.SIGTERM)
    options = ("--interval", "30", "--deadline", "0.1")
    with ExitStack() as stack:
        programs = [
            stack.enter_context(Running("run", "event-poll", *options, *(() if number else ("--stop-after", "0.01"))))
            for number in numbers
        ]
        for number, program in zip(numbers, programs, strict=True):
            program.next_line()
            if number is not None:
                program.process.send_signal(number)
        ends = [program.end() for program in programs]
    for status, errors in ends:
        assert status == 3
        assert errors[0] == "event-poll #1: left behind, stuck, 1 line, stop latency never"
        assert "event-poll #1 did not stop and was left behind; its stack:" in errors
        assert any("event_poll.py" in line and "in loop" in line for line in errors)
        assert not any("Traceback" in line for line in errors)


def test_a_reader_that_has_had_enough_ends_it_quietly() -> None:
    with Running("run", "event-poll", "--interval", "0", "--count", "3", "--text", "x") as program:
        assert program.next_line().endswith(b": x\n")
        program.output.close()
        assert program.end() == (0, [])


def test_head_takes_one_line() -> None:
    line = " ".join(str(part) for part in command("run", "tutorial-flag", "--interval", "0.01"))
    result = subprocess.run(
        ["bash", "-c", f"{line} | head -1; echo ${{PIPESTATUS[0]}}"],
        cwd=ROOT,
        timeout=TIME,
        capture_output=True,
        check=False,
        env=environment(),
    )
    assert (result.stdout, result.stderr) == (b"working on a task\n0\n", b"")


@pytest.mark.parametrize("arguments", [("list",), ("--help",), ("run", "flag", *QUICK, "3")], ids=lambda a: a[0])
def test_no_reader_at_all_is_quiet_as_well(arguments: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        result = run(*arguments, stdout=write)
    finally:
        os.close(write)
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_full_disk_is_one_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        result = run("run", "flag", *QUICK, "3", stdout=full)
    assert b"Traceback" not in result.stderr, result.stderr.decode()
    assert result.returncode in {1, 2}
