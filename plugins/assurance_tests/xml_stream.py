"""XML from outside, streamed through defusedxml: no DTD, no entities, nothing fetched.

The parser keeps no tree: a target sees each element open and close and decides what to
remember, so a 64 MiB report needs little more memory than what is kept of it. Text between
the elements is looked at only where a target wants it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable
from xml.etree.ElementTree import ParseError

from assurance.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pyexpat import XMLParserType

MAX_DEPTH: Final = 64
"""Elements open at the same time; real reports stay below ten, and expat has no limit."""
MAX_ATTRIBUTES: Final = 64
"""Attributes of one element; real ones have ten at most."""

_REMEDY: Final = "let the test runner write the report again, whole, as plain XML"


class Target(Protocol):
    """What wants to see the elements."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take note of an element that opens. Raises CollectError to refuse it."""

    def end(self, tag: str) -> None:
        """Take note of an element that closes. Raises CollectError to refuse it."""


@runtime_checkable
class TextTarget(Target, Protocol):
    """What wants to see the text between the elements too."""

    def text(self, data: str) -> None:
        """Take note of text, in pieces of any size."""


class _Bounded:
    """Counts the depth on the way to the target, and says where it refuses something."""

    def __init__(self, target: Target, where: str) -> None:
        self._target = target
        self._where = where
        self._depth = 0
        self.expat: XMLParserType | None = None
        if isinstance(target, TextTarget):
            # The parser asks for text only where there is such a method.
            self.data = target.text

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise self._refuse(f"the XML is nested deeper than {MAX_DEPTH} elements")
            if len(attributes) > MAX_ATTRIBUTES:
                raise self._refuse(
                    f"an XML element has {len(attributes)} attributes; "
                    f"the limit is {MAX_ATTRIBUTES}"
                )
            self._target.start(tag, attributes)
        except CollectError as err:
            raise self._placed(err) from err

    def end(self, tag: str) -> None:
        try:
            self._target.end(tag)
        except CollectError as err:
            raise self._placed(err) from err
        self._depth -= 1

    def close(self) -> None:
        """Nothing is built, so there is nothing to return."""

    def _refuse(self, problem: str) -> CollectError:
        return CollectError(problem, remedy=_REMEDY, where=self._where)

    def _placed(self, err: CollectError) -> CollectError:
        """Return the error with the position of the element that is being read."""
        if self.expat is None:
            return err
        where = _position(self._where, self.expat.CurrentLineNumber, self.expat.CurrentColumnNumber)
        return CollectError(err.problem, remedy=err.remedy, where=where)


def root_of(chunks: Iterable[bytes], *, where: str) -> str:
    """Return the name of a document's root element, without reading further than it.

    Raises:
        CollectError: none within the first chunk, or what `parse` refuses stands before it.
    """
    try:
        parse(itertools.islice(chunks, 1), _First(), where=where, doctype=True)
    except _RootSeen as seen:
        return seen.tag
    raise CollectError("the XML has no root element", remedy=_REMEDY, where=where)


def parse(chunks: Iterable[bytes], target: Target, *, where: str, doctype: bool = False) -> None:
    """Show every element of one XML document to `target`.

    Args:
        chunks: The document's bytes, in order. Few large chunks are better than many small
            ones: expat before 2.6 reads an unfinished tag again with each chunk.
        target: Sees the elements.
        where: The document's name, for messages.
        doctype: Whether a document type declaration may stand there that declares nothing
            itself. What it points to is never fetched.

    Raises:
        CollectError: not well-formed, cut, nested too deeply, or with a DTD. `where` has line
            and column, also for what `target` refuses.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    bounded = _Bounded(target, where)
    parser = DefusedXMLParser(target=bounded, forbid_dtd=not doctype)
    bounded.expat = parser.parser
    if doctype:
        parser.parser.StartDoctypeDeclHandler = _refuse_internal_subset
    try:
        for chunk in chunks:
            parser.feed(chunk)
        parser.close()
    except DefusedXmlException as err:
        raise CollectError(
            "the XML has a document type declaration or entities, which a report never needs",
            remedy=_REMEDY,
            where=where,
        ) from err
    except ParseError as err:
        raise CollectError(
            f"the XML is cut or not well-formed: {_reason(err)}",
            remedy=_REMEDY,
            where=_position(where, *err.position),
        ) from err
    except (ValueError, LookupError) as err:
        # An encoding that expat leaves to Python: unknown there, or of several bytes.
        raise CollectError(
            f"the XML's encoding cannot be read: {err}", remedy=_REMEDY, where=where
        ) from err


class _RootSeen(BaseException):
    """Carries the root element's name out of the parser."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


class _First:
    """Ends the parser at the first element."""

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        raise _RootSeen(tag)

    def end(self, tag: str) -> None:
        raise AssertionError(tag)  # pragma: no cover - no element ends before one starts


def _refuse_internal_subset(
    name: str, sysid: str | None, pubid: str | None, has_internal_subset: int
) -> None:
    from defusedxml import DTDForbidden

    if has_internal_subset:
        raise DTDForbidden(name, sysid, pubid)


def _position(where: str, line: int, column: int) -> str:
    return f"{where}:{line}:{column + 1}"


def _reason(err: ParseError) -> str:
    """Return expat's message without its position, which stands in `where`."""
    return str(err).rsplit(": line ", 1)[0]
