"""The process that Rego runs in: one request on stdin, answers on stdout, then the end.

regorus has no time limit, holds the interpreter's lock while it evaluates, ends the whole process
when its stack or memory is used up, and panics with exceptions that are no `Exception`. So it
never runs in the process that decides; `assurance_policy.process` starts this one, and the kernel
ends it when it takes too much.

A message is 8 bytes of length (big-endian) and JSON. A request has two: policies and limits, then
the question; each is followed by the bytes that it names, in its order: modules and data documents;
policy input. Between the two the modules are taken apart already. Each query is answered by one
message; a last one says how many there were, and then the exit status is 0. Anything else that
the other side sees is no answer.

Where it was asked to, it tells in that last message what was printed and which lines were
evaluated.

The engine forgets between two queries what rules it has evaluated. So all queries are evaluated
as one when the request allows it, and one by one when that gives no answer: then the one that
fails is known.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH_BYTES: Final = 8
MAX_REQUEST: Final = 256 * 1024 * 1024
"""Bytes of one request; the policy input holds every predicate of a bundle."""

_STDIN: Final = 0
_STDOUT: Final = 1
_CORE_BYTES: Final = 0
_LOCATION: Final = re.compile(r"^--> (.+):([0-9]+):([0-9]+)$", re.MULTILINE)
_MESSAGE: Final = re.compile(r"^error: (.+)", re.MULTILINE)
_MAX_MESSAGE: Final = 500
_MAX_PRINTS: Final = 1_000
_MAX_PRINT: Final = 1_000
_TOGETHER: Final = "queries_as_one"
"""A package beside `assurance`, where policies are, and the rule in it with all answers."""
RESERVED: Final = frozenset({"assurance", _TOGETHER})
"""Keys of `data` where rules stand: data there would answer for a rule that is undefined."""


class Request(NamedTuple):
    """What is to be evaluated, or (no queries) only parsed and taken apart."""

    modules: list[tuple[str, bytes]]
    data: list[bytes]
    policy_input: bytes | None
    queries: list[str]
    cpu_seconds: int
    memory_bytes: int
    together: bool = False
    """Whether the queries may be evaluated as one; each still gets its own answer."""
    prints: bool = False
    """Whether to tell what was printed."""
    coverage: bool = False
    """Whether to tell which lines were evaluated; takes some time."""


def encode_policies(request: Request) -> bytes:
    """Return the first part of a request: modules, data and limits.

    It can be sent before the rest is known: the worker takes the modules apart meanwhile.
    """
    head = {
        "modules": [[path, len(content)] for path, content in request.modules],
        "data": [len(content) for content in request.data],
        "parse_only": not request.queries,
        "cpu_seconds": request.cpu_seconds,
        "memory_bytes": request.memory_bytes,
        "prints": request.prints,
        "coverage": request.coverage,
    }
    return b"".join([_message(head), *(content for _, content in request.modules), *request.data])


def encode_question(request: Request) -> bytes:
    """Return the second part: what is to be evaluated, and over what."""
    policy_input = request.policy_input
    head = {
        "input": None if policy_input is None else len(policy_input),
        "queries": request.queries,
        "together": request.together,
    }
    return _message(head) + (policy_input or b"")


class Parsed(NamedTuple):
    """Modules that the process which forks workers has parsed, for all of them."""

    modules: list[tuple[str, bytes]]
    engine: Any
    """With these modules and nothing else: no data, no input, nothing evaluated."""


def parsed(modules: list[tuple[str, bytes]]) -> Parsed | None:
    """Parse modules in this process; None where one of them does not parse: a worker says why.

    Only for modules that a worker has parsed before: a crash of the parser would end this process.
    """
    import regorus

    engine = regorus.Engine()
    try:
        for path, content in modules:
            engine.add_policy(path, content.decode("utf-8"))
    except BaseException:  # noqa: BLE001 - a panic of the engine is a BaseException
        return None
    return Parsed(modules, engine)


def main(ready: Parsed | None = None) -> None:
    """Read one request from stdin, answer it on stdout, and end the process.

    Args:
        ready: What a request for the same modules need not parse again.
    """
    # A backtrace costs 50 ms for each error, and nobody reads it.
    os.environ["RUST_BACKTRACE"] = os.environ["RUST_LIB_BACKTRACE"] = "0"
    import regorus  # before the request is there: the other side is busy meanwhile

    status = 70
    try:
        request = _read_policies()
        _limit(request)
        count = 0
        seen = _Seen(request)
        loaded, problem = (
            (None, None) if request.queries == [] else _load(request, regorus, seen, ready)
        )
        request = _read_question(request)
        for answer in _answers(request, loaded, problem, regorus, seen):
            _write(_message(answer))
            count += 1
        _write(_message({"done": count} | seen.told()))
        status = 0
    finally:
        os._exit(status)


def _read_policies() -> Request:
    """Read the first part; `queries` is empty where there will be none, and one dot else."""
    head = _read_head()
    return Request(
        modules=[(path, _read(size)) for path, size in head["modules"]],
        data=[_read(size) for size in head["data"]],
        policy_input=None,
        queries=[] if head["parse_only"] else ["."],
        cpu_seconds=head["cpu_seconds"],
        memory_bytes=head["memory_bytes"],
        prints=head["prints"],
        coverage=head["coverage"],
    )


def _read_question(request: Request) -> Request:
    head = _read_head()
    return request._replace(
        policy_input=None if head["input"] is None else _read(head["input"]),
        queries=head["queries"],
        together=head["together"],
    )


def _read_head() -> dict[str, Any]:
    head: dict[str, Any] = json.loads(_read(int.from_bytes(_read(LENGTH_BYTES), "big")))
    return head


def _limit(request: Request) -> None:
    """Let the kernel end this process when it takes too much; no files, no core dump."""
    import resource

    limits = [
        (resource.RLIMIT_CPU, request.cpu_seconds),
        (resource.RLIMIT_CORE, _CORE_BYTES),
        (resource.RLIMIT_FSIZE, 0),
    ]
    if sys.platform == "linux":  # elsewhere the address space cannot be limited
        limits.append((resource.RLIMIT_AS, request.memory_bytes))
    for name, value in limits:
        resource.setrlimit(name, (value, value))


class _Seen:
    """What was printed and which lines were evaluated, over all engines of one request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._prints: list[str] = []
        self._lines: dict[str, tuple[set[int], set[int]]] = {}

    def watch(self, engine: Any) -> None:
        """Have `engine`, and the clones made of it, remember."""
        engine.set_gather_prints(self._request.prints)
        engine.set_enable_coverage(self._request.coverage)

    def take(self, engine: Any) -> None:
        """Take over what an engine that is not used any further has seen."""
        if self._request.prints:
            room = _MAX_PRINTS - len(self._prints)
            self._prints += [text[:_MAX_PRINT] for text in engine.take_prints()[:room]]
        if self._request.coverage:
            for file in json.loads(engine.get_coverage_report_as_json())["files"]:
                covered, known = self._lines.setdefault(file["path"], (set(), set()))
                covered.update(file["covered"])
                known.update(file["covered"], file["not_covered"])

    def told(self) -> dict[str, Any]:
        """Return this as parts of the last message."""
        found: dict[str, Any] = {}
        if self._request.prints:
            found["prints"] = self._prints
        if self._request.coverage:
            found["coverage"] = {
                path: {"evaluated": sorted(covered), "never": sorted(known - covered)}
                for path, (covered, known) in self._lines.items()
            }
        return found


def _load(
    request: Request, regorus: Any, seen: _Seen, ready: Parsed | None
) -> tuple[Any, str | None]:
    """Return an engine with the modules and data, and what is wrong with them."""
    same = ready is not None and ready.modules == request.modules
    loaded = ready.engine if ready is not None and same else regorus.Engine()
    try:
        seen.watch(loaded)
        for path, content in () if same else request.modules:
            loaded.add_policy(path, content.decode("utf-8"))
        for content in request.data:
            if taken := RESERVED.intersection(json.loads(content)):
                return loaded, f"policy data has the key `{min(taken)}`, where rules stand"
            loaded.add_data_json(content.decode("utf-8"))
    except BaseException as err:  # noqa: BLE001 - a panic of the engine is a BaseException
        return loaded, _explain(err)
    return loaded, None


def _answers(
    request: Request, loaded: Any, problem: str | None, regorus: Any, seen: _Seen
) -> Iterator[dict[str, Any]]:
    """Yield one answer a query; where a module does not load, each says so."""
    if not request.queries:
        yield from _trees(request, regorus)
        return
    answers: list[dict[str, Any]] | None = None
    if problem is None:
        try:
            if request.policy_input is not None:
                loaded.set_input_json(request.policy_input.decode("utf-8"))
            answers = _together(request, loaded.clone(), seen) if request.together else None
            if answers is None:
                # The first query of an engine compiles all modules; its clones need not again.
                loaded.eval_query_as_json("true")
        except BaseException as err:  # noqa: BLE001 - a panic of the engine is a BaseException
            problem = _explain(err)
    if problem is not None:
        yield from ({"error": problem} for _ in request.queries)
        return
    yield from answers or _one_by_one(request, loaded, seen)


def _one_by_one(request: Request, loaded: Any, seen: _Seen) -> Iterator[dict[str, Any]]:
    engine = None
    for query in request.queries:
        engine = engine or loaded.clone()
        answer = _evaluate(engine, query)
        if "error" in answer:
            # A new clone after an error: a panic may leave an engine in any state.
            seen.take(engine)
            engine = None
        yield answer
    if engine is not None:
        seen.take(engine)


def _together(request: Request, engine: Any, seen: _Seen) -> list[dict[str, Any]] | None:
    """Return the answers to all queries, evaluated as one; None where one of them fails."""
    rules = [f'{_TOGETHER}["{at}"] := {query}' for at, query in enumerate(request.queries)]
    module = "\n".join([f"package {_TOGETHER}", "import rego.v1", *rules])
    try:
        engine.add_policy(f"{_TOGETHER}.rego", module)
    except BaseException:  # noqa: BLE001 - a panic of the engine is a BaseException
        return None
    found = _evaluate(engine, f"data.{_TOGETHER}.{_TOGETHER}")
    if "error" in found:
        return None
    seen.take(engine)
    values = found.get("value", {})
    places = map(str, range(len(request.queries)))
    return [{"value": values[at]} if at in values else {"undefined": True} for at in places]


def _trees(request: Request, regorus: Any) -> Iterator[dict[str, Any]]:
    """Yield the syntax tree of each module by itself, or why it has none."""
    for path, content in request.modules:
        engine = regorus.Engine()
        try:
            engine.add_policy(path, content.decode("utf-8"))
            yield {"value": json.loads(engine.get_ast_as_json())[0]["ast"]}
        except BaseException as err:  # noqa: BLE001 - a panic of the engine is a BaseException
            yield {"error": _explain(err)}


def _evaluate(engine: Any, query: str) -> dict[str, Any]:
    try:
        found = json.loads(engine.eval_query_as_json(query))
    except BaseException as err:  # noqa: BLE001 - a panic of the engine is a BaseException
        return {"error": _explain(err)}
    if not found.get("result"):
        return {"undefined": True}
    return {"value": found["result"][0]["expressions"][0]["value"]}


def _explain(err: BaseException) -> str:
    """Return the engine's message in one line, `file:line:column: message` where it has a place.

    It goes into findings that must come out the same on another machine: no backtrace.
    """
    text = str(err).partition("Stack backtrace")[0]
    message = _MESSAGE.search(text)
    place = _LOCATION.search(text)
    said = message[1] if message else " ".join(text.split()) or type(err).__name__
    where = f"{place[1]}:{place[2]}:{place[3]}: " if place else ""
    return f"{where}{said.strip()}"[:_MAX_MESSAGE]


def _message(value: object) -> bytes:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def _read(size: int) -> bytes:
    """Read exactly `size` bytes; the end of the input is the end of this process."""
    if size > MAX_REQUEST:
        os._exit(65)
    parts = []
    while size:
        part = os.read(_STDIN, min(size, 1 << 20))
        if not part:
            os._exit(66)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(_STDOUT, view) :]


if __name__ == "__main__":
    main()
