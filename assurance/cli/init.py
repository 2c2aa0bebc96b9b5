"""`assurance init`: look at the project, write what a first run needs; ask and fetch nothing."""

from __future__ import annotations

import os
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from assurance import settings_template, trust
from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import AssuranceError, ExitCode, UsageError
from assurance.interfaces import LogContext
from assurance.key_generation import development_pair
from assurance.project import look
from assurance.role_signer import log_makers, log_vkey, open_signer
from assurance.settings_document import FILE_NAME

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from assurance.cli.terminal import Terminal
    from assurance.project import Project

SUMMARY = "look at the project, write settings, development keys, a trust file and a log"

KEY_DAYS = 365
"""How long the development key and the trust file hold."""
VERIFIER = "https://w3id.org/release-assurance/verifier/development"
HOLDER = "development"
IGNORED = ("keys/", "log/", "evidence/")
"""Lines of .gitignore: secrets, the local log, and results."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Look at the project and write assurance.toml (each line explained), a development key "
        "(mode 0600), a trust file that trusts this key, for development only, and an empty log "
        "with a key of its own; add keys, log and results to .gitignore. Asks nothing, opens "
        "no connection, overwrites nothing."
    )
    parser.epilog = "example: assurance init && assurance run"
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="the project (default: here)"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace what is there, the key included, and name it; a log stays",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Look, then write.

    Raises:
        UsageError: no such folder, something is there already, or cannot be written.
    """
    root = Path(arguments.folder)
    if not root.is_dir():
        raise UsageError(
            f"there is no folder `{arguments.folder}`", remedy="name the project's folder"
        )
    project = look(root)
    content = _content(project)
    there = [name for name in (*content, settings_template.LOG) if os.path.lexists(root / name)]
    if _settings_in_pyproject(root):
        raise UsageError(
            "pyproject.toml has settings already, in [tool.assurance]",
            remedy="run them: assurance run; or remove the table first",
            where=str(root / "pyproject.toml"),
        )
    if there and not arguments.force:
        raise UsageError(
            f"{_and(there)} {'is' if len(there) == 1 else 'are'} there already, and nothing is "
            "overwritten",
            remedy="run with what is there: assurance run; or replace all of it: assurance init "
            "--force",
            where=str(root),
        )
    for name in there:
        if (root / name).is_dir() and not (root / name).is_symlink():
            raise UsageError(
                f"`{name}` is a folder, and folders are not replaced",
                remedy="move it away",
                where=str(root / name),
            )
    kept = _kept_log(root)
    if kept is not None:
        # A log is history: --force replaces settings and keys, never what was logged.
        content = _content(project, log=kept)
        there = [name for name in there if name in content]
    ignored = _ignore(root)
    _write(root, content)
    if kept is None:
        _create_log(root, project, content)
    return Outcome(
        exit=ExitCode.YES,
        text=_text(project, there, ignored, arguments.folder, terminal),
        document={
            "looked_at": _looked_at(project),
            "wrote": [*content, *(() if kept else (settings_template.LOG,))],
            "replaced": there,
            "ignored": ignored,
            "next": _next(arguments.folder),
        },
    )


def _content(project: Project, *, log: bytes | None = None) -> dict[str, bytes]:
    """Return what to write, by relative path: the settings last, so that they mean the rest.

    Args:
        project: As looked at.
        log: The public key (SPKI PEM) of a log that is there and stays; None: a new one.
    """
    pair = development_pair()
    log_pair = development_pair()
    origin = settings_template.origin(project)
    vkey = log_vkey(origin, log_pair.public_pem if log is None else log)
    trusted = trust.development(
        pair.public_pem,
        holder=HOLDER,
        verifier_id=VERIFIER,
        resource_uri=settings_template.resource_uri(project),
        environment="development",
        expires=datetime.now(tz=UTC).replace(microsecond=0) + timedelta(days=KEY_DAYS),
        logs=(trust.TrustedLog(origin=origin, vkeys=(trust.LogKey(vkey=vkey),)),),
    )
    content = {
        settings_template.KEY: pair.private_pem,
        settings_template.KEY.replace(".pem", ".pub"): pair.public_pem,
    }
    if log is None:
        content[settings_template.LOG_KEY] = log_pair.private_pem
        content[settings_template.LOG_KEY.replace(".pem", ".pub")] = log_pair.public_pem
    content[settings_template.TRUST] = trusted
    content[FILE_NAME] = settings_template.text(project).encode("utf-8")
    return content


def _kept_log(root: Path) -> bytes | None:
    """Return the public key of the log that is there, None where there is neither log nor key.

    Raises:
        UsageError: there is one without the other: a new half would make a fork.
    """
    parts = (
        settings_template.LOG,
        settings_template.LOG_KEY,
        settings_template.LOG_KEY.replace(".pem", ".pub"),
    )
    there = [name for name in parts if os.path.lexists(root / name)]
    if not there:
        return None
    if len(there) < len(parts):
        raise UsageError(
            f"{_and(there)} {'is' if len(there) == 1 else 'are'} there without the rest of the log",
            remedy=f"bring {_and([name for name in parts if name not in there])} back, or move "
            "away what is left of the log",
            where=str(root),
        )
    return (root / parts[-1]).read_bytes()


def _create_log(root: Path, project: Project, content: Mapping[str, bytes]) -> None:
    """Make the empty log; where it cannot be made, what was written goes again."""
    uri = f"file:{settings_template.LOG_KEY}"
    try:
        log_makers()["sqlite"].create(
            f"sqlite:///{settings_template.LOG}",
            LogContext(
                root=root.absolute(),
                origin=settings_template.origin(project),
                signer=lambda: open_signer("log", uri, root=root.absolute()),
            ),
        )
    except AssuranceError:
        for name in content:
            (root / name).unlink(missing_ok=True)
        raise


def _settings_in_pyproject(root: Path) -> bool:
    import tomllib

    path = root / "pyproject.toml"
    if not path.is_file():
        return False
    tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool")
    return isinstance(tool, dict) and "assurance" in tool


def _write(root: Path, content: Mapping[str, bytes]) -> None:
    """Write all files or, where one cannot be written, none."""
    written: list[Path] = []
    path = root
    try:
        for name, data in content.items():
            path = root / name
            path.parent.mkdir(exist_ok=True)
            path.unlink(missing_ok=True)
            # O_EXCL follows no link; the mode holds from the first byte on.
            mode = 0o600 if name.endswith(".pem") else 0o644
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            written.append(path)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
    except OSError as err:
        for new in written:
            new.unlink(missing_ok=True)
        raise UsageError(
            f"the file cannot be written: {err.strerror}",
            remedy="make the folder writable, or move away what is in the way",
            where=str(path),
        ) from err


def _ignore(root: Path) -> list[str]:
    """Add what is missing to .gitignore, before there is anything to ignore."""
    path = root / ".gitignore"
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
        known = {line.strip().strip("/") for line in text.splitlines()}
        missing = [line for line in IGNORED if line.strip("/") not in known]
        if missing:
            gap = "" if not text or text.endswith("\n") else "\n"
            with path.open("a", encoding="utf-8") as file:
                file.write(gap + "".join(f"/{line}\n" for line in missing))
    except OSError as err:
        raise UsageError(
            f".gitignore cannot be written: {err.strerror}",
            remedy="make it writable: the development key must not get into Git",
            where=str(path),
        ) from err
    return missing


def _looked_at(project: Project) -> dict[str, object]:
    return {
        "name": project.name,
        "name_from": project.name_source,
        "version": project.version,
        "locks": list(project.locks),
        "unhashed": list(project.unhashed),
        "other_locks": list(project.other_locks),
        "environment": project.environment,
        "tests": project.tests,
        "junit": project.junit,
        "measured": list(project.measured),
        "wheels": project.wheels,
        "sdists": project.sdists,
        "advisories": project.advisories,
        "kev": project.kev,
    }


def _text(
    project: Project, replaced: list[str], ignored: list[str], folder: str, terminal: Terminal
) -> str:
    rows = {
        "release": f"{project.name} {project.version or _unknown(project)}, "
        f"name from {project.name_source}",
        "lock file": _lock(project),
        "tests": f"pytest, {project.tests}" if project.tests else "none found",
        "artifacts": _artifacts(project),
        "advisories": project.advisories or "none in this project",
        "log": f"{settings_template.origin(project)}, in {settings_template.LOG}",
    }
    lines = ["Looked at"]
    lines += [f"  {word:<11} {escape(said)}" for word, said in rows.items()]
    if replaced:
        lines.append(f"Replaced {_and(replaced)}")
    count = settings_template.text(project).count("\n")
    lines += [
        f"Wrote {FILE_NAME} ({count} lines, each explained),",
        f"  {settings_template.KEY} (mode 0600, not encrypted, in .gitignore) and its .pub,",
        f"  {settings_template.LOG_KEY} and its .pub, for the log in {settings_template.LOG},",
        f"  {settings_template.TRUST} (trusts that key, for development only, {KEY_DAYS} days)",
    ]
    if ignored:
        lines.append(f"Added {_and(list(ignored))} to .gitignore")
    lines.append(terminal.next(escape(_next(folder))))
    return terminal.fit("\n".join(lines))


def _lock(project: Project) -> str:
    if project.locks:
        return f"{project.locks[0]}, hashed"
    without = [*project.other_locks, *(f"{name} (no hashes)" for name in project.unhashed[:3])]
    found = f"{_and(without)}; " if without else ""
    lock = settings_template.sbom_lock(project)
    if lock:
        export = settings_template.lock_command(project)
        return f"{lock} for the SBOM; for the advisories export it: {export}"
    if project.environment:
        return f"{found}no lock with hashes, the environment {project.environment} instead"
    return f"{found}none with hashes yet: {settings_template.lock_command(project)}"


def _unknown(project: Project) -> str:
    return "(version from dist/)" if project.is_built else "(version not known yet)"


def _artifacts(project: Project) -> str:
    if not project.wheels and not project.sdists:
        return "none built yet: python -m build"
    wheels, sdists = _count(project.wheels, "wheel"), _count(project.sdists, "source distribution")
    return f"{wheels} and {sdists} in dist/"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _next(folder: str) -> str:
    return "assurance run" if folder == "." else f"cd {shlex.quote(folder)} && assurance run"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
