"""What the rows of the log look like: which are pointed out, the kinds' colours, the workers' signs."""

from collections.abc import Callable

from PySide6.QtGui import QColor, QIcon

from app.core.batch import JOURNAL, Kind
from app.documents.highlights import Rule
from app.ui.log.highlight import matcher
from app.ui.log.logic import RowMaker
from app.ui.log.rows_view import RowsView
from app.ui.log.store import LogStore
from app.ui.theme import Theme
from app.ui.worker_marks import WorkerMarks


class Looks:
    """Makes the rows of one log and their colours; the GUI thread only.

    Args:
        store: the records.
        origin: the beginning of the sitting, a ``perf_counter_ns``.
        started_ns: the same instant in nanoseconds of the Unix epoch.
        theme: the colours.
        marks: the workers' signs.
        say: called with a sentence for the person.

    Attributes:
        rules: what is pointed out.
        maker: makes the rows.
    """

    def __init__(
        self,
        store: LogStore,
        origin: int,
        started_ns: int,
        theme: Theme,
        marks: WorkerMarks,
        say: Callable[[str], object],
    ) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.maker = RowMaker(origin, started_ns, store.name)
        self._store = store
        self._theme = theme
        self._marks = marks
        self._say = say

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Point out the rows that these rules fit, from the next that are made on."""
        self.rules = rules
        fits = matcher(rules, self._too_slow)
        self.maker = RowMaker(self.maker.origin, self.maker.started_ns, self._store.name, fits)

    def _too_slow(self, rule: Rule) -> None:
        self._say(f"The highlight rule {rule.pattern!r} takes too long and is not tried any more.")

    def rule_colour(self, name: str) -> str:
        """Return the background of a rule's colour as ``#rrggbb``."""
        return self._theme.rule_colour(name)

    def apply(self, view: RowsView) -> None:
        """Give a view the colours of now."""
        kinds = {int(kind): QColor(self._theme.colour(kind.word)) for kind in Kind if kind is not Kind.LINE}
        rules = [QColor(self._theme.rule_colour(rule.colour)) for rule in self.rules]
        view.set_colours(kinds, rules, self._mark)

    def _mark(self, run: int) -> tuple[QIcon, QColor]:
        if run == JOURNAL:
            return QIcon(), QColor(self._theme.colour("action"))  # what the person did is no worker's
        # By the name itself and not by how it is shown: the workers table knows it by that.
        return self._marks.mark(self._store.name(run).worker)
