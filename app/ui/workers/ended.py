"""When the end of a run was shown: its row is painted at once, and the instant of that goes to the controller."""

from collections.abc import Sequence
from dataclasses import replace

from app.core.controller import Controller
from app.ui.workers.rows import WorkerRows
from app.ui.workers.table import WorkersTable


def show_ended(rows: WorkerRows, ended: Sequence[int], table: WorkersTable, controller: Controller) -> None:
    """Paint the rows of the runs that have ended since, and tell the controller when they were; the GUI thread only.

    Those that are not on the screen are not told of: when they are scrolled to later, nobody was waiting for that.

    Args:
        rows: as they are now; the table has taken it.
        ended: the indices of those whose runs had not ended at the last look.
        table: paints them.
        controller: has each chain recorded once more, with the instant.
    """
    seen = table.paint_now(ended) if ended else []
    if not seen:
        return
    # After the painting, once for all: one painting showed them all. Beside busy threads the wait for the interpreter
    # is in it, which is the window's share as well.
    shown = controller.clock.now()
    for row in (rows.rows[index] for index in seen):
        if row.run is not None and row.snapshot is not None:
            controller.show(row.run, shown)
            # Not fetched from the controller: it knows only once it has joined the thread.
            chain = replace(row.snapshot.chain, shown=max(shown, row.snapshot.chain.ended or shown))
            row.sample(replace(row.snapshot, chain=chain), shown)
    table.show_rows(seen, shown)  # for the tooltips, which tell of it; nothing that is painted changes
