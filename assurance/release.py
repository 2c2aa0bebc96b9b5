"""Finds out what is about to go out: name, version, revision and the artifacts' digests.

Start reading at `read_release`. `artifact` is used again just before sealing, so that a file
which changed in between is noticed.
"""

from __future__ import annotations

import re
import stat
import tomllib
from hashlib import file_digest
from typing import TYPE_CHECKING, Any, Final

from assurance import git, input_files
from assurance.errors import SettingsError, UndecidedError
from assurance.model import Artifact, Release

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from assurance.settings import Settings

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,99}")
_WHERE: Final = "pyproject.toml"


def read_release(settings: Settings) -> tuple[Release, tuple[Path, ...]]:
    """Return the release and its artifact files, in the order of `release.artifacts`.

    A glob that matches nothing is no error here: a release without artifacts is judged, and
    refused by its policy (MISSING).

    Raises:
        SettingsError: no name or version can be told, two artifacts have one file name, a wheel or
            sdist of the release is of another version, or a glob matches something that is no
            regular file inside the project.
        UndecidedError: a file or the repository cannot be read.
    """
    files = artifact_files(settings)
    name, version = name_and_version(settings)
    _check_versions(settings, name, version, files)
    artifacts = tuple(artifact(path) for path in files)
    wanted = settings.release
    release = Release(
        name=name,
        version=version,
        revision=wanted.revision or git.revision(settings.root),
        artifacts=artifacts,
        environment=wanted.environment,
        resource_uri=wanted.resource_uri or _purl(name),
    )
    return release, files


def name_and_version(settings: Settings) -> tuple[str, str]:
    """Return what the release is called, without reading an artifact: at once, however large.

    Raises:
        SettingsError: as `read_release`.
    """
    project = _project(settings.root)
    name = _name(settings, project)
    return name, _version(settings, project, name)


def weakenings(settings: Settings, release: Release) -> tuple[str, ...]:
    """Return what makes the release's revision less than it seems, as attested sentences.

    Raises:
        UndecidedError: the repository cannot be read.
    """
    if release.revision is None:
        return ("no source revision is known: the project is in no git repository with a commit",)
    found = git.revision(settings.root)
    if found is None:
        return ("the source revision is stated in the settings and could not be checked",)
    if found != release.revision:
        return (f"the settings state revision {release.revision:.12}, checked out is {found:.12}",)
    if git.is_dirty(settings.root):
        return (f"the working tree has changes that revision {found:.12} does not contain",)
    if names := git.untracked_sources(settings.root):
        more = "" if len(names) == 1 else f" and {len(names) - 1:,} more"
        return (f"source files are not in revision {found:.12}: {names[0]:.100}{more}",)
    return ()


def artifact_files(settings: Settings) -> tuple[Path, ...]:
    """Return the files that `[release] artifacts` matches, sorted by file name.

    Raises:
        SettingsError: see `read_release`.
    """
    by_name: dict[str, Path] = {}
    for pattern in settings.release.artifacts:
        for path in input_files.everything(settings.root, pattern):
            input_files.check_inside(settings.root, path)
            other = by_name.setdefault(path.name, path)
            if other != path:
                raise SettingsError(
                    f"two release artifacts are called `{path.name}`: "
                    f"{other.relative_to(settings.root)} and {path.relative_to(settings.root)}",
                    remedy="rename one, or narrow the globs: artifacts are told apart by name",
                    where="release.artifacts",
                )
    return tuple(by_name[name] for name in sorted(by_name))


def artifact(path: Path) -> Artifact:
    """Return name, digest, size and platform of the file at `path`, read in pieces.

    Raises:
        UndecidedError: the file cannot be read, or changed while it was read.
    """
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            size = file.tell()
            now = path.stat()
    except OSError as err:
        raise UndecidedError(
            f"the artifact cannot be read: {err.strerror}",
            remedy="build it again, or correct its permissions",
            where=str(path),
        ) from err
    if not stat.S_ISREG(now.st_mode) or now.st_size != size:
        raise UndecidedError(
            "the artifact changed while it was read",
            remedy="let the build end first, then run again",
            where=str(path),
        )
    return Artifact(name=path.name, sha256=digest, size=size, platform=platform_of(path.name))


def platform_of(name: str) -> str | None:
    """Return a wheel's tags (`py3-none-any`), `sdist`, or None for any other file name.

    Names by the "Binary distribution format" and "Source distribution format"
    specifications; one that breaks them is any other file.
    """
    if name.endswith(".whl"):
        parsed = _wheel(name)
        # The tags as they are written: expanding `py2.py3-none-any` would name two platforms.
        return "-".join(name.removesuffix(".whl").split("-")[-3:]) if parsed else None
    return "sdist" if name.endswith(".tar.gz") and _sdist(name) else None


def _wheel(name: str) -> tuple[str, str] | None:
    """Return (normalised name, version) of a wheel's file name."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        project, version, _, _ = parse_wheel_filename(name)
    except InvalidWheelFilename:
        return None
    return project, str(version)


def _sdist(name: str) -> tuple[str, str] | None:
    """Return (normalised name, version) of a source distribution's file name."""
    from packaging.utils import InvalidSdistFilename, parse_sdist_filename

    try:
        project, version = parse_sdist_filename(name)
    except InvalidSdistFilename:
        return None
    return project, str(version)


def _project(root: Path) -> dict[str, Any]:
    """Return `[project]` of the project's pyproject.toml; empty where there is none."""
    try:
        data = tomllib.loads((root / _WHERE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as err:
        raise SettingsError(
            f"pyproject.toml cannot be read: {err}",
            remedy="correct it, or say `name` and `version` in [release]",
            where=_WHERE,
        ) from err
    project = data.get("project")
    return project if isinstance(project, dict) else {}


def _name(settings: Settings, project: dict[str, Any]) -> str:
    name = settings.release.name or project.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        found = "has no" if name is None else f"has {name!r:.60} as"
        raise SettingsError(
            f"the release's name is not known: pyproject.toml {found} `project.name`",
            remedy='say `name = "…"` in [release]',
            where="release.name",
        )
    return name


def _version(settings: Settings, project: dict[str, Any], name: str) -> str:
    """Return the version: stated, from pyproject.toml, or from the artifacts' file names."""
    version = settings.release.version or project.get("version")
    if version is None:
        version = _built_version(name, artifact_files(settings))
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise SettingsError(
            f"the release's version {version!r:.60} has characters that file names cannot have",
            remedy='say `version = "…"` in [release]',
            where="release.version",
        )
    return version


def _check_versions(settings: Settings, name: str, version: str, files: tuple[Path, ...]) -> None:
    """Check that no wheel or sdist called `name` is of another version: one that was left there."""
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version

    try:
        wanted = Version(version)
    except InvalidVersion:
        return
    for path in files:
        built = _wheel(path.name) or _sdist(path.name)
        if built and built[0] == canonicalize_name(name) and Version(built[1]) != wanted:
            problem = f"`{path.name}` is of version {built[1]}, and the release is {version}"
            if settings.release.version:
                raise SettingsError(
                    f"{problem}, as the settings state",
                    remedy="take `version` out of [release]: the file's name tells it; or, if the "
                    "file is old, remove it and build again (`python -m build`)",
                    where="release.version",
                )
            raise SettingsError(
                problem,
                remedy="build again (`python -m build`), and remove old files from the artifacts' "
                "folder",
                where="release.artifacts",
            )


def built_versions(name: str, file_names: Iterable[str]) -> list[str]:
    """Return the versions, sorted and each once, of the wheels and sdists called `name`."""
    from packaging.utils import canonicalize_name

    parsed = [_wheel(file_name) or _sdist(file_name) for file_name in file_names]
    return sorted({it[1] for it in parsed if it and it[0] == canonicalize_name(name)})


def _built_version(name: str, files: tuple[Path, ...]) -> str:
    """Return the one version that wheels and sdists called `name` carry.

    Raises:
        SettingsError: none, or more than one.
    """
    versions = built_versions(name, [file.name for file in files])
    if len(versions) == 1:
        return versions[0]
    if versions:
        problem = f"the artifacts are of {len(versions)} versions: {', '.join(versions)}"
        remedy = "remove the old ones from the artifacts' folder"
    else:
        problem = "pyproject.toml states none, and no wheel or sdist of it is among the artifacts"
        remedy = 'build first (`python -m build`), or say `version = "…"` in [release]'
    raise SettingsError(
        f"the release's version is not known: {problem}", remedy=remedy, where="release.version"
    )


def _purl(name: str) -> str:
    """Return the package URL of a Python project (purl-spec, type `pypi`).

    Without a version: the trust file of those who verify expects one URI for all releases.
    """
    from urllib.parse import quote

    return f"pkg:pypi/{quote(name.lower().replace('_', '-'))}"
