"""The composition root: parse, build, inject, run, shut down in order."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit status; the main thread only.

    What a person got wrong is one sentence on standard error; what we got wrong is a traceback.
    """
    try:
        # Imported here, so that a Ctrl+C while they are is answered like any other.
        from app.core.errors import BadInput, one_line
        from app.exit_codes import BAD_INPUT
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
        return 130


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


def _command(options: "Namespace") -> int:
    """Do what needs no window."""
    if options.command == "list":
        from app.adapters import whole_catalogue
        from app.cli.catalogue_list import catalogue_text

        sys.stdout.write(catalogue_text(whole_catalogue()))
        return 0
    if options.command == "run":
        from app.adapters import whole_catalogue
        from app.cli.run import run_command

        return run_command(options, whole_catalogue())
    if options.command == "matrix":
        from app.adapters import whole_catalogue
        from app.cli.matrix import matrix_command

        return matrix_command(options, whole_catalogue())
    if options.command == "sessions":
        from app.cli.sessions import sessions_text

        sys.stdout.write(sessions_text(options))
        return 0
    from app.cli.sessions import export_command

    return export_command(options)


if __name__ == "__main__":
    sys.exit(main())
