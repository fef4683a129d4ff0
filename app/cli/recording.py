"""The recording of a program that ``observe`` runs: loaded only where there is one, while the program starts."""

from pathlib import Path

from app.core.engine import Drained
from app.core.program import Program
from app.core.stream import Stream
from app.documents.startup_settings import kept_session_folder
from app.experiments.environment import environment_now, environment_texts
from app.session.folder import session_folder
from app.session.journal import Journal
from app.session.recorder import build_recorder, session_start


class Recording:
    """Records an observed program as a session; what it cannot write, it leaves: the program must not wait for a disk.

    Args:
        stream: what the program says.
        folder: where sessions are; None for where they are as a rule.
    """

    def __init__(self, stream: Stream, folder: Path | None) -> None:
        self._stream = stream
        self._recorder = build_recorder(
            folder or kept_session_folder() or session_folder(), session_start(stream), stream, "the program goes on"
        )
        self._trouble = ""

    def begin(self, program: Program, run: int, begun: int) -> None:
        """Record what was started at an instant, and in which surroundings; ``run`` is its main thread's."""
        journal = Journal(self._stream.append, self._stream.origin, lambda: environment_texts(environment_now()))
        journal.action(
            "observe",
            clicked=begun,
            run=run,
            program=program.title,
            interpreter=program.interpreter,
            arguments=list(program.arguments),
            folder=str(Path.cwd()),
        )

    def consume(self, drained: Drained) -> None:
        """Record what was drained, unless that has failed before."""
        self._trouble = self._trouble or self._recorder.status().trouble
        if self._trouble:
            self._stream.release(drained)
        else:
            self._recorder.consume(drained)

    def close(self) -> tuple[Path | None, str]:
        """Write the rest; return the session's file, and the sentence about what could not be written, if any."""
        left = self._recorder.close()
        return left.path, self._trouble or left.trouble or left.notice
