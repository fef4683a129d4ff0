"""The composition root: parse, build, inject, run, shut down in order."""

import os
import sys
from collections.abc import Sequence

from app.cli.arguments import build_parser
from app.core.catalogue import Catalogue
from app.core.errors import BadInput, one_line
from app.exit_codes import AS_ASKED, BAD_INPUT, INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit status; the main thread only.

    What a person got wrong is one sentence on standard error; what we got wrong is a traceback.
    """
    try:
        return _flushed(_do(arguments, Catalogue()))
    except BadInput as error:
        sys.stderr.write(f"thread-controller: {one_line(str(error))}\n")
        return _flushed(BAD_INPUT)
    except KeyboardInterrupt:
        return INTERRUPTED


def _do(arguments: Sequence[str] | None, catalogue: Catalogue) -> int:
    try:
        options = build_parser().parse_args(arguments)
    except SystemExit:
        # --help and --version have printed what they are for.
        return AS_ASKED
    if options.command == "list":
        from app.cli.catalogue_list import catalogue_text

        sys.stdout.write(catalogue_text(catalogue))
        return AS_ASKED
    if options.command == "run":
        from app.cli.run import run_command

        return run_command(options, catalogue)
    if options.command == "sessions":
        from app.cli.sessions import sessions_text

        sys.stdout.write(sessions_text(options))
        return AS_ASKED
    if options.command == "export":
        from app.cli.sessions import export_command

        return export_command(options)
    from app.ui.start import open_window

    return open_window(options, catalogue)


def _flushed(status: int) -> int:
    """Write out what is still held back; whoever no longer reads is no mistake.

    The interpreter flushes standard output once more as it ends, so one that cannot be written is replaced.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"thread-controller: standard output cannot be written ({error.strerror or error}).\n")
            return status or BAD_INPUT
    return status


if __name__ == "__main__":
    sys.exit(main())
