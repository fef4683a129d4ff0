"""The window's actions: one object each, shared by menus, toolbar and keys."""

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar

from app.documents.settings import THEMES
from app.ui.chain.words import KILL, KILL_PROGRAM, LET_GO
from app.ui.theme import Theme
from app.ui.widgets import new_action, put_in_tab_order
from app.ui.workers.logic import MOST_SPELT, Possible, label

_START, _STOP = "&Start", "S&top"
Keys = QKeySequence | QKeySequence.StandardKey | str | None


class Actions(QObject):
    """Makes the actions and puts them into menus and the toolbar; the GUI thread only.

    The code that assembles the window connects each action's ``triggered`` to its slot.

    Args:
        parent: gets the menus and the toolbar.
        theme: icons.
    """

    def __init__(self, parent: QMainWindow, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._reserved_for = ""  # the font for which the toolbar's buttons have their widths
        self._icons: list[tuple[QAction, str, str | None]] = []
        self._tips: dict[QAction, str] = {}
        self.start = self._new(_START, "F5", "Start the selected workers, or all (F5)", ("start", "running"))
        self.stop = self._new(_STOP, "Shift+F5", "Stop the selected workers, or all (Shift+F5)", ("stop", "stuck"))
        self.stop_all = self._new(
            "Stop &all", "Ctrl+Shift+F5", "Stop all workers (Ctrl+Shift+F5)", ("stop-all", "stuck")
        )
        self._tips = {action: action.toolTip() for action in (self.start, self.stop, self.stop_all)}
        self.let_go = self._new("&Let go", None, LET_GO)
        self.kill = self._new("&Kill", "Ctrl+Shift+K", f"{KILL} (Ctrl+Shift+K)")
        self.undo = self._new("&Undo", "Ctrl+Z", "Undo the last change of the workers, or the last verdict (Ctrl+Z)")
        self.redo = self._new("&Redo", "Ctrl+Shift+Z", "Redo what was undone last (Ctrl+Shift+Z)")
        for action in (self.undo, self.redo):
            action.setEnabled(False)
        self.add = self._new("&Add worker", "Ctrl+N", "Add a worker (Ctrl+N)", ("add", None))
        self.duplicate = self._new(
            "&Duplicate", "Ctrl+D", "Duplicate the selected workers (Ctrl+D)", ("duplicate", None)
        )
        self.remove = self._new("&Remove", None, "Remove the selected workers (Del)", ("remove", None))
        self.details = self._new(
            "Detail&s", "F4", "Show the selected worker's settings and code (F4)", ("details", None)
        )
        self.details.setCheckable(True)
        self.compare = self._new("Co&mpare…", "F6", "Compare workers: race, matrix, code (F6)", ("compare", None))
        self.timeline = self._new("&Timeline", "F7", "Show one lane per run, between the table and the log (F7)")
        self.timeline.setCheckable(True)
        self.timeline.setChecked(True)
        self.open = self._new("&Open workers…", QKeySequence.StandardKey.Open, "Open a worker set")
        self.open_threads = self._new(
            "Open t&hreads…", "Ctrl+T", "Open functions and threads of your own Python file (Ctrl+T)"
        )
        self.observe = self._new(
            "Obser&ve program…", "Ctrl+Shift+T", "Run a Python program as it is, and observe its threads (Ctrl+Shift+T)"
        )
        self.save = self._new("&Save workers as…", QKeySequence.StandardKey.Save, "Save the workers as a worker set")
        self.preferences = self._new(
            "&Preferences…", "Ctrl+,", "Choose theme, text size, deadlines and the session folder (Ctrl+,)"
        )
        self.close = self._new("&Quit", QKeySequence("Ctrl+Q"), "Stop all workers and quit")
        self.open_session = self._new("Open s&ession…", "Ctrl+Shift+O", "Open a recorded session")
        self.sessions = self._new("Sess&ions…", "Ctrl+Shift+S", "Browse recorded sessions and their notes")
        self.zoom_in = self._new("Zoom &in", QKeySequence.StandardKey.ZoomIn, "Larger text in the log")
        self.zoom_out = self._new("Zoom &out", QKeySequence.StandardKey.ZoomOut, "Smaller text in the log")
        self.zoom_reset = self._new("&Normal size", "Ctrl+0", "Reset the log's text size to the system's")
        self.workers_focus = self._new("Go to &workers", "Ctrl+1", "Move the focus to the workers table")
        self.log_focus = self._new("Go to l&og", "Ctrl+2", "Move the focus to the log")
        self.timeline_focus = self._new("Go to t&imeline", "Ctrl+3", "Move the focus to the timeline")
        self.reset_layout = self._new("&Reset layout", None, "Put sizes, columns and open panels back to the defaults")
        self.themes = QActionGroup(self)
        for name in THEMES:
            action = self.themes.addAction(f"&{name.capitalize()}")
            action.setCheckable(True)
            action.setData(name)
        self.examples = QMenu("&Examples", parent)
        self._build_menus(parent)
        self._build_toolbar(parent)
        self.apply_theme()

    def _new(self, text: str, keys: Keys, tip: str, icon: tuple[str, str | None] | None = None) -> QAction:
        action = new_action(self, text, keys, tip)
        if icon is not None:
            self._icons.append((action, *icon))
        return action

    def _build_menus(self, parent: QMainWindow) -> None:
        bar = parent.menuBar()
        file = bar.addMenu("&File")
        file.addActions([self.open, self.open_threads, self.observe, self.save])
        file.addMenu(self.examples)
        file.addSeparator()
        file.addActions([self.open_session, self.sessions])
        file.addSeparator()
        file.addAction(self.close)
        edit = bar.addMenu("&Edit")
        edit.addActions([self.undo, self.redo])
        edit.addSeparator()
        edit.addAction(self.preferences)
        run = bar.addMenu("&Run")
        run.addActions([self.start, self.stop, self.stop_all])
        run.addSeparator()
        run.addAction(self.compare)
        workers = bar.addMenu("&Workers")
        workers.addActions([self.add, self.duplicate, self.remove])
        workers.addSeparator()
        workers.addActions([self.let_go, self.kill])
        workers.addSeparator()
        self.columns_menu = workers.addMenu("&Columns")  # filled by the workers table's header
        workers.setToolTipsVisible(True)
        self.log_menu = bar.addMenu("&Log")  # filled by the log's own actions
        self.timeline_menu = bar.addMenu("&Timeline")  # filled by the timeline's own actions
        view = self.view_menu = bar.addMenu("&View")
        view.addActions([self.details, self.timeline, self.workers_focus, self.log_focus, self.timeline_focus])
        self.view_separator = view.addSeparator()  # the log puts an action of its own before it
        view.addActions([self.zoom_in, self.zoom_out, self.zoom_reset])
        theme = view.addMenu("&Theme")
        theme.addActions(self.themes.actions())
        view.addSeparator()
        view.addAction(self.reset_layout)
        self.session_menu = bar.addMenu("&Session")  # filled by the session panel
        self.help_menu = bar.addMenu("&Help")  # filled by ``app.ui.help``

    def _build_toolbar(self, parent: QMainWindow) -> None:
        bar = QToolBar("Actions", parent)
        bar.setObjectName("actions")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addActions([self.start, self.stop, self.stop_all])
        bar.addSeparator()
        bar.addActions([self.add, self.duplicate, self.remove])
        bar.addSeparator()
        bar.addActions([self.details, self.compare])
        put_in_tab_order(bar)
        parent.addToolBar(bar)
        self.toolbar = bar

    def apply_theme(self) -> None:
        """Set the theme's icons; call again when it changes."""
        for action, name, word in self._icons:
            action.setIcon(self._theme.icon(name, self._theme.colour(word) if word else None))
        self._theme.mark_overflow(self.toolbar)
        self._reserve_widths()

    def show_possible(self, now: Possible) -> None:
        """Disable the actions that are not applicable now."""
        self.start.setEnabled(now.start)
        self.stop.setEnabled(now.stop)
        self.stop_all.setEnabled(now.stop_all)
        self.let_go.setEnabled(now.let_go)
        self.kill.setEnabled(now.kill)
        self.duplicate.setEnabled(now.duplicate)
        self.remove.setEnabled(now.remove)
        for action, verb, count in ((self.start, _START, now.starts), (self.stop, _STOP, now.stops)):
            action.setText(label(verb, count))
            action.setIconText(label(verb, count, brief=True).replace("&", ""))
            action.setToolTip(now.why_not or self._tips[action])
        self.stop_all.setToolTip(now.why_not_all or self._tips[self.stop_all])
        self.kill.setToolTip(f"{KILL_PROGRAM if now.kills_program else KILL} (Ctrl+Shift+K)")
        self._reserve_widths()

    def _reserve_widths(self) -> None:
        """Have Start and Stop as wide as they can become: the buttons beside them stay where they are."""
        font = self.toolbar.font().toString()
        if font == self._reserved_for:
            return
        self._reserved_for = font
        for action, verb in ((self.start, _START), (self.stop, _STOP)):
            button = self.toolbar.widgetForAction(action)
            metrics, widest = button.fontMetrics(), label(verb, MOST_SPELT).replace("&", "")
            rest = button.sizeHint().width() - metrics.horizontalAdvance(action.iconText())
            button.setMinimumWidth(rest + metrics.horizontalAdvance(widest))

    @Slot(str)
    def on_undo_text(self, text: str) -> None:
        """Have Undo say what it undoes."""
        self.undo.setText(f"&Undo {_escaped(text)}".rstrip())

    @Slot(str)
    def on_redo_text(self, text: str) -> None:
        """Have Redo say what it does again."""
        self.redo.setText(f"&Redo {_escaped(text)}".rstrip())

    def icon(self) -> QIcon:
        """Return the program's icon."""
        return self._theme.icon("app")


def _escaped(text: str) -> str:
    """Return a text as a menu shows it: an ampersand in a worker's name is no mnemonic."""
    return text.replace("&", "&&")
