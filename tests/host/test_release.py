"""What is about to go out: artifacts, name, version and revision."""

from __future__ import annotations

import os
import socket
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from assurance.errors import SettingsError, UndecidedError
from assurance.release import artifact, platform_of, read_release, weakenings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assurance.settings import Settings

    MakeSettings = Callable[..., Settings]

WHEEL = "inkwell-0.3.0-py3-none-any.whl"
SDIST = "inkwell-0.3.0.tar.gz"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a wheel and an sdist in dist/."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "inkwell"\nversion = "0.3.0"\n')
    (tmp_path / "dist").mkdir()
    for name in (WHEEL, SDIST, "notes.pdf"):
        (tmp_path / "dist" / name).write_bytes(name.encode())
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular."""
    who = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(project: Path) -> Path:
    """Return the project with everything committed."""
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "x")
    return project


def test_release_of_a_project(project: Path, make_settings: MakeSettings) -> None:
    """Each artifact has name, digest, size and platform; they are sorted by name."""
    release, files = read_release(make_settings(project, artifacts=("dist/*",)))
    assert ("inkwell", "0.3.0", None) == (release.name, release.version, release.revision)
    assert "pkg:pypi/inkwell" == release.resource_uri
    assert [WHEEL, SDIST, "notes.pdf"] == [it.name for it in release.artifacts]
    assert [it.name for it in release.artifacts] == [it.name for it in files]
    assert ["py3-none-any", "sdist", None] == [it.platform for it in release.artifacts]
    for it in release.artifacts:
        assert (sha256(it.name.encode()).hexdigest(), len(it.name)) == (it.sha256, it.size)


def test_no_artifact_is_no_error(project: Path, make_settings: MakeSettings) -> None:
    """What is not built yet is a finding of the policy, so it must come that far."""
    release, files = read_release(make_settings(project, artifacts=("build/*",)))
    assert ((), ()) == (release.artifacts, files)


def test_a_file_matched_twice_counts_once(project: Path, make_settings: MakeSettings) -> None:
    """Globs may overlap."""
    release, _ = read_release(
        make_settings(project, artifacts=("dist/*.whl", "dist/*", "**/*.whl"))
    )
    assert 3 == len(release.artifacts)


def test_two_artifacts_of_one_name(project: Path, make_settings: MakeSettings) -> None:
    """Artifacts are told apart by their file names."""
    (project / "old").mkdir()
    (project / "old" / WHEEL).write_bytes(b"other")
    with pytest.raises(SettingsError, match=f"two release artifacts are called `{WHEEL}`"):
        read_release(make_settings(project, artifacts=("dist/*", "old/*")))


def _folder(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    # The path of a socket is limited to 108 bytes: bind relative to its folder.
    before = os.getcwd()  # noqa: PTH109 - restored with chdir
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as it:
            it.bind(path.name)
    finally:
        os.chdir(before)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link_out(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_folder, "`dist/odd` is a folder"),
        (_socket, "`dist/odd` is not a regular file"),
        (_pipe, "`dist/odd` is not a regular file"),
        (_link_out, "`dist/odd` leads out of .*, to /etc/hostname"),
        (_broken_link, "`dist/odd` cannot be read"),
        (_link_to_itself, "`dist/odd` cannot be read"),
    ],
)
def test_only_regular_files_of_the_project(
    project: Path, make_settings: MakeSettings, make: Callable[[Path], None], reason: str
) -> None:
    """Anything else among the matches is refused, not passed over."""
    make(project / "dist" / "odd")
    with pytest.raises(SettingsError, match=f"release artifact {reason}"):
        read_release(make_settings(project, artifacts=("dist/*",)))


def test_a_symlink_inside_the_project_is_fine(project: Path, make_settings: MakeSettings) -> None:
    """It counts as the file it points to, under its own name."""
    (project / "latest.whl").symlink_to(f"dist/{WHEEL}")
    release, _ = read_release(make_settings(project, artifacts=("latest.whl",)))
    assert [("latest.whl", sha256(WHEEL.encode()).hexdigest())] == [
        (it.name, it.sha256) for it in release.artifacts
    ]


def test_parent_folders_are_outside(project: Path, make_settings: MakeSettings) -> None:
    """`..` does not lead out of the project."""
    (project.parent / "outside.whl").write_bytes(b"x")
    with pytest.raises(SettingsError, match=r"outside.whl` leads out of"):
        read_release(make_settings(project, artifacts=("../outside.whl",)))


@pytest.mark.parametrize("name", [b"\xff.whl", b"a\nb.whl", b"a\x1b[31m.whl"])
def test_file_names_are_text(project: Path, make_settings: MakeSettings, name: bytes) -> None:
    """A name that cannot be written in evidence, or that would act on a terminal, is refused."""
    (project / "dist" / os.fsdecode(name)).write_bytes(b"x")
    with pytest.raises(SettingsError, match="is not printable text"):
        read_release(make_settings(project, artifacts=("dist/*",)))


@pytest.mark.parametrize(
    ("name", "platform"),
    [
        ("a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
         "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("a-1-2-py2.py3-none-any.whl", "py2.py3-none-any"),
        ("a-1.whl", None),
        ("a.whl", None),
        ("a-1.tar.gz", "sdist"),
        ("notes.tar.gz", None),
        ("a-1.zip", None),
    ],
)  # fmt: skip
def test_platform(name: str, platform: str | None) -> None:
    """A wheel's tags as written, `sdist`, or nothing."""
    assert platform == platform_of(name)


def test_artifact_that_is_gone(tmp_path: Path) -> None:
    """Taken again before sealing, a file may be gone."""
    with pytest.raises(UndecidedError, match="cannot be read: No such file"):
        artifact(tmp_path / "gone.whl")


def test_version_from_what_was_built(project: Path, make_settings: MakeSettings) -> None:
    """A dynamic version stands in the names of wheel and sdist."""
    (project / "pyproject.toml").write_text('[project]\nname = "Ink_Well"\ndynamic = ["version"]\n')
    (project / "dist" / "ink_well-1.2.3.dev4+g1-py3-none-any.whl").write_bytes(b"x")
    release, _ = read_release(make_settings(project, artifacts=("dist/*",)))
    assert ("Ink_Well", "1.2.3.dev4+g1") == (release.name, release.version)


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        (None, "no wheel or sdist of it is among the artifacts"),
        (("inkwell-0.4.0.tar.gz", "inkwell-0.5.0.tar.gz"), "of 2 versions: 0.4.0, 0.5.0"),
    ],
)
def test_version_that_cannot_be_told(
    tmp_path: Path, make_settings: MakeSettings, extra: tuple[str, ...] | None, reason: str
) -> None:
    """Nothing is guessed when nothing, or more than one thing, was built."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "inkwell"\ndynamic = ["version"]\n')
    for name in extra or ():
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(SettingsError, match=reason):
        read_release(make_settings(tmp_path, artifacts=("*.tar.gz",)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "pyproject.toml has no `project.name`"),
        ("project = 3", "pyproject.toml has no `project.name`"),
        ("[project", "pyproject.toml cannot be read"),
        ("[project]\nname = 3", "pyproject.toml has 3 as `project.name`"),
        ('[project]\nname = "../x"\nversion = "1"', "has '../x' as"),
        ('[project]\nname = "x"\nversion = "1/2"', "version '1/2' has characters"),
        ('[project]\nname = "x"\nversion = 1.2', "version 1.2 has characters"),
    ],
)
def test_name_or_version_of_no_use(
    tmp_path: Path, make_settings: MakeSettings, text: str | None, reason: str
) -> None:
    """Name and version become file names, so they are checked."""
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match=reason):
        read_release(make_settings(tmp_path))


def test_stated_name_version_and_revision(tmp_path: Path, make_settings: MakeSettings) -> None:
    """Settings win over what is found out, and need no pyproject.toml."""
    settings = make_settings(tmp_path, name="x", version="1", revision="a" * 40)
    release, _ = read_release(settings)
    assert ("x", "1", "a" * 40) == (release.name, release.version, release.revision)
    assert "could not be checked" in weakenings(settings, release)[0]


def test_revision_of_a_repository(repository: Path, make_settings: MakeSettings) -> None:
    """The commit that is checked out, with nothing to remark."""
    settings = make_settings(repository)
    release, _ = read_release(settings)
    assert git(repository, "rev-parse", "HEAD") == release.revision
    assert () == weakenings(settings, release)


def test_changed_files_are_a_weakening(repository: Path, make_settings: MakeSettings) -> None:
    """What was built from changed files is not what the revision says; builds may lie about."""
    settings = make_settings(repository)
    (repository / "dist" / "new.whl").write_bytes(b"x")
    release, _ = read_release(settings)
    assert () == weakenings(settings, release)
    (repository / "pyproject.toml").write_text('[project]\nname = "y"\nversion = "2"\n')
    assert "has changes that revision" in weakenings(settings, release)[0]


def test_sources_that_git_does_not_know_are_a_weakening(
    repository: Path, make_settings: MakeSettings
) -> None:
    """A build takes them up, and the revision does not have them; ignored ones are no sources."""
    settings = make_settings(repository)
    release, _ = read_release(settings)
    for folder in (".venv/lib", "build/lib", "dist"):
        (repository / folder).mkdir(parents=True, exist_ok=True)
        (repository / folder / "made.py").write_text("")
    (repository / "generated.py").write_text("")
    (repository / ".git" / "info" / "exclude").write_text("generated.py\n")
    assert () == weakenings(settings, release)
    (repository / "src" / "x").mkdir(parents=True)
    (repository / "src" / "x" / "b.py").write_text("")
    said = weakenings(settings, release)
    assert said[0].endswith(": src/x/b.py")
    (repository / "src" / "x" / "a.py").write_text("")
    assert weakenings(settings, release)[0].endswith(": src/x/a.py and 1 more")


def test_a_folder_that_nobody_committed(repository: Path, make_settings: MakeSettings) -> None:
    """A project below a repository that does not track it is not what the revision says."""
    folder = repository / "services" / "api"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    settings = make_settings(folder)
    release, _ = read_release(settings)
    assert git(repository, "rev-parse", "HEAD") == release.revision
    assert weakenings(settings, release)[0].endswith(": pyproject.toml")


def test_a_revision_that_is_not_checked_out(repository: Path, make_settings: MakeSettings) -> None:
    """A stated revision is compared with the one that is there."""
    settings = make_settings(repository, revision="b" * 40)
    release, _ = read_release(settings)
    assert "the settings state revision bbbbbbbbbbbb" in weakenings(settings, release)[0]


def test_no_repository_and_no_commit(project: Path, make_settings: MakeSettings) -> None:
    """Without a commit there is no revision, and that is said."""
    settings = make_settings(project)
    release, _ = read_release(settings)
    assert "no source revision is known" in weakenings(settings, release)[0]
    git(project, "init", "-q")
    assert read_release(settings)[0].revision is None


def test_no_git(
    repository: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without git knows no revision."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert read_release(make_settings(repository))[0].revision is None


def test_a_repository_that_git_refuses(repository: Path, make_settings: MakeSettings) -> None:
    """Broken is not the same as absent."""
    (repository / ".git" / "config").write_text("[core\n")
    with pytest.raises(UndecidedError, match="git cannot tell the source revision: "):
        read_release(make_settings(repository))


def test_variables_do_not_point_git_elsewhere(
    repository: Path,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Run from a git hook of another repository, the project's own one counts."""
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    expected = git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert expected == read_release(make_settings(repository))[0].revision
