"""``thread-controller to-test``: a session as a pytest file."""

from argparse import Namespace

from app.cli.delivery import check_output, deliver
from app.core.catalogue import Catalogue
from app.core.errors import clipped, one_line
from app.experiments.to_test import session_test
from app.session.folder import find_session, session_folder
from app.session.session_report import read_report
from app.terminal import tell


def to_test_command(options: Namespace, catalogue: Catalogue) -> int:
    """Write the test of a session to standard output or a file; 0, or 1 if a damaged part was left out.

    Raises:
        BadInput: there is no such session, it cannot be read, nothing in it can be done again, or the file may not or
            cannot be written.
    """
    session = find_session(options.session, options.session_dir or session_folder())
    check_output(options.output, session, force=options.force)
    story = read_report(session)
    test = session_test(story, catalogue)
    deliver([test.encode("utf-8")], options.output, session, force=options.force)
    for sentence in story.damaged:
        tell(f"thread-controller: {one_line(clipped(sentence))}\n")
    return 1 if story.damaged else 0
