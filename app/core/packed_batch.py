"""Batches whose texts stay the bytes that they came as: from a pipe to the disk nothing unpacks them."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from .batch import Batch, RunName, read_header, with_columns
from .column_bytes import BREAKS, joined_texts, texts_to_bytes

_NEAR = 64  # texts from an end of a part that are looked for from there


class PackedTexts:
    """Texts as bytes, in parts; what is read is unpacked, and as little as can be beside it.

    Args:
        parts: each as ``texts_to_bytes`` writes texts with a line break between two, and whole UTF-8.
        counts: how many texts each of them has, at least one.
    """

    __slots__ = ("_counts", "_ends", "_parts", "_split")

    def __init__(self, parts: Sequence[bytes], counts: Sequence[int]) -> None:
        self._parts = parts
        self._counts = counts
        self._ends = list(accumulate(counts))
        self._split: dict[int, list[bytes]] = {}

    @classmethod
    def joined(cls, several: "Sequence[PackedTexts]") -> "PackedTexts":
        """Return all texts of several, in their order; nothing is copied."""
        parts = [part for texts in several for part in texts._parts]
        return cls(parts, [count for texts in several for count in texts._counts])

    @property
    def size(self) -> int:
        """How many bytes they have: at least as many as characters."""
        return sum(map(len, self._parts))

    def to_bytes(self) -> bytes:
        """Return what ``texts_to_bytes`` writes of all of them."""
        first, *others = self._parts
        return b"\n".join([first, *[memoryview(part)[1:] for part in others]]) if others else first

    def unpack(self) -> list[str]:
        """Return all texts."""
        return [text for part in self._parts for text in (joined_texts(part) or "").split("\n")]

    def text(self, index: int) -> str:
        """Return one text."""
        place = bisect_right(self._ends, index)
        count = self._counts[place]
        return str(self._bytes(place, index - self._ends[place] + count, count), "utf-8", "surrogatepass")

    def _bytes(self, place: int, index: int, count: int) -> bytes:
        """Return one text of a part, which has ``count``: the newest and the oldest are those that are shown most."""
        part = self._parts[place]
        split = self._split.get(place)
        if split is None:
            from_end = count - index
            if from_end <= _NEAR < count:
                return part.rsplit(b"\n", from_end)[1]
            split = self._split[place] = part[1:].split(b"\n")
        return split[index]


class PackedBatch(Batch):
    """A batch whose texts stay packed until one of them is read; the recorder writes the bytes that came.

    Attributes:
        packed: its texts; None once they were changed.
    """

    __slots__ = ("_unpacked", "packed")

    packed: PackedTexts | None
    _unpacked: list[str] | None

    @classmethod
    def of_bytes(cls, columns: bytes, texts: bytes) -> Batch:
        """Return the batch that ``to_bytes`` wrote, its texts only looked at; a plain one where they must be cut.

        Raises:
            ValueError: the bytes are cut short, of another version, or do not add up.
        """
        count = read_header(columns)[0]
        if texts[:1] != BREAKS or not count:
            return Batch.from_bytes(columns, texts)
        if texts.count(b"\n") != count - 1:
            raise ValueError("a batch's texts do not add up")
        if not texts.isascii():
            joined_texts(texts)  # the reader must not be the first to find out that they are none
        return with_columns(cls._of_packed(PackedTexts((texts,), (count,))), columns)

    @classmethod
    def _of_packed(cls, packed: PackedTexts) -> "PackedBatch":
        batch = cls()
        batch.packed, batch._unpacked = packed, None
        return batch

    def __len__(self) -> int:
        return len(self.instants)

    @property
    def texts(self) -> list[str]:
        """All texts, unpacked when they are read first; no thread changes them."""
        if self._unpacked is None:
            self._unpacked = self.packed.unpack() if self.packed is not None else []
        return self._unpacked

    @texts.setter
    def texts(self, texts: list[str]) -> None:
        self.packed, self._unpacked = None, texts

    def text(self, index: int) -> str:
        """Return the text of one record, which alone is unpacked."""
        return self.texts[index] if self.packed is None or self._unpacked is not None else self.packed.text(index)

    def characters(self) -> int:
        """Return how many bytes the texts have: at least as many as characters, and known without unpacking them."""
        return super().characters() if self.packed is None else self.packed.size

    def add(
        self, run: int, name: RunName, instants: "array[int]", kinds: bytes | bytearray, texts: Sequence[str]
    ) -> None:
        """Append records of one run, as a plain batch does."""
        self.texts = self.texts if len(self) else []
        super().add(run, name, instants, kinds, texts)

    def extend(self, other: Batch) -> None:
        """Append all records of another batch, as a plain batch does."""
        self.texts = self.texts if len(self) else []
        super().extend(other)

    def packed_texts(self) -> bytes:
        """Return the texts as ``texts_to_bytes`` writes them."""
        return super().packed_texts() if self.packed is None else self.packed.to_bytes()

    @classmethod
    def merged(cls, batches: Sequence[Batch]) -> "PackedBatch | None":
        """Return some batches as a packed one; None if that cannot be done."""
        packed = [texts for batch in batches if (texts := _packed(batch)) is not None]
        if len(packed) != len(batches):
            return None
        whole = cls._of_packed(PackedTexts.joined(packed))
        for batch in batches:
            whole.extend_columns(batch)
        return whole


def _packed(batch: Batch) -> PackedTexts | None:
    """Return the texts of a batch packed; None where line breaks are within them."""
    if isinstance(batch, PackedBatch) and batch.packed is not None:
        return batch.packed
    texts = texts_to_bytes(batch.texts)
    return PackedTexts((texts,), (len(batch),)) if texts[:1] == BREAKS else None


def merged(batches: Sequence[Batch]) -> Batch:
    """Return some batches as one, in their order; they stay as they are, and the only one with records is returned itself.

    Where one of them is packed, all are, if that can be done: the few records of others do not have the many unpacked.
    """
    batches = [batch for batch in batches if len(batch)] or batches[:1]
    if len(batches) == 1:
        return batches[0]
    if any(isinstance(batch, PackedBatch) for batch in batches):
        packed = PackedBatch.merged(batches)
        if packed is not None:
            return packed
    whole = Batch()
    for batch in batches:
        whole.extend(batch)
    return whole
