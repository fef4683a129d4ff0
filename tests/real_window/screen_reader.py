"""What a screen reader knows and does, on request: run by the system's own Python, which has pyatspi.

Each line of standard input is a JSON list, a function's name and its arguments; each line of standard output is the
answer: ``{"answer": …}``, or ``{"error": …}`` if what was meant is not there (yet).

pyatspi knows what the roles and states are; asked is D-Bus itself, many nodes at once. One after the other, as pyatspi
asks them, each takes a journey through three processes, and a window is thousands of questions.
"""

import json
import sys

import pyatspi
from gi.repository import Gio, GLib

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
# What stands between an application and its menu items.
AROUND_ITEMS = {pyatspi.ROLE_FRAME, pyatspi.ROLE_WINDOW, pyatspi.ROLE_MENU_BAR, pyatspi.ROLE_POPUP_MENU}
# A table shows some dozens of rows; more than these are not read.
MOST_ROWS = 200


# Milliseconds that a window may take for an answer: it may have much to do.
TIME = 10_000
ACCESSIBLE = "org.a11y.atspi.Accessible"
TABLE = "org.a11y.atspi.Table"
NO_PATH = "/org/a11y/atspi/null"


class NotThereError(Exception):
    """What was asked for is not in the window (yet)."""


class Node:
    """A node of a window: whom to ask for it, and what it has answered.

    Attributes:
        owner, path: its process's name on the bus, and its own there.
        role, states: what it is, and its states as bits; known once it was walked to.
        children: its children, of those that were walked to.
    """

    def __init__(self, owner, path):
        self.owner = owner
        self.path = path
        self.role = pyatspi.ROLE_INVALID
        self.states = 0
        self.children = []

    def has(self, state):
        return bool(self.states >> state & 1)


def accessibility_bus():
    """Return a connection to the bus on which windows answer."""
    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    session.set_exit_on_close(False)
    asked = ("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, Gio.DBusCallFlags.NONE, TIME)
    (address,) = session.call_sync(*asked).unpack()
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(address, flags)


BUS = accessibility_bus()


def replies(asked):
    """Return the reply to each question, or its error: all questions are sent before the first reply is awaited.

    Each is a node, an interface, a method, and what it takes as a GLib.Variant or None.
    """
    found = {}

    def note(bus, result, place):
        try:
            (found[place],) = bus.call_finish(result).unpack()
        except GLib.Error as error:
            found[place] = error

    for place, (node, interface, method, arguments) in enumerate(asked):
        BUS.call(
            node.owner, node.path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, TIME, None, note, place
        )
    while len(found) < len(asked):
        GLib.MainContext.default().iteration(True)
    return [found[place] for place in range(len(asked))]


def ask(asked):
    """Return the reply to each question; an error is raised."""
    found = replies(asked)
    for reply in found:
        if isinstance(reply, GLib.Error):
            raise reply
    return found


def questions(nodes, method, interface=ACCESSIBLE):
    """Return the same question to several nodes, one that takes nothing."""
    return [(node, interface, method, None) for node in nodes]


def properties(nodes, name, interface=ACCESSIBLE):
    """Return the questions for a property of several nodes."""
    asked = GLib.Variant("(ss)", (interface, name))
    return [(node, "org.freedesktop.DBus.Properties", "Get", asked) for node in nodes]


def names(nodes):
    return ask(properties(nodes, "Name"))


def below(nodes):
    """Return the children of each node."""
    found = ask(questions(nodes, "GetChildren"))
    return [[Node(*child) for child in children if child[1] != NO_PATH] for children in found]


def application(pid):
    """Return the accessible root of a process."""
    (shown,) = below([Node("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")])
    daemon, method = Node("org.freedesktop.DBus", "/org/freedesktop/DBus"), "GetConnectionUnixProcessID"
    asked = [(daemon, daemon.owner, method, GLib.Variant("(s)", (child.owner,))) for child in shown]
    for child, owner in zip(shown, replies(asked), strict=True):
        if owner == pid:
            return child
    raise NotThereError(f"process {pid} shows nothing to a screen reader")


def learn(nodes):
    """Ask nodes for their roles and states."""
    found = ask(questions(nodes, "GetRole") + questions(nodes, "GetState"))
    for node, role, (low, high) in zip(nodes, found[: len(nodes)], found[len(nodes) :], strict=True):
        node.role, node.states = role, low | high << 32


def walk(node, wanted):
    """Return the nodes below a node that are wanted and so is what they are in, depth first.

    Not the cells of tables, which are read by row and column.
    """
    learn([node])
    level = [node]
    while level := [one for one in level if one.role not in TABLES]:
        for one, children in zip(level, below(level), strict=True):
            one.children = children
        learn([child for one in level for child in one.children])
        for one in level:
            one.children = [child for child in one.children if wanted(child)]
        level = [child for one in level for child in one.children]
    return list(depth_first(node))


def depth_first(node):
    for child in node.children:
        yield child
        yield from depth_first(child)


def to_be_seen(node):
    """Return the nodes below a node that show, depth first; quicker than all of them."""
    return walk(node, lambda child: child.has(pyatspi.STATE_SHOWING))


def is_about_menus(node):
    return node.role in ITEMS or node.role in AROUND_ITEMS


def spoken(nodes):
    """Return the name of each node that a screen reader says: that of the node's label, or its own.

    On Linux Qt gives a combo box the name of its choice: what the choice is about is known by the label alone.
    """
    labels = [
        next((Node(*targets[0]) for relation, targets in relations if relation == pyatspi.RELATION_LABELLED_BY), None)
        for relations in ask(questions(nodes, "GetRelationSet"))
    ]
    said = names([label or node for node, label in zip(nodes, labels, strict=True)])
    return [
        "" if label is None and node.role == pyatspi.ROLE_COMBO_BOX else name
        for node, label, name in zip(nodes, labels, said, strict=True)
    ]


def find(pid, roles, name):
    """Return the visible node of one of these roles with this name."""
    found = [node for node in to_be_seen(application(pid)) if node.role in roles]
    for node, own in zip(found, names(found), strict=True):
        if own == name:
            return node
    raise NotThereError(f"no {name!r} to be seen in process {pid}")


def act(node, name):
    """Do a node's first action, its press; a disabled node takes none."""
    if not node.has(pyatspi.STATE_SENSITIVE):
        raise NotThereError(f"{name!r} is disabled")
    if ask([(node, "org.a11y.atspi.Action", "DoAction", GLib.Variant("(i)", (0,)))]) != [True]:
        raise NotThereError(f"{name!r} does not do what it says")


def windows(pid):
    """Return the names of a process's visible windows and dialogs."""
    (children,) = below([application(pid)])
    learn(children)
    return names([child for child in children if child.has(pyatspi.STATE_SHOWING)])


def press(pid, name):
    """Press the button with this name."""
    act(find(pid, BUTTONS, name), name)


def open_tab(pid, name):
    """Bring the page with this name to the front; its tab may be called as a button is."""
    act(find(pid, {pyatspi.ROLE_PAGE_TAB}, name), name)


def is_enabled(pid, name):
    """Return whether the button with this name can be pressed."""
    return find(pid, BUTTONS, name).has(pyatspi.STATE_SENSITIVE)


def choose(pid, *path):
    """Choose the menu item with the last of these names, below the menus with the others."""
    node = application(pid)
    for name in path:
        entries = [child for child in walk(node, is_about_menus) if child.role in ITEMS]
        node = next((entry for entry, own in zip(entries, names(entries), strict=True) if own == name), None)
        if node is None:
            raise NotThereError(f"no {name!r} in the menu")
    act(node, path[-1])


def table(pid, name):
    """Return the table with this name as a list of rows, each an object from a column's header to its cell's text."""
    grid = find(pid, TABLES, name)
    rows, columns = ask(properties([grid], "NRows", TABLE) + properties([grid], "NColumns", TABLE))
    if rows == 0:
        return []  # Qt has no accessible headers for a table without rows
    places = [(row, column) for row in range(min(rows, MOST_ROWS)) for column in range(columns)]
    headers = [(grid, TABLE, "GetColumnHeader", GLib.Variant("(i)", (column,))) for column in range(columns)]
    cells = [(grid, TABLE, "GetAccessibleAt", GLib.Variant("(ii)", place)) for place in places]
    found = [Node(*one) for one in ask(headers + cells)]
    there = [node for node in found if node.path != NO_PATH]
    said = dict(zip(there, names(there), strict=True))
    texts = [said.get(node, "") for node in found]
    header, *lines = (texts[start : start + columns] for start in range(0, len(texts), columns))
    return [dict(zip(header, line, strict=True)) for line in lines]


def controls(pid):
    """Return every control of a process that is to be seen: its role, its name and the names of what it is in."""
    root = application(pid)
    nodes = [root, *to_be_seen(root)]
    steps = {node: f"{role_name(node)} {name!r}" for node, name in zip(nodes, names(nodes), strict=True)}
    found = [node for node in nodes if node.role in CONTROLS]
    said = dict(zip(found, spoken(found), strict=True))
    answer = []

    def collect(node, path):
        if node in said:
            answer.append({"role": role_name(node), "name": said[node], "path": path})
        for child in node.children:
            collect(child, [*path, steps[node]])

    collect(root, [])
    return answer


def role_name(node):
    return pyatspi.Atspi.role_get_name(pyatspi.Atspi.Role(node.role))


def labels(pid):
    """Return the texts of all labels and status bars of a process that are to be seen."""
    return names([node for node in to_be_seen(application(pid)) if node.role in SENTENCES])


def text(pid, name):
    """Return what is written in the text field with this name."""
    field = find(pid, TEXTS, name)
    return ask([(field, "org.a11y.atspi.Text", "GetText", GLib.Variant("(ii)", (0, -1)))])[0]


def description(pid, name):
    """Return what is said of the picture with this name."""
    return ask(properties([find(pid, PICTURES, name)], "Description"))[0]


def items(pid, name):
    """Return the entries of the list with this name, each with its text and whether it is ticked."""
    (entries,) = below([find(pid, {pyatspi.ROLE_LIST}, name)])
    found = entries[:MOST_ROWS]
    learn(found)
    return [[own, item.has(pyatspi.STATE_CHECKED)] for item, own in zip(found, names(found), strict=True)]


def focused(pid):
    """Return the name of the control that has the keyboard."""
    # Not the entries of a choice, nor a tab if anything else has it: Qt says of each of them that it has.
    nodes = [node for node in to_be_seen(application(pid)) if node.role in CONTROLS]
    found = [node for node in nodes if node.has(pyatspi.STATE_FOCUSED)]
    found.sort(key=lambda node: node.role == pyatspi.ROLE_PAGE_TAB)
    if not found:
        raise NotThereError(f"nothing in process {pid} has the keyboard")
    return spoken(found[:1])[0]


HEARD = []  # what has said that it has the keyboard: its name, and that of the nearest around it that has one


def on_focus(event):
    if event.detail1:
        around = event.source.parent
        while around is not None and not around.name:
            around = around.parent
        HEARD.append([event.source.name, around.name if around is not None else ""])


def listen(_pid):
    """Hear from now on what says that it has the keyboard."""
    pyatspi.Registry.registerEventListener(on_focus, "object:state-changed:focused")


def heard(_pid):
    """Return what said last that it has the keyboard.

    The editor of a cell says so, too; it is not among the children of its table, where ``focused`` would look for it.
    """
    context = GLib.MainContext.default()
    while context.pending():
        context.iteration(False)
    if not HEARD:
        raise NotThereError("nothing was heard")
    return HEARD[-1]


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
        listen,
        heard,
    )
}


def answer(line):
    """Return what to say to one request."""
    name, *arguments = json.loads(line)
    try:
        return {"answer": REQUESTS[name](*arguments)}
    except NotThereError as error:
        return {"error": str(error)}
    except (GLib.Error, LookupError) as error:
        # The window changed while it was read: a node went away, or is not yet what it is going to be.
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    """Answer until standard input ends."""
    print(json.dumps({"answer": "ready"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)


if __name__ == "__main__":
    main()
