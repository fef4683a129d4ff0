"""What the window is given."""

from dataclasses import dataclass
from pathlib import Path

from app.core.catalogue import Catalogue
from app.core.controller import Controller
from app.core.runtime import Runtime
from app.core.stream import Stream
from app.documents.settings import Settings
from app.session.recorder import Recorder
from app.ui.garbage import GarbageCollector


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that lives longer than the window, made by the composition root.

    Attributes:
        runtime: what runs live in.
        settings_path: where the settings are kept.
        sessions: the folder of the session files; None to record nothing.
        started_ns: the wall clock at the beginning of the session, ns of the Unix epoch.
    """

    catalogue: Catalogue
    runtime: Runtime
    garbage: GarbageCollector
    recorder: Recorder | None
    settings: Settings
    settings_path: Path
    sessions: Path | None
    started_ns: int

    @property
    def controller(self) -> Controller:
        """Starts and stops runs, and knows them."""
        return self.runtime.controller

    @property
    def stream(self) -> Stream:
        """What comes out of the runs."""
        return self.runtime.stream
