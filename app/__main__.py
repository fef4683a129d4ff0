"""The composition root: parse, build, inject, run, shut down in order."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from app.signals import Terminated, exit_at_signals, raise_at_sigterm, watch_signals_in_thread
from app.terminal import BAD_INPUT, INTERRUPTED, TERMINATED

if TYPE_CHECKING:
    from argparse import Namespace

    from app.core.catalogue import Catalogue


def entry() -> NoReturn:
    """Run the program and end the process: whatever ends it, and whenever, its exit status is a documented one."""
    try:
        raise_at_sigterm()
        from app.core import wake_signal

        wake_signal.install()  # here, because only the main thread can, and workers are also started by others
        status = main()
        exit_at_signals()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Terminated:
        status = TERMINATED
    exit_at_signals()
    watch_signals_in_thread()
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit status; the main thread only.

    An error of the user's is one sentence on standard error; an error of the program's is a traceback.
    """
    try:
        # Imported here, so that a Ctrl+C during these imports is answered like any other.
        from app.core.errors import BadInput, one_line
        from app.terminal import flush_output, open_missing_streams, write_stderr

        open_missing_streams()
        try:
            status = _dispatch(arguments)
        except BadInput as error:
            write_stderr(f"thread-controller: {one_line(str(error))}\n")
            status = BAD_INPUT
        except BrokenPipeError:
            # The reader of standard output is gone.
            status = 0
        if reason := flush_output():
            write_stderr(f"thread-controller: standard output cannot be written ({reason}).\n")
            status = status or BAD_INPUT
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except Terminated:
        return TERMINATED


def _dispatch(arguments: Sequence[str] | None) -> int:
    if not (sys.argv[1:] if arguments is None else arguments):
        # Nothing to parse, so no parser is loaded: the window opens sooner.
        from app.ui.start import open_window

        return open_window()
    from app.cli.arguments import build_parser

    try:
        options = build_parser().parse_args(arguments)
    except SystemExit:
        # --help and --version have printed their text.
        return 0
    if options.command is None:
        from app.ui.start import open_window

        return open_window(options.workers, options.session_dir, start=options.start)
    return _command(options)


def _command(options: "Namespace") -> int:
    """Run a command that needs no window."""
    if options.command in ("sessions", "export"):
        from app.cli import sessions

        return sessions.sessions_command(options) if options.command == "sessions" else sessions.export_command(options)
    if options.command == "why":
        from app.cli.why import why_command

        return why_command(options)
    if options.command == "observe":
        from app.cli.observe import observe_command

        return observe_command(options)
    from app.programs.catalogue import program_catalogue

    return _catalogue_command(options, program_catalogue())


def _catalogue_command(options: "Namespace", catalogue: "Catalogue") -> int:
    """Run a command that uses strategies and workloads; each loads only its own imports."""
    command: Callable[[Namespace, Catalogue], int]
    if options.command == "list":
        from app.cli.catalogue_list import list_command as command
    elif options.command == "run":
        from app.cli.run import run_command as command
    elif options.command == "race":
        from app.cli.race import race_command as command
    elif options.command == "matrix":
        from app.cli.matrix import matrix_command as command
    elif options.command == "plan":
        from app.cli.plan import plan_command as command
    elif options.command == "replay":
        from app.cli.replay import replay_command as command
    elif options.command == "report":
        from app.cli.sessions import report_command as command
    else:
        from app.cli.sessions import to_test_command as command
    return command(options, catalogue)


if __name__ == "__main__":
    entry()
