"""Where something is in a TOML document, and errors that say where they are."""

from app.core.errors import BadInput

KeyPath = tuple[str | int, ...]  # the keys and indices (from 0) that lead to a place in a document


class PlacedError(BadInput):
    """An error in a document, and where it is.

    Attributes:
        where: the key that is wrong, or the nearest table.
    """

    def __init__(self, sentence: str, where: KeyPath) -> None:
        super().__init__(sentence, next((str(key) for key in reversed(where) if isinstance(key, str)), ""))
        self.where = where
