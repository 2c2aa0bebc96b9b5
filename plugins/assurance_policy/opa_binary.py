"""The command `opa`: found, of a known version, and run within limits.

Each call gets an empty environment (OPA takes flags from `OPA_*` variables), no standard input, a
process group of its own, and limits of time, memory and output. Functions that reach outside are
not there: the capabilities that it runs with name the functions of `builtins.ALLOWED` and the
operators, and no host.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from math import ceil
from pathlib import Path
from typing import Any, Final, NamedTuple

from assurance.errors import UsageError
from assurance_policy.builtins import ALLOWED

MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024
"""What one call may write to; Go reserves far more addresses than it uses."""
MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes that one call may answer."""
LEAST_VERSION: Final = (1, 0)
"""Older ones take Rego v0 unless told."""

_SECONDS: Final = 10.0
_VERSION: Final = re.compile(
    r"^Version: (([0-9]{1,6})\.([0-9]{1,6})\.[0-9A-Za-z.+-]{1,60})$", re.MULTILINE
)
_INTERNAL: Final = frozenset(
    {"assign", "div", "eq", "equal", "gt", "gte", "internal.member_2", "internal.member_3",
     "internal.print", "internal.template_string", "internal.test_case", "lt", "lte", "minus",
     "mul", "neq", "or", "and", "plus", "print", "rem"}
)  # fmt: skip
"""How OPA calls operators, `in`, `print` and texts with values in them."""
_HOME: Final = "https://www.openpolicyagent.org"


class Output(NamedTuple):
    """What one call said."""

    status: int
    """Exit status; negative for a signal."""
    out: bytes
    err: str
    problem: str | None = None
    """Why what it said does not count, None if it does."""
    late: bool = False
    """Whether its time was up."""


class OpaBinary(NamedTuple):
    """An `opa` that can be used."""

    path: str
    version: str
    capabilities: bytes
    """A capabilities file (JSON) with what policies may call."""


def find(binary: str | None, *, root: Path) -> OpaBinary:
    """Return the `opa` to use, after asking it for its version.

    Args:
        binary: Its path, relative to `root`; None looks on PATH.
        root: The project's folder.

    Raises:
        UsageError: it is not there, does not run, or is older than 1.0.
    """
    where = "policy.engine" if binary is None else "policy.options.binary"
    path = shutil.which("opa") if binary is None else str(root / binary)
    if path is None or not os.access(path, os.X_OK) or not Path(path).is_file():
        shown = "on PATH" if binary is None else f"at `{binary}`"
        raise UsageError(
            f"the policy engine `opa` is not there: no program {shown}",
            remedy=f"install OPA 1.0 or later ({_HOME}), or name it in [policy.options] binary",
            where=where,
        )
    said = _ask(path, ["version"], where)
    found = _VERSION.search(said.decode("utf-8", "replace"))
    if found is None:
        raise UsageError(
            f"`{path}` is no opa: its `version` names none",
            remedy="name OPA's own program in [policy.options] binary",
            where=where,
        )
    if (int(found[2]), int(found[3])) < LEAST_VERSION:
        raise UsageError(
            f"`{path}` is opa {found[1]}; 1.0 or later is needed, which takes Rego v1",
            remedy=f"install a newer OPA ({_HOME})",
            where=where,
        )
    listed = _ask(path, ["capabilities", "--current"], where)
    try:
        capabilities = _allowed(json.loads(listed))
    except (ValueError, TypeError, KeyError, AttributeError) as err:
        raise UsageError(
            f"`{path}` does not list its capabilities",
            remedy=f"install OPA again ({_HOME})",
            where=where,
        ) from err
    return OpaBinary(path=path, version=found[1], capabilities=capabilities)


def _ask(path: str, arguments: list[str], where: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="assurance-opa-") as folder:
        said = run(path, arguments, folder=Path(folder), timeout_seconds=_SECONDS)
    if said.problem is not None or said.status != 0:
        raise UsageError(
            f"`{path} {' '.join(arguments)}` {said.problem or f'ended with {said.status}'}",
            remedy=f"install OPA again ({_HOME}), or name it in [policy.options] binary",
            where=where,
        )
    return said.out


def _allowed(capabilities: dict[str, Any]) -> bytes:
    """Return `capabilities` with the functions that policies may call, and without network."""
    kept = [item for item in capabilities["builtins"] if item["name"] in ALLOWED | _INTERNAL]
    return json.dumps(capabilities | {"builtins": kept, "allow_net": []}).encode()


def run(
    path: str,
    arguments: list[str],
    *,
    folder: Path,
    timeout_seconds: float,
    memory_bytes: int = MEMORY_BYTES,
) -> Output:
    """Run `path` in `folder` and return what it said in time.

    Never raises for anything that the program does.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            child = subprocess.Popen(
                [path, *arguments],
                cwd=folder,
                env={"HOME": str(folder), "TMPDIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        except OSError as error:
            return Output(-1, b"", "", f"cannot be started: {error.strerror}")
        problem, late = None, False
        try:
            _limit(child.pid, timeout_seconds, memory_bytes)
            child.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            problem, late = f"no answer within {timeout_seconds:g} s", True
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        if out.tell() >= MAX_ANSWER:
            problem = f"more than {MAX_ANSWER:,} bytes of findings"
        out.seek(0)
        err.seek(0)
        return Output(
            child.returncode,
            out.read(MAX_ANSWER),
            err.read(1 << 20).decode("utf-8", "replace"),
            problem,
            late,
        )


def _limit(pid: int, timeout_seconds: float, memory_bytes: int) -> None:
    """Let the kernel end the process when it takes too much; on Linux only."""
    if sys.platform != "linux":
        return
    import resource

    seconds = ceil(timeout_seconds) * (os.cpu_count() or 1) + 1
    limits = [
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_FSIZE, MAX_ANSWER),
    ]
    for name, value in limits:
        # Gone already: then it needs no limit.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            resource.prlimit(pid, name, (value, value))
