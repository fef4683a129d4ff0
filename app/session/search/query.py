"""What is looked for: a text or a regular expression, what is left out, whose lines and of which kinds."""

import json
import re
import warnings
from dataclasses import dataclass

from app.core.errors import BadInput
from app.pattern_size import check_pattern_size

# What ``re.compile`` raises besides its own error: numbers too large, and whatever an unforeseen pattern brings out.
_OTHER_FAILURES = (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError, Warning)

DOTS = "..."  # typed as plain text, it finds ``…`` as well


@dataclass(frozen=True, slots=True)
class Query:
    r"""What a record must be like to be a hit; the empty query is met by every record.

    A text is searched for by ``re.search`` with ``re.MULTILINE``: where a text has line breaks, ``^`` and ``$`` are at
    each of its lines.

    Attributes:
        include: what must be found in the text; empty: anything.
        exclude: what must not be found in it; empty: nothing is left out.
        regex: whether the two are regular expressions, or plain text, in which ``...`` finds ``…`` as well.
        case: whether the case of letters counts.
        worker: the name of the worker whose records are meant; None: of all.
        run: which of a worker's runs is meant, from 1; None: all.
        kinds: the kinds of records that are meant, as numbers; None: all.
    """

    include: str = ""
    exclude: str = ""
    regex: bool = False
    case: bool = False
    worker: str | None = None
    run: int | None = None
    kinds: frozenset[int] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every record meets it."""
        return not (self.include or self.exclude or self.by_run or self.kinds is not None)

    @property
    def by_run(self) -> bool:
        """Whether it matters whose a record is."""
        return self.worker is not None or self.run is not None

    def to_json(self) -> str:
        """Return the query as one line of pure ASCII; a lone surrogate is an escape."""
        kinds = None if self.kinds is None else sorted(self.kinds)
        values = (self.include, self.exclude, self.regex, self.case, self.worker, self.run, kinds)
        return json.dumps(dict(zip(self.__slots__, values, strict=True)))

    @classmethod
    def from_json(cls, text: str) -> "Query":
        """Return the query that ``to_json`` wrote; ValueError or TypeError if it is none."""
        fields = json.loads(text)
        kinds = fields.pop("kinds", None)
        return cls(**fields, kinds=None if kinds is None else frozenset(kinds))


def flags(query: Query) -> re.RegexFlag:
    """Return the flags with which a query's texts are searched for."""
    return re.MULTILINE if query.case else re.MULTILINE | re.IGNORECASE


def plain_pattern(text: str) -> str:
    """Return the pattern of plain text: itself, but that three dots are an ellipsis as well, which keyboards lack."""
    return re.escape(text).replace(re.escape(DOTS), f"(?:{re.escape(DOTS)}|…)")


def compiled(query: Query, text: str) -> re.Pattern[str]:
    """Return the pattern that means one of a query's two texts; BadInput or what ``re`` raises if it is wrong; one thread.

    What is only doubtful is allowed in silence: ``re`` warns of it for programmers.
    """
    if not query.regex:
        return re.compile(plain_pattern(text), flags(query))
    check_pattern_size(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(text, flags(query))


def check(query: Query) -> None:
    """Raise BadInput, with the field and one sentence, if a regular expression of the query is wrong; one thread only."""
    for field in ("include", "exclude"):
        try:
            compiled(query, getattr(query, field))
        except (BadInput, OverflowError) as error:
            raise BadInput(f"Invalid pattern: {error}", field) from None
        except re.error as error:
            where = "" if error.pos is None else f" at character {error.pos + 1:,}"
            raise BadInput(f"Invalid pattern{where}: {error.msg}", field) from None
        except RecursionError:
            raise BadInput("Invalid pattern: it is nested too deeply", field) from None
        except _OTHER_FAILURES:
            # Python refuses whole numbers of more than 4,300 digits with advice for programmers.
            raise BadInput("Invalid pattern: something in it is too large", field) from None
