"""The first `assurance.toml` of a project: each line explained, nothing that makes no sense."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assurance.project import Project

KEY = "keys/development.pem"
LOG_KEY = "keys/log.pem"
LOG = "log/log.db"
TRUST = "trust.json"
UNKNOWN_VERSION = "0.0.0.dev0"
"""Stated until a build tells the version; the settings say so beside it."""
LOCK = "requirements.txt"
"""Where a lock file is expected if there is none yet."""
SBOM_LOCKS = ("uv.lock", "poetry.lock", "pylock.toml")
"""Locks that the SBOM is made from as they are."""
ADVISORIES = "advisories/all.zip"
"""Where advisories are expected if there are none yet."""


def resource_uri(project: Project) -> str:
    """Return the project's package URL without a version: it holds for every release."""
    return f"pkg:pypi/{project.name.lower().replace('_', '-')}"


def origin(project: Project) -> str:
    """Return a name for the project's own log; one that others see needs a better one."""
    return f"localhost/{project.name.lower().replace('_', '-')}"


def text(project: Project) -> str:
    """Return the settings for `project`."""
    lines = [
        "# Settings of release-assurance; every key: docs/settings.md",
        "",
        "[release]",
        *_release(project),
        "",
        "[collect.sbom]                       # what the release is made of",
        *_inventory(project),
        "",
        "[collect.vulnerabilities]            # the same packages against known advisories",
        *_inventory(project, environment_option=True),
        "",
        "[collect.vulnerabilities.options]",
        *_advisories(project),
        "",
        "[collect.tests]                      # what the test runner reported",
        *_tests(project),
        "",
        "[sign.default]                       # the key for every role that has none of its own",
        _line("uri", f"file:{KEY}", "for development only"),
        "",
        "[log]                                # each verdict is appended, and gets a receipt",
        _line("origin", origin(project), "its name; a log for others needs one of a domain"),
        _line("url", f"sqlite:///{LOG}", "made by assurance init; a run never makes one"),
        "",
        "[sign.log]                           # the log's own key",
        _line("uri", f"file:{LOG_KEY}", "for development only"),
        "",
        "[gate]",
        _line("target_grade", 60, "a GO needs at least this many of 100"),
        _line("trust", TRUST, "who may sign what"),
    ]
    return "\n".join(lines) + "\n"


def _line(key: str, value: object, comment: str) -> str:
    # JSON text, numbers and lists of these are TOML, but for DEL, which TOML wants escaped.
    written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"{f'{key} = {written}':<36} # {comment}"


def _release(project: Project) -> list[str]:
    lines = []
    if not project.name_is_stated:
        lines.append(_line("name", project.name, f"from {project.name_source}"))
    if not project.version_is_stated and not project.is_built:
        lines.append(
            _line(
                "version",
                project.version or UNKNOWN_VERSION,
                "remove this line once dist/ has a wheel: its file name tells the version",
            )
        )
    sdists = '"dist/*.tar.gz"' if project.sdists else '{ glob = "dist/*.tar.gz", min = 0 }'
    artifacts = f'artifacts = ["dist/*.whl", {sdists}]'
    return [
        *lines,
        f"{artifacts:<36} # fewer files than `min` (1) are MISSING",
        _line("resource_uri", resource_uri(project), "from where consumers fetch it"),
        _line("environment", "development", "where it is to go; part of the verdict"),
    ]


def _inventory(project: Project, *, environment_option: bool = False) -> list[str]:
    if project.locks:
        return [_line("inputs", [project.locks[0]], "a lock file with hashes")]
    lock = sbom_lock(project)
    if lock and not environment_option:
        return [_line("inputs", [lock], "packages, hashes, and who needs whom")]
    if project.environment and not lock and environment_option:
        return []
    if project.environment and not lock:
        options = f'options = {{ source = "environment", python = "{project.environment}" }}'
        return [f"{options}  # or a lock file with hashes, under `inputs`"]
    return [_line("inputs", [lock_name(project)], f"not there yet: {lock_command(project)}")]


def sbom_lock(project: Project) -> str | None:
    """Return the lock that the SBOM is made from where there are no hashed requirements."""
    return next((lock for lock in SBOM_LOCKS if lock in project.other_locks), None)


def lock_name(project: Project) -> str:
    """Return where a lock file with hashes is expected; no file without them stands there."""
    return LOCK if LOCK not in project.unhashed else "requirements-lock.txt"


def lock_command(project: Project) -> str:
    """Return the command that writes the lock file with hashes."""
    lock = lock_name(project)
    if "uv.lock" in project.other_locks:
        return f"uv export --no-dev --no-emit-project -o {lock}"
    if "poetry.lock" in project.other_locks:
        return f"poetry export -o {lock}"
    if "pdm.lock" in project.other_locks:
        return f"pdm export --prod -o {lock}"
    source = "" if lock == LOCK else f" {LOCK}"
    return f"pip-compile --generate-hashes -o {lock}{source}"


def _tests(project: Project) -> list[str]:
    command = f"pytest --junitxml={project.junit}"
    if not project.measured:
        return [
            _line("inputs", [project.junit], command),
            "# and coverage or SARIF, where you have it: docs/plugins/tests.md",
        ]
    return [
        "inputs = [",
        *(
            f"  {json.dumps(name) + ',':<34} # {comment}"
            for name, comment in (
                (project.junit, command),
                *((name, _measures(name)) for name in project.measured),
            )
        ),
        "]",
    ]


def _measures(name: str) -> str:
    return "static analysis" if name.endswith(".sarif") else "coverage of the tests"


def _advisories(project: Project) -> list[str]:
    found = project.advisories
    comment = (
        "OSV records, a folder or zip"
        if found
        else "not there yet: assurance vulnerabilities update"
    )
    lines = [_line("advisories", found or ADVISORIES, comment)]
    if project.kev:
        lines.append(_line("kev", project.kev, "known exploited vulnerabilities (CISA)"))
    if not project.locks and not sbom_lock(project) and project.environment:
        lines.append(_line("environment", project.environment, "the installed packages"))
    return lines
