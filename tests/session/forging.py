"""Session files that were changed by hand, checksums included: what they say is not damage, but need not be so."""

import contextlib
import sqlite3
import zlib
from pathlib import Path

from app.session.schema import HEAD_ROW, INSERT_META, head_row, meta_row, read_head, read_meta


def forge_facts(path: Path, without: tuple[str, ...] = (), **facts: str) -> None:
    """Change what a session says of itself."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        meta = {key: value for key, value in read_meta(connection).items() if key not in without} | facts
        connection.execute("DELETE FROM meta")
        connection.execute(INSERT_META, meta_row(1, meta))
        connection.commit()


def not_ended(path: Path, process: str = "999999999") -> None:
    """Take the end mark away, as if a crash had cut the session off."""
    forge_facts(path, ("ended", "records", "runs"), process=process)


def forge_batch(path: Path, at: int, /, columns: bytes | None = None, texts: bytes | None = None, **head: int) -> None:
    """Change the row of the batch that begins with a line."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found, session = read_head(connection.execute(f"{HEAD_ROW} WHERE first = ?", (at,)).fetchone())
        for name, blob in (("columns", columns), ("texts", texts)):
            if blob is not None:
                head[f"{name}_crc"] = zlib.crc32(blob)
                connection.execute(f"UPDATE batch SET {name} = ? WHERE first = ?", (blob, at))
        row = head_row(found._replace(**head), session)
        names = (
            "first",
            "count",
            "earliest",
            "latest",
            "before",
            "runs",
            "session",
            "columns_crc",
            "texts_crc",
            "row_crc",
        )
        connection.execute(f"UPDATE batch SET {', '.join(f'{name} = ?' for name in names)} WHERE first = ?", (*row, at))
        connection.commit()
