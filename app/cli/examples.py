"""The examples at the end of each ``--help``; a test parses every one of them."""

PROGRAM = "thread-controller"
# By command, empty for none: command lines without the program's name, each with what it does.
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("", "open the window"),
        ("--workers mine.toml --start", "open it with workers of your own, and start them"),
        ("run tutorial-event", "run an example without a window"),
    ),
    "list": (
        ("list", "what there is, with a sentence each"),
        ("list --json | jq '.strategies[].id'", "for a script"),
    ),
    "run": (
        ("run tutorial-event", "prints what the tutorial prints"),
        ("run event-wait --count 100 --interval 0.2 --stop-after 3", "a hundred side by side"),
        ("run event-wait --workload blocking-call --set seconds=2 --stop-after 0.5", "a stop that has to wait"),
        ("run flag --interpreter .venv --limit 5", "in a process of its own, under another Python"),
        ("run event-poll --workload native --process --stop-after 1 --kill-after 3", "killed if it does not end"),
        ("run mine.toml --json | head -3", "every record as JSON"),
        ("run poll.py:Poller --arg count=5 --stop-after 3 --yes", "a function or a thread of your own"),
    ),
    "race": (
        ("race", "the workers of a new window"),
        ("race event-poll flag event-wait --rounds 50", "three strategies, more rounds"),
        ("race mine.toml --json > race.json", "workers of your own, every round as JSON"),
    ),
    "matrix": (
        ("matrix --strategies flag,event-wait --workloads sleep,blocking-call", "two by two"),
        ("matrix --workloads socket,socket:interrupt=no -n 5 --markdown", "a workload with and without a parameter"),
        ("matrix --workloads sleep,compute --interpreter python3.12 python3.13", "the same under two Pythons"),
        ("matrix --seed 42 --csv > matrix.csv", "the same phases again, for a spreadsheet"),
    ),
    "plan": (
        ("plan fault-gallery", "a built-in plan; exit status 1 where a check fails"),
        ("plan mine.plan.toml --session-dir sessions --json", "one of your own, recorded"),
    ),
    "sessions": (
        ("sessions", "what was recorded"),
        ("sessions --json --session-dir sessions", "with charter, tester and verdicts"),
    ),
    "export": (
        ("export latest --worker Event", "one worker's lines, exactly"),
        ("export latest --jsonl -o session.jsonl", "every record, exactly"),
        ("export 20260102-030405 --csv -o session.csv", "for a spreadsheet"),
    ),
    "report": (
        ("report latest --html -o session.html", "one file for a browser"),
        ("report latest --junit -o results.xml", "for continuous integration"),
    ),
    "replay": (
        ("replay latest", "exit status 1 where a run differs from its record"),
        ("replay latest --fast --workers changed.toml", "without the pauses, with other workers of the same names"),
    ),
    "to-test": (
        ("to-test latest -o test_session.py", "a test that asserts what was observed"),
        ("to-test 20260102-030405 --session-dir sessions", "of an older session, to standard output"),
    ),
}


def examples_text(command: str) -> str:
    """Return the end of a command's help: an example, then what it does, on a line each."""
    lines = [f"  {f'{PROGRAM} {arguments}'.rstrip()}\n      {words}" for arguments, words in EXAMPLES[command]]
    return "\n".join(["examples:", *lines])
