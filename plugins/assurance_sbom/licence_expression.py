"""SPDX licence expressions (SPDX 2.3, annex D) as alternatives that a policy can read.

An expression becomes a list of alternatives, each a list of terms that all apply: what OR
offers, of what AND demands. `MIT OR (Apache-2.0 AND BSD-3-Clause)` has two. A term is a licence
and, after WITH, an exception. What does not parse, or has more than 64 alternatives, has none.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

MAX_LENGTH: Final = 1000
MAX_ALTERNATIVES: Final = 64
MAX_TERMS: Final = 256

_REFERENCE: Final = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")


class Term(NamedTuple):
    """One licence that applies."""

    licence: str
    """SPDX identifier; `LicenseRef-…` and what is not on SPDX's list as they stand."""
    exception: str | None
    """SPDX identifier after WITH."""
    known: bool
    """Both are on SPDX's lists."""


Alternatives = tuple[tuple[Term, ...], ...]


@lru_cache(maxsize=4096)
def alternatives(text: str) -> Alternatives | None:
    """Return what `text` offers; None where it is no expression within the limits."""
    if len(text) > MAX_LENGTH:
        return None
    references: list[str] = []

    def hide(match: re.Match[str]) -> str:
        # The library takes some references for other names of a known licence.
        references.append(match[0])
        return f"licence-reference-{len(references) - 1}"

    try:
        parsed = _licensing().parse(_REFERENCE.sub(hide, text), validate=False)
        if parsed is None:
            return None
        found = _expand(parsed, references)
    except Exception:  # noqa: BLE001 - the library raises IndexError for `()`, and more
        return None
    return found


@cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _expand(node: Any, references: list[str]) -> Alternatives:
    """The alternatives of a parsed expression; ValueError beyond the limits."""
    licensing = _licensing()
    if isinstance(node, licensing.OR):
        parts = [_expand(part, references) for part in node.args]
        return _bounded([alternative for part in parts for alternative in part])
    if isinstance(node, licensing.AND):
        found: list[tuple[Term, ...]] = [()]
        for part in node.args:
            offered = _expand(part, references)
            found = [*_bounded([(*left, *right) for left in found for right in offered])]
        return tuple(found)
    return ((_term(node, references),),)


def _bounded(found: list[tuple[Term, ...]]) -> Alternatives:
    if len(found) > MAX_ALTERNATIVES or sum(map(len, found)) > MAX_TERMS:
        raise ValueError
    return tuple(dict.fromkeys(tuple(sorted(set(terms))) for terms in found))


def _term(node: Any, references: list[str]) -> Term:
    known = _licensing().known_symbols
    if hasattr(node, "exception_symbol"):
        licence, exception = node.license_symbol, node.exception_symbol
        is_known = (
            known.get(licence.key) is not None
            and not licence.is_exception
            and known.get(exception.key) is not None
            and exception.is_exception
        )
        return Term(_shown(licence.key, references), _shown(exception.key, references), is_known)
    is_known = known.get(node.key) is not None and not node.is_exception
    return Term(_shown(node.key, references), None, is_known)


def _shown(key: str, references: list[str]) -> str:
    """The identifier, with a reference put back where it was hidden."""
    prefix, _, number = key.rpartition("-")
    if prefix == "licence-reference" and number.isdecimal() and int(number) < len(references):
        return references[int(number)]
    return str(key)
