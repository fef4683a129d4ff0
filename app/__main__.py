"""The composition root: parse, build, inject, run, shut down in order."""

import sys
from collections.abc import Sequence

from app.cli.arguments import build_parser
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.exit_codes import AS_ASKED, BAD_INPUT, INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit status; the main thread only.

    What a person got wrong is one sentence on standard error; what we got wrong is a traceback.
    """
    catalogue = Catalogue()
    try:
        options = build_parser().parse_args(arguments)
        if options.command == "list":
            from app.cli.catalogue_list import catalogue_text

            sys.stdout.write(catalogue_text(catalogue))
            return AS_ASKED
        if options.command == "run":
            from app.cli.run import run_command

            return run_command(options, catalogue)
        from app.ui.start import open_window

        return open_window(options, catalogue)
    except BadInput as error:
        sys.stderr.write(f"thread-controller: {error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
