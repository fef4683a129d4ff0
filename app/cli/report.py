"""``thread-controller report``: a session as a page, Markdown, JUnit XML, CSV or a trace."""

from argparse import Namespace

from app.cli.delivery import check_output, deliver
from app.core.errors import clipped, one_line
from app.session.folder import find_session, session_folder
from app.session.reports.writing import render_report
from app.session.session_report import read_report
from app.terminal import tell


def report_command(options: Namespace) -> int:
    """Write a session's report to standard output or a file; 0, or 1 if a damaged part was left out.

    Raises:
        BadInput: there is no such session, it cannot be read, or the file may not or cannot be written.
    """
    session = find_session(options.session, options.session_dir or session_folder())
    check_output(options.output, session, force=options.force)
    story = read_report(session)
    deliver(render_report(story, options.form), options.output, session, force=options.force)
    for sentence in story.damaged:
        tell(f"thread-controller: {one_line(clipped(sentence))}\n")
    return 1 if story.damaged else 0
