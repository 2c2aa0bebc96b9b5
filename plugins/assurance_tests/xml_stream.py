"""XML from outside, streamed through defusedxml: no DTD, no entities, nothing fetched.

The parser keeps no tree: a target sees each element open and close and decides what to
remember, so a 64 MiB report needs little more memory than what is kept of it. Text between
the elements is never looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol
from xml.etree.ElementTree import ParseError

from assurance.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_DEPTH: Final = 64
"""Elements open at the same time; real reports stay below ten."""
MAX_ATTRIBUTES: Final = 64
"""Attributes of one element; real ones have ten at most."""

_REMEDY: Final = "let the test runner write the report again, whole, as plain JUnit XML"


class Target(Protocol):
    """What wants to see the elements."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take note of an element that opens. Raises CollectError to refuse it."""

    def end(self, tag: str) -> None:
        """Take note of an element that closes. Raises CollectError to refuse it."""


class _Bounded:
    """Counts the depth on the way to the target; expat itself has no limit."""

    def __init__(self, target: Target, where: str) -> None:
        self._target = target
        self._where = where
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CollectError(
                f"the XML is nested deeper than {MAX_DEPTH} elements",
                remedy=_REMEDY,
                where=self._where,
            )
        if len(attributes) > MAX_ATTRIBUTES:
            raise CollectError(
                f"an XML element has {len(attributes)} attributes; the limit is {MAX_ATTRIBUTES}",
                remedy=_REMEDY,
                where=self._where,
            )
        self._target.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._target.end(tag)
        self._depth -= 1

    def close(self) -> None:
        """Nothing is built, so there is nothing to return."""


def parse(chunks: Iterable[bytes], target: Target, *, where: str) -> None:
    """Show every element of one XML document to `target`.

    Args:
        chunks: The document's bytes, in order. Few large chunks are better than many small
            ones: expat before 2.6 reads an unfinished tag again with each chunk.
        target: Sees the elements.
        where: The document's name, for messages.

    Raises:
        CollectError: not well-formed, cut, nested too deeply, or with a DTD.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Bounded(target, where), forbid_dtd=True)
    try:
        for chunk in chunks:
            parser.feed(chunk)
        parser.close()
    except CollectError:
        raise
    except DefusedXmlException as err:
        raise CollectError(
            "the XML has a document type declaration or entities, which a test report never needs",
            remedy=_REMEDY,
            where=where,
        ) from err
    except ParseError as err:
        line, column = err.position
        raise CollectError(
            f"the XML is cut or not well-formed: {_reason(err)}",
            remedy=_REMEDY,
            where=f"{where}:{line}:{column + 1}",
        ) from err
    except (ValueError, LookupError) as err:
        # An encoding that expat leaves to Python: unknown there, or of several bytes.
        raise CollectError(
            f"the XML's encoding cannot be read: {err}", remedy=_REMEDY, where=where
        ) from err


def _reason(err: ParseError) -> str:
    """Return expat's message without its position, which stands in `where`."""
    return str(err).rsplit(": line ", 1)[0]
