"""What changed between two versions of an OpenAPI contract, and what of it breaks a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance.errors import FormatError
from assurance.value import Value
from assurance_log.contract_schemas import ANSWER, REQUEST, Schemas, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_Operations = dict[tuple[str, str], dict[str, Any]]


class Change(Value):
    """One difference."""

    where: str
    """Such as `GET /v1/entries: answer 200.next`."""
    what: str
    is_breaking: bool


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return every break, then every addition, each in the order of the old and new contract.

    Raises:
        FormatError: one of them is no OpenAPI 3 document.
    """
    try:
        return _changes(old, new)
    except (AttributeError, KeyError, TypeError, ValueError) as err:
        raise FormatError(
            f"a part of a contract is not as OpenAPI 3.1 writes it: {err}",
            remedy="give documents that `assurance log openapi` printed",
        ) from err


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    before, after = _operations(old, "the old contract"), _operations(new, "the new contract")
    found = [
        Change(where=place, what=what, is_breaking=True)
        for name, operation in before.items()
        for place, what in _Compared(old, new).operation(name, operation, after.get(name))
    ]
    found += [
        Change(where=f"{method.upper()} {path}", what="was added", is_breaking=False)
        for method, path in after
        if (method, path) not in before
    ]
    return tuple(found)


def _operations(document: Any, what: str) -> _Operations:
    document = document if isinstance(document, dict) else {}
    paths = document.get("paths")
    if not str(document.get("openapi", "")).startswith("3.") or not isinstance(paths, dict):
        raise FormatError(
            f"{what} is no OpenAPI 3 document",
            remedy="give one that `assurance log openapi` printed",
        )
    found: _Operations = {}
    for path, item in paths.items():
        methods = resolved(document, item)
        shared = methods.get("parameters", [])
        for method in _METHODS:
            if method in methods:
                operation = resolved(document, methods[method])
                given = operation.get("parameters", [])
                found[method, path] = {**operation, "parameters": [*shared, *given]}
    return found


class _Compared:
    """Two documents side by side."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self._old = old
        self._new = new
        self._schemas = Schemas(old, new)

    def operation(
        self, name: tuple[str, str], old: dict[str, Any], new: dict[str, Any] | None
    ) -> Iterator[tuple[str, str]]:
        where = f"{name[0].upper()} {name[1]}"
        if new is None:
            yield where, "was removed"
            return
        if old.get("operationId") != new.get("operationId"):
            ids = (old.get("operationId"), new.get("operationId"))
            yield where, f"operationId was {ids[0]}, is {ids[1]}: generated clients call it so"
        securities = (
            old.get("security", self._old.get("security")),
            new.get("security", self._new.get("security")),
        )
        if securities[0] != securities[1]:
            yield where, "asks for other credentials"
        yield from self._parameters(where, old, new)
        yield from self._body(where, old.get("requestBody"), new.get("requestBody"))
        yield from self._answers(where, old.get("responses", {}), new.get("responses", {}))

    def _parameters(
        self, where: str, old: dict[str, Any], new: dict[str, Any]
    ) -> Iterator[tuple[str, str]]:
        before = self._by_name(self._old, old["parameters"])
        after = self._by_name(self._new, new["parameters"])
        for key, parameter in before.items():
            place = f"{where}: {key[0]} parameter {key[1]}"
            now = after.get(key)
            if now is None:
                yield place, "was removed"
                continue
            if now.get("required") and not parameter.get("required"):
                yield place, "must be given now"
            yield from self._schemas.breaks(
                parameter.get("schema", {}), now.get("schema", {}), REQUEST, place
            )
        for key, parameter in after.items():
            if key not in before and parameter.get("required"):
                yield f"{where}: {key[0]} parameter {key[1]}", "must be given now"

    @staticmethod
    def _by_name(
        document: Mapping[str, Any], items: list[Any]
    ) -> dict[tuple[str, str], dict[str, Any]]:
        found = [resolved(document, item) for item in items]
        return {(str(item.get("in")), str(item.get("name"))): item for item in found}

    def _body(self, where: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
        before = {} if old is None else resolved(self._old, old)
        after = {} if new is None else resolved(self._new, new)
        if after.get("required") and not before.get("required"):
            yield f"{where}: body", "must be given now"
        yield from self._contents(f"{where}: body", before, after, REQUEST)

    def _answers(
        self, where: str, old: dict[str, Any], new: dict[str, Any]
    ) -> Iterator[tuple[str, str]]:
        for status, answer in old.items():
            place = f"{where}: answer {status}"
            if status not in new:
                # A refusal that is not given any more breaks nobody.
                if status.startswith(("1", "2", "3")) or status == "default":
                    yield place, "was removed"
                continue
            before, after = resolved(self._old, answer), resolved(self._new, new[status])
            yield from self._contents(place, before, after, ANSWER)
            headers = after.get("headers", {})
            for name, item in before.get("headers", {}).items():
                header = resolved(self._old, item)
                now = resolved(self._new, headers[name]) if name in headers else {}
                if header.get("required") and not now.get("required"):
                    yield f"{place}: header {name}", "may be missing now"
        for status in new:
            if status not in old and status.startswith("2"):
                yield f"{where}: answer {status}", "may be answered now"

    def _contents(
        self, where: str, before: dict[str, Any], after: dict[str, Any], direction: str
    ) -> Iterator[tuple[str, str]]:
        news = after.get("content", {})
        for kind, content in before.get("content", {}).items():
            if kind not in news:
                yield f"{where} {kind}", "was removed"
                continue
            yield from self._schemas.breaks(
                content.get("schema", {}), news[kind].get("schema", {}), direction, where
            )
