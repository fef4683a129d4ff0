"""The composition root: parse, build, inject, run, shut down in order."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from app.exit_codes import BAD_INPUT, INTERRUPTED, TERMINATED
from app.signals import Terminated, leave_at_signals, raise_at_sigterm, watch_signals_in_thread

if TYPE_CHECKING:
    from argparse import Namespace


def entry() -> NoReturn:
    """Be the process: whatever ends it, and whenever, its exit status is one of those that are documented."""
    try:
        raise_at_sigterm()
        status = main()
        leave_at_signals()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Terminated:
        status = TERMINATED
    leave_at_signals()
    watch_signals_in_thread()
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit status; the main thread only.

    What a person got wrong is one sentence on standard error; what we got wrong is a traceback.
    """
    try:
        # Imported here, so that a Ctrl+C while they are is answered like any other.
        from app.core.errors import BadInput, one_line
        from app.terminal import flush_output, open_missing_streams, tell

        open_missing_streams()
        try:
            status = _do(arguments)
        except BadInput as error:
            tell(f"thread-controller: {one_line(str(error))}\n")
            status = BAD_INPUT
        except BrokenPipeError:
            # Whoever read has had enough.
            status = 0
        if reason := flush_output():
            tell(f"thread-controller: standard output cannot be written ({reason}).\n")
            status = status or BAD_INPUT
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except Terminated:
        return TERMINATED


def _do(arguments: Sequence[str] | None) -> int:
    if not (sys.argv[1:] if arguments is None else arguments):
        # Nothing to parse, so nothing that parses is loaded: the window is there so much sooner.
        from app.ui.start import open_window

        return open_window()
    from app.cli.arguments import build_parser

    try:
        options = build_parser().parse_args(arguments)
    except SystemExit:
        # --help and --version have printed what they are for.
        return 0
    if options.command is None:
        from app.ui.start import open_window

        return open_window(options.workers, options.session_dir, start=options.start)
    return _command(options)


def _listing(options: "Namespace") -> str:
    """Return a list of what there is."""
    from app.adapters import whole_catalogue
    from app.cli.catalogue_list import catalogue_text, strategies_markdown

    catalogue = whole_catalogue()
    return strategies_markdown(catalogue) if options.markdown else catalogue_text(catalogue)


def _command(options: "Namespace") -> int:
    """Do what needs no window."""
    if options.command == "list":
        sys.stdout.write(_listing(options))
        return 0
    if options.command in ("run", "matrix", "plan", "replay"):
        from app.core.interpreter import require_gil

        # Their controllers would refuse as well, but by then a session may have been begun.
        require_gil()
    if options.command == "run":
        from app.adapters import whole_catalogue
        from app.cli.run import run_command

        return run_command(options, whole_catalogue())
    if options.command == "matrix":
        from app.adapters import whole_catalogue
        from app.cli.matrix import matrix_command

        return matrix_command(options, whole_catalogue())
    if options.command == "plan":
        from app.adapters import whole_catalogue
        from app.cli.plan import plan_command

        return plan_command(options, whole_catalogue())
    if options.command in ("report", "replay", "to-test"):
        return _story_command(options)
    from app.cli.sessions import export_command, sessions_command

    return sessions_command(options) if options.command == "sessions" else export_command(options)


def _story_command(options: "Namespace") -> int:
    """Do what makes something of a recorded session."""
    if options.command == "report":
        from app.cli.report import report_command

        return report_command(options)
    from app.adapters import whole_catalogue

    if options.command == "replay":
        from app.cli.replay import replay_command

        return replay_command(options, whole_catalogue())
    from app.cli.to_test import to_test_command

    return to_test_command(options, whole_catalogue())


if __name__ == "__main__":
    entry()
