"""`pylock.toml`, `uv.lock` and `poetry.lock`: what belongs to the release, and who needs whom."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from packaging.pylock import Pylock

from assurance import CollectError
from assurance_sbom import poetry_lock, pylock_file, toml_table, uv_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.plugins.sbom.conftest import Collect

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "sbom"
ROOT = "pkg:pypi/inkwell@0.3.0"
HASH = "ab" * 32


def _registry(name: str, version: str = "1.0", more: str = "") -> str:
    """A package of an index, as uv writes it."""
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
        f'source = {{ registry = "https://index.example.com/simple" }}\n{more}'
        f'sdist = {{ url = "https://files.example.com/{name}.tar.gz", hash = "sha256:{HASH}" }}\n\n'
    )


UV = (VECTORS / "uv" / "whole" / "uv.lock").read_text("utf-8")


@pytest.fixture
def uv(project: Path) -> Path:
    """A lock with a fork, an extra, a group, a member and a Git source."""
    path = project / "uv.lock"
    path.write_text(UV, "utf-8")
    return path


def _names(document: Mapping[str, Any]) -> set[str]:
    return {f"{entry['name']}@{entry.get('version')}" for entry in document["components"]}


def _property(entry: Mapping[str, Any], name: str) -> list[str]:
    return [item["value"] for item in entry.get("properties", []) if item["name"] == name]


def test_uv_lock_is_followed_from_the_project(uv: Path, collect: Collect) -> None:
    """Extras, forks and members that are reached are listed; groups are left out, and named."""
    document = collect(uv)
    assert {
        "colour@1.0",
        "forked@1.0",
        "forked@2.0",
        "from-git@1.0",
        "idna@3.20",
        "member@0.1",
        "speed@1.0",
        "web@1.0",
    } == _names(document)
    assert ["page-maker@1.0", "tester@1.0"] == _property(
        document["metadata"], "release-assurance:left-out"
    )
    edges = {entry["ref"]: entry["dependsOn"] for entry in document["dependencies"]}
    assert [
        "member@0.1",
        "pkg:pypi/colour@1.0",
        "pkg:pypi/forked@1.0",
        "pkg:pypi/forked@2.0",
        "pkg:pypi/from-git@1.0?vcs_url=git%2Bhttps://git.example.com/x.git%40" + "c" * 40,
        "pkg:pypi/web@1.0",
    ] == edges[ROOT]
    assert ["pkg:pypi/idna@3.20", "pkg:pypi/speed@1.0"] == edges["pkg:pypi/web@1.0"]
    assert ["pkg:pypi/web@1.0"] == edges["pkg:pypi/idna@3.20"]
    assert ["complete"] == [entry["aggregate"] for entry in document["compositions"]]
    assert "secret" not in json.dumps(document)


def test_what_is_needed_elsewhere_is_optional(uv: Path, collect: Collect) -> None:
    """A marker that does not hold here makes optional, never absent."""
    assert {"colour", "forked@1.0"} == {
        entry["name"] if entry["name"] != "forked" else f"forked@{entry['version']}"
        for entry in collect(uv)["components"]
        if "optional" == entry.get("scope")
    }


def test_a_member_is_nobodys_package(uv: Path, collect: Collect) -> None:
    """A folder has no package URL; the document says that it is local."""
    (member,) = [entry for entry in collect(uv)["components"] if "member" == entry["name"]]
    assert "purl" not in member
    assert ["local"] == _property(member, "release-assurance:origin")


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({"extras": ["Docs"]}, {"page-maker@1.0"}),
        ({"groups": ["dev"]}, {"tester@1.0"}),
        ({"extras": ["docs"], "groups": ["dev"]}, {"page-maker@1.0", "tester@1.0"}),
    ],
)
def test_extras_and_groups_can_be_released(
    options: dict[str, Any], more: set[str], uv: Path, collect: Collect
) -> None:
    """What the settings choose is part of the release."""
    document = collect(uv, options=options)
    assert more == _names(document) - _names(collect(uv))
    assert "web@1.0" in _names(document)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"extras": ["dcos"]}, "the lock has no extra 'dcos'"),
        ({"groups": ["docs"]}, "the lock has no group 'docs'"),
    ],
)
def test_a_misspelt_extra_is_refused(
    options: dict[str, Any], reason: str, uv: Path, collect: Collect
) -> None:
    """What is not there cannot be left out in silence."""
    with pytest.raises(CollectError, match=reason):
        collect(uv, options=options)


def test_uv_lock_of_another_name_begins_at_the_folder(uv: Path, collect: Collect) -> None:
    """The release may be called otherwise than the project at `.`."""
    assert "web@1.0" in _names(collect(uv, name="Ledger API"))


def test_uv_lock_without_a_project_lists_everything(project: Path, collect: Collect) -> None:
    """Where nothing says what is needed, nothing is left out."""
    path = project / "uv.lock"
    path.write_text("version = 1\n" + _registry("a") + _registry("b"), "utf-8")
    assert {"a@1.0", "b@1.0"} == _names(collect(path))
    with pytest.raises(CollectError, match="none can be chosen: docs"):
        collect(path, options={"extras": ["docs"]})


def _poetry_package(name: str, more: str = "", *, optional: str = "false") -> str:
    return (
        f'[[package]]\nname = "{name}"\nversion = "1.0"\ndescription = "d"\n'
        f'optional = {optional}\npython-versions = ">=3.8"\n'
        f'files = [{{file = "{name}-1.0.tar.gz", hash = "sha256:{HASH}"}}]\n{more}\n'
    )


def test_poetry_project_as_pep_621_has_it(poetry: Path, collect: Collect) -> None:
    """`[project]` says it as well as `[tool.poetry]`; without either everything is listed."""
    (poetry.parent / "pyproject.toml").write_text(
        '[project]\nname = "inkwell"\nversion = "0.3.0"\ndependencies = ["web[fast]>=1"]\n'
        '[project.optional-dependencies]\ndocs = ["page-maker"]\n',
        "utf-8",
    )
    assert {"idna@1.0", "speed@1.0", "web@1.0"} == _names(collect(poetry))
    assert "page-maker@1.0" in _names(collect(poetry, options={"extras": ["docs"]}))
    (poetry.parent / "pyproject.toml").unlink()
    assert 5 == len(_names(collect(poetry)))


def test_poetry_requirement_that_is_not_locked_is_named(poetry: Path, collect: Collect) -> None:
    """A lock that is behind its project leaves the release incomplete."""
    (poetry.parent / "pyproject.toml").write_text(
        (VECTORS / "poetry" / "whole" / "pyproject.toml")
        .read_text("utf-8")
        .replace("python =", 'gone = "*"\npython ='),
        "utf-8",
    )
    document = collect(poetry)
    assert {"aggregate": "incomplete", "dependencies": [ROOT]} in document["compositions"]
    assert ["gone"] == _property(
        document["metadata"]["component"], "release-assurance:missing-requirement"
    )


def test_poetry_sources_and_markers(project: Path, collect: Collect) -> None:
    """Git, archives, folders and old file tables; a package's own marker makes it optional."""
    commit = "c" * 40
    path = project / "poetry.lock"
    ssh = 'type = "git"\nurl = "git@git.example.com:x.git"\n'
    away = f"\"os_name == '{HASH}'\""
    by_group = f"{{main = {away}, dev = \"os_name != ''\"}}"
    packages = (
        _poetry_package("git", f'[package.source]\n{ssh}resolved_reference = "{commit}"\n'),
        _poetry_package(
            "archive", '[package.source]\ntype = "url"\nurl = "https://example.com/a.zip"\n'
        ),
        _poetry_package("folder", '[package.source]\ntype = "directory"\nurl = "../x"\n'),
        _poetry_package("elsewhere").replace("files =", f"markers = {away}\nfiles ="),
        _poetry_package("grouped").replace("files =", f"markers = {by_group}\nfiles ="),
        '[metadata]\nlock-version = "1.1"\n',
    )
    path.write_text("".join(packages), "utf-8")
    found = {entry["name"]: entry for entry in collect(path)["components"]}
    assert (
        f"pkg:pypi/git@1.0?vcs_url=git%2Bssh://git.example.com/x.git%40{commit}"
        == found["git"]["purl"]
    )
    assert "pkg:pypi/archive@1.0?download_url=https://example.com/a.zip" == found["archive"]["purl"]
    assert "purl" not in found["folder"]
    assert "optional" == found["elsewhere"]["scope"]
    assert "scope" not in found["grouped"]


def test_old_poetry_lock_keeps_its_files_apart(project: Path, collect: Collect) -> None:
    """lock-version 1.1 has the hashes in `[metadata.files]`."""
    path = project / "poetry.lock"
    path.write_text(
        '[[package]]\nname = "idna"\nversion = "1.0"\ncategory = "main"\noptional = false\n'
        '[metadata]\nlock-version = "1.1"\n'
        f'[metadata.files]\nidna = [{{file = "idna.whl", hash = "sha256:{HASH}"}}]\n',
        "utf-8",
    )
    (idna,) = collect(path)["components"]
    assert [{"alg": "SHA-256", "content": HASH}] == idna["hashes"]


PYLOCK = (VECTORS / "pylock" / "whole" / "pylock.dev.toml").read_text("utf-8")


def test_pylock_is_read_as_packaging_reads_it(project: Path, collect: Collect) -> None:
    """Same names, versions, markers and hashes as `packaging.pylock`; edges where it has them."""
    path = project / "pylock.dev.toml"
    path.write_text(PYLOCK, "utf-8")
    theirs = Pylock.from_dict(tomllib.loads(PYLOCK))
    document = collect(path)
    components = {entry["name"]: entry for entry in document["components"]}
    assert {
        (package.name, None if package.version is None else str(package.version))
        for package in theirs.packages
    } == {(name, entry.get("version")) for name, entry in components.items()}
    for package in theirs.packages:
        files: list[Any] = [*(package.wheels or ()), package.sdist, package.archive]
        strong = {
            (algorithm, content)
            for file in filter(None, files)
            for algorithm, content in file.hashes.items()
            if algorithm != "md5"
        }
        entry = components[package.name]
        assert strong == {
            (item["alg"].lower().replace("-", ""), item["content"])
            for item in entry.get("hashes", ())
        }
        marker = _property(entry, "release-assurance:marker")
        assert ([] if package.marker is None else [str(package.marker).replace('"', "'")]) == marker
    assert "optional" == components["idna"]["scope"]
    edges = {entry["ref"]: entry["dependsOn"] for entry in document["dependencies"]}
    colour = f"pkg:pypi/colour@2.0?vcs_url=git%2Bhttps://git.example.com/c%40{'c' * 40}"
    assert {"pkg:pypi/web@1.0": [colour, "pkg:pypi/idna@3.20"], colour: []} == edges
    (unknown,) = [e for e in document["compositions"] if "unknown" == e["aggregate"]]
    assert {"pkg:pypi/idna@3.20", "folder"} < set(unknown["dependencies"])


def test_pylock_and_the_release_that_needs_more(project: Path, collect: Collect) -> None:
    """What the project requires and the lock lacks makes it incomplete; an empty one is refused."""
    (project / "pyproject.toml").write_text(
        '[project]\nname = "inkwell"\ndependencies = ["web", "gone"]\n', "utf-8"
    )
    path = project / "pylock.toml"
    path.write_text(PYLOCK, "utf-8")
    root = collect(path)["metadata"]["component"]
    assert ["gone"] == _property(root, "release-assurance:missing-requirement")
    path.write_text('lock-version = "1.0"\ncreated-by = "x"\npackages = []\n', "utf-8")
    with pytest.raises(CollectError, match="has no package, but the release requires gone, web"):
        collect(path)


def test_lock_that_is_gone_is_missing(project: Path, collect: Collect) -> None:
    """A lock that is not there is MISSING, not undecided."""
    for name in ("pylock.toml", "uv.lock", "poetry.lock"):
        with pytest.raises(CollectError, match="there is no such file") as caught:
            collect(project / name)
        assert caught.value.missing


def test_too_large_and_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and number of packages are bounded."""
    monkeypatch.setattr(toml_table, "MAX_PACKAGES", 0)
    with pytest.raises(CollectError, match="more than 0 packages"):
        uv_lock.parse(UV.encode(), where="uv.lock", project="inkwell")
    monkeypatch.setattr(toml_table, "MAX_BYTES", 10)
    with pytest.raises(CollectError, match="longer than 10 bytes"):
        uv_lock.parse(UV.encode(), where="uv.lock", project="inkwell")


def test_headers_inside_a_text_do_not_shift_lines() -> None:
    """Where headers cannot be counted, the index in the list is named instead of a line."""
    text = 'version = 1\nx = """\n[[package]]\n"""\n[[package]]\nname = "a"\n'
    with pytest.raises(CollectError) as caught:
        uv_lock.parse(text.encode(), where="uv.lock", project="inkwell")
    assert "uv.lock: package[0]" == caught.value.where


GOOD = {kind: (VECTORS / kind / "good.toml").read_bytes() for kind in ("uv", "poetry", "pylock")}


def _parse(kind: str, data: bytes) -> None:
    try:
        if kind == "uv":
            found = uv_lock.parse(data, where="lock", project="inkwell")
        elif kind == "poetry":
            found = poetry_lock.parse(data, where="lock", pyproject=toml_table.Table({}, "p"))
        else:
            found = pylock_file.parse(data, where="lock")
    except CollectError as err:
        assert err.remedy  # noqa: PT017 - the other outcome is right too
        assert str(err.where).startswith("lock")  # noqa: PT017 - the other outcome is right too
        return
    for package in found.packages:
        assert package.hashes or package.origin is not None


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(GOOD)),
    st.integers(0, 700),
    st.sampled_from([b"", b'"', b"\n", b"[", b"]", b"{", b"=", b"#", b"\xff", b"1", b"[[x]]\n"]),
)
@example("uv", 0, b"a = 1" + b"0" * 5000 + b"\n")
@example("uv", 0, b"a = 9999-99-99\n")
def test_changed_lock_raises_only_our_error(kind: str, at: int, text: bytes) -> None:
    """A lock that is nearly right is read with hashes, or refused with a place."""
    data = GOOD[kind]
    _parse(kind, data[:at] + text + data[at + 1 :])
    _parse(kind, data[:at])


@given(st.sampled_from(sorted(GOOD)), st.binary(max_size=100))
def test_any_bytes_raise_only_our_error(kind: str, data: bytes) -> None:
    """Any bytes are a lock, or refused."""
    _parse(kind, data)
