"""What a screen reader knows and does, on request: run by the system's own Python, which has pyatspi.

Each line of standard input is a JSON list, a function's name and its arguments; each line of standard output is the
answer: ``{"answer": …}``, or ``{"error": …}`` if what was meant is not there (yet).
"""

import json
import sys

import pyatspi
from gi.repository import GLib

# Roles whose name a person must hear to know what they are about to do.
CONTROLS = {
    pyatspi.ROLE_PUSH_BUTTON,
    pyatspi.ROLE_TOGGLE_BUTTON,
    pyatspi.ROLE_CHECK_BOX,
    pyatspi.ROLE_RADIO_BUTTON,
    pyatspi.ROLE_COMBO_BOX,
    pyatspi.ROLE_SPIN_BUTTON,
    pyatspi.ROLE_SLIDER,
    pyatspi.ROLE_ENTRY,
    pyatspi.ROLE_TEXT,
    pyatspi.ROLE_PASSWORD_TEXT,
    pyatspi.ROLE_TABLE,
    pyatspi.ROLE_TREE_TABLE,
    pyatspi.ROLE_TREE,
    pyatspi.ROLE_LIST,
    pyatspi.ROLE_PAGE_TAB,
    pyatspi.ROLE_MENU_ITEM,
    pyatspi.ROLE_MENU,
}
# Some versions of Qt call a button that stays down a check box.
BUTTONS = {
    pyatspi.ROLE_PUSH_BUTTON,
    pyatspi.ROLE_TOGGLE_BUTTON,
    pyatspi.ROLE_CHECK_BOX,
    pyatspi.ROLE_PAGE_TAB,
}
TABLES = {pyatspi.ROLE_TABLE, pyatspi.ROLE_TREE_TABLE}
TEXTS = {pyatspi.ROLE_TEXT, pyatspi.ROLE_ENTRY, pyatspi.ROLE_PASSWORD_TEXT}
PICTURES = {pyatspi.ROLE_LABEL, pyatspi.ROLE_IMAGE, pyatspi.ROLE_ICON}
# What is said by a text of its own: sentences, and the status bar's message.
SENTENCES = {pyatspi.ROLE_LABEL, pyatspi.ROLE_STATUS_BAR}
ITEMS = {pyatspi.ROLE_MENU_ITEM, pyatspi.ROLE_MENU, pyatspi.ROLE_CHECK_MENU_ITEM, pyatspi.ROLE_RADIO_MENU_ITEM}
# A table shows some dozens of rows; more than these are not read.
MOST_ROWS = 200


class NotThereError(Exception):
    """What was asked for is not in the window (yet)."""


def application(pid):
    """Return the accessible root of a process."""
    desktop = pyatspi.Registry.getDesktop(0)
    for index in range(desktop.childCount):
        child = desktop.getChildAtIndex(index)
        if child is not None and child.get_process_id() == pid:
            return child
    raise NotThereError(f"process {pid} shows nothing to a screen reader")


def inside(node):
    """Yield the nodes below a node, depth first; not the cells of tables, which are read by row and column."""
    if node.getRole() in TABLES:
        return
    for index in range(node.childCount):
        child = node.getChildAtIndex(index)
        if child is not None:
            yield child
            yield from inside(child)


def to_be_seen(node):
    """Yield the nodes below a node that show, depth first; quicker than ``inside``: each question takes its time."""
    if node.getRole() in TABLES:
        return
    for index in range(node.childCount):
        child = node.getChildAtIndex(index)
        if child is not None and showing(child):
            yield child
            yield from to_be_seen(child)


def showing(node):
    return node.getState().contains(pyatspi.STATE_SHOWING)


def spoken(node):
    """Return the name that a screen reader says: that of the node's label, or its own.

    On Linux Qt gives a combo box the name of its choice: what the choice is about is known by the label alone.
    """
    for relation in node.getRelationSet():
        if relation.getRelationType() == pyatspi.RELATION_LABELLED_BY:
            return relation.getTarget(0).name
    return "" if node.getRole() == pyatspi.ROLE_COMBO_BOX else node.name


def find(pid, roles, name):
    """Return the visible node of one of these roles with this name."""
    for node in to_be_seen(application(pid)):
        if node.getRole() in roles and node.name == name:
            return node
    raise NotThereError(f"no {name!r} to be seen in process {pid}")


def act(node):
    """Do a node's first action, its press; a disabled node takes none."""
    if not node.getState().contains(pyatspi.STATE_SENSITIVE):
        raise NotThereError(f"{node.name!r} is disabled")
    if not node.queryAction().doAction(0):
        raise NotThereError(f"{node.name!r} does not do what it says")


def windows(pid):
    """Return the names of a process's visible windows and dialogs."""
    return [child.name for child in application(pid) if child is not None and showing(child)]


def press(pid, name):
    """Press the button with this name."""
    act(find(pid, BUTTONS, name))


def open_tab(pid, name):
    """Bring the page with this name to the front; its tab may be called as a button is."""
    act(find(pid, {pyatspi.ROLE_PAGE_TAB}, name))


def is_enabled(pid, name):
    """Return whether the button with this name can be pressed."""
    return find(pid, BUTTONS, name).getState().contains(pyatspi.STATE_SENSITIVE)


def choose(pid, *names):
    """Choose the menu item with the last of these names, below the menus with the others."""
    node = application(pid)
    for name in names:
        items = (child for child in inside(node) if child.getRole() in ITEMS and child.name == name)
        node = next(items, None)
        if node is None:
            raise NotThereError(f"no {name!r} in the menu")
    act(node)


def table(pid, name):
    """Return the table with this name as a list of rows, each an object from a column's header to its cell's text."""
    grid = find(pid, TABLES, name).queryTable()
    if grid.nRows == 0:
        return []  # Qt has no accessible headers for a table without rows
    headers = [grid.getColumnHeader(column).name for column in range(grid.nColumns)]
    return [
        {header: cell_text(grid.getAccessibleAt(row, column)) for column, header in enumerate(headers)}
        for row in range(min(grid.nRows, MOST_ROWS))
    ]


def cell_text(cell):
    return "" if cell is None else cell.name


def controls(pid):
    """Return every control of a process that is to be seen: its role, its name and the names of what it is in."""
    found = []

    def collect(node, path):
        role = node.getRole()
        if role in CONTROLS:
            found.append({"role": node.getRoleName(), "name": spoken(node), "path": path})
        if role in TABLES:
            return
        for index in range(node.childCount):
            child = node.getChildAtIndex(index)
            if child is not None and showing(child):
                collect(child, [*path, f"{node.getRoleName()} {node.name!r}"])

    collect(application(pid), [])
    return found


def labels(pid):
    """Return the texts of all labels and status bars of a process that are to be seen."""
    return [node.name for node in to_be_seen(application(pid)) if node.getRole() in SENTENCES]


def text(pid, name):
    """Return what is written in the text field with this name."""
    return find(pid, TEXTS, name).queryText().getText(0, -1)


def description(pid, name):
    """Return what is said of the picture with this name."""
    return find(pid, PICTURES, name).description


def items(pid, name):
    """Return the entries of the list with this name, each with its text and whether it is ticked."""
    entries = find(pid, {pyatspi.ROLE_LIST}, name)
    found = (entries.getChildAtIndex(index) for index in range(min(entries.childCount, MOST_ROWS)))
    return [[item.name, item.getState().contains(pyatspi.STATE_CHECKED)] for item in found if item is not None]


def focused(pid):
    """Return the name of the control that has the keyboard."""
    # Not the entries of a choice, nor a tab if anything else has it: Qt says of each of them that it has.
    nodes = (node for node in to_be_seen(application(pid)) if node.getRole() in CONTROLS)
    found = [node for node in nodes if node.getState().contains(pyatspi.STATE_FOCUSED)]
    found.sort(key=lambda node: node.getRole() == pyatspi.ROLE_PAGE_TAB)
    if not found:
        raise NotThereError(f"nothing in process {pid} has the keyboard")
    return spoken(found[0])


REQUESTS = {
    function.__name__: function
    for function in (
        windows,
        press,
        open_tab,
        is_enabled,
        choose,
        table,
        controls,
        labels,
        text,
        description,
        items,
        focused,
    )
}


def answer(line):
    """Return what to say to one request."""
    name, *arguments = json.loads(line)
    try:
        return {"answer": REQUESTS[name](*arguments)}
    except NotThereError as error:
        return {"error": str(error)}
    except (GLib.Error, AttributeError, NotImplementedError, LookupError) as error:
        # The window changed while it was read: a node went away, or is not yet what it is going to be.
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    """Answer until standard input ends."""
    # Without an event loop nothing would tell pyatspi's cache what has changed.
    pyatspi.Registry.getDesktop(0).set_cache_mask(pyatspi.Atspi.Cache.NONE)
    print(json.dumps({"answer": "ready"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)


if __name__ == "__main__":
    main()
