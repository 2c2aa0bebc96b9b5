"""The inventory of hashed lock files."""

from __future__ import annotations

import os
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from assurance import CollectError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.sbom.conftest import Collect

ROOT = "pkg:pypi/inkwell@0.3.0"
ONE = "11" * 32
TWO = "22" * 32


@pytest.fixture
def lock(project: Path) -> Path:
    """A lock of two packages, as `uv pip compile --generate-hashes` writes it."""
    path = project / "requirements.txt"
    path.write_text(
        f"""# This file was compiled by hand
--index-url https://index.example.com/simple --extra-index-url="https://more.example.com" --pre
attrs==26.1.0 \\
    --hash=sha256:{TWO} \\
    --hash=sha256:{ONE}
    # via cattrs
Ruamel_Yaml[jinja2,LibYAML]===0.18 --hash sha512:{"AB" * 64}  # trailing
""",
        "utf-8",
    )
    return path


def _wheel(folder: Path, *requires: str, name: str = "inkwell", tags: str = "py3-none-any") -> Path:
    wheel = folder / f"{name}-0.3.0-{tags}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            f"{name}-0.3.0.dist-info/METADATA",
            "\n".join(
                [f"Name: {name}", "Version: 0.3.0", *(f"Requires-Dist: {r}" for r in requires), ""]
            ),
        )
    return wheel


def _property(entry: dict[str, Any], name: str) -> list[str]:
    return [item["value"] for item in entry.get("properties", []) if item["name"] == name]


def test_components_have_purl_and_archive_hashes(lock: Path, collect: Collect) -> None:
    """Each pin is a component with every hash of its archives, sorted."""
    document = collect(lock)
    assert [
        {
            "type": "library",
            "bom-ref": "pkg:pypi/attrs@26.1.0",
            "name": "attrs",
            "version": "26.1.0",
            "purl": "pkg:pypi/attrs@26.1.0",
            "hashes": [{"alg": "SHA-256", "content": ONE}, {"alg": "SHA-256", "content": TWO}],
        },
        {
            "type": "library",
            "bom-ref": "pkg:pypi/ruamel-yaml@0.18",
            "name": "Ruamel_Yaml",
            "version": "0.18",
            "purl": "pkg:pypi/ruamel-yaml@0.18",
            "hashes": [{"alg": "SHA-512", "content": "ab" * 64}],
            "properties": [
                {"name": "cdx:python:package:required-extra", "value": "jinja2"},
                {"name": "cdx:python:package:required-extra", "value": "libyaml"},
            ],
        },
    ] == document["components"]
    assert ["requirements.txt"] == _property(document["metadata"], "release-assurance:lock")


def test_dependencies_are_unknown_and_said_so(lock: Path, collect: Collect) -> None:
    """A lock knows no edges: nothing is in the graph, and the composition says unknown."""
    document = collect(lock)
    assert [] == document["dependencies"]
    assert [
        {
            "aggregate": "unknown",
            "dependencies": ["pkg:pypi/attrs@26.1.0", ROOT, "pkg:pypi/ruamel-yaml@0.18"],
        }
    ] == document["compositions"]
    assert [{"phase": "pre-build"}] == document["metadata"]["lifecycles"]


def test_wheel_gives_the_direct_requirements(tmp_path: Path, lock: Path, collect: Collect) -> None:
    """With the built wheel the root's own edges are known; a foreign wheel is passed over."""
    wheels = (
        _wheel(tmp_path, "attrs", name="other"),
        _wheel(tmp_path, "ruamel.yaml>=0.17", 'gone ; os_name == ""', 'attrs ; extra == "x"'),
    )
    document = collect(lock, artifacts=wheels)
    assert [{"ref": ROOT, "dependsOn": ["pkg:pypi/ruamel-yaml@0.18"]}] == document["dependencies"]
    assert {"aggregate": "complete", "dependencies": [ROOT]} in document["compositions"]


def test_every_wheel_of_the_release_counts(tmp_path: Path, lock: Path, collect: Collect) -> None:
    """Wheels for different platforms may require different packages: the release needs them all."""
    wheels = (
        _wheel(tmp_path, "attrs", tags="cp311-cp311-any"),
        _wheel(tmp_path, "attrs", "gone", tags="cp312-cp312-any"),
    )
    document = collect(lock, artifacts=wheels)
    assert ["gone"] == _property(
        document["metadata"]["component"], "release-assurance:missing-requirement"
    )
    assert {"aggregate": "incomplete", "dependencies": [ROOT]} in document["compositions"]


def test_requirement_that_is_not_locked_is_named(
    tmp_path: Path, lock: Path, collect: Collect
) -> None:
    """What the wheel requires and the lock lacks makes the root incomplete."""
    document = collect(lock, artifacts=(_wheel(tmp_path, "Gone", "attrs"),))
    assert {"aggregate": "incomplete", "dependencies": [ROOT]} in document["compositions"]
    assert ["gone"] == _property(
        document["metadata"]["component"], "release-assurance:missing-requirement"
    )


def test_wheel_with_broken_requirement_is_incomplete(
    tmp_path: Path, lock: Path, collect: Collect
) -> None:
    """A requirement of the release that does not parse is no known edge."""
    document = collect(lock, artifacts=(_wheel(tmp_path, "[attrs]"),))
    assert {"aggregate": "incomplete", "dependencies": [ROOT]} in document["compositions"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[project]\nname = "Inkwell"\ndependencies = ["attrs>=20"]', ["pkg:pypi/attrs@26.1.0"]),
        ('[project]\nname = "inkwell"', []),
        ('[project]\nname = "inkwell"\ndynamic = ["dependencies"]', None),
        ('[project]\nname = "other"\ndependencies = ["attrs"]', None),
        ('[project]\nname = "inkwell"\ndependencies = "attrs"', None),
        ('[project]\nname = "inkwell"\ndependencies = [1]', None),
        ("[project]\nname = 1", None),
        ("project = 1", None),
    ],
)
def test_pyproject_gives_the_direct_requirements(
    text: str, expected: list[str] | None, project: Path, lock: Path, collect: Collect
) -> None:
    """Without a wheel the project's own table counts, if it is about the release."""
    (project / "pyproject.toml").write_text(text, "utf-8")
    edges = {entry["ref"]: entry["dependsOn"] for entry in collect(lock)["dependencies"]}
    assert ({} if expected is None else {ROOT: expected}) == edges


@pytest.mark.parametrize("data", [b"[project", b"\xff", b"a = " + b"[" * 100_000])
def test_broken_pyproject_is_refused(
    data: bytes, project: Path, lock: Path, collect: Collect
) -> None:
    """A pyproject.toml that cannot be read is named."""
    (project / "pyproject.toml").write_bytes(data)
    with pytest.raises(CollectError, match=r"pyproject.toml cannot be read"):
        collect(lock)


@pytest.mark.parametrize("keep", [0, 10, 60, -30])
def test_cut_wheel_is_refused(keep: int, tmp_path: Path, lock: Path, collect: Collect) -> None:
    """A wheel that cannot be opened is refused: what it needs is not guessed."""
    wheel = _wheel(tmp_path, "attrs")
    wheel.write_bytes(wheel.read_bytes()[:keep])
    with pytest.raises(CollectError, match="the wheel cannot be read"):
        collect(lock, artifacts=(wheel,))


def test_wheel_without_metadata_is_refused(tmp_path: Path, lock: Path, collect: Collect) -> None:
    """A wheel has exactly one METADATA."""
    wheel = tmp_path / "inkwell-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("inkwell.py", "")
    with pytest.raises(CollectError, match="it has 0 METADATA files"):
        collect(lock, artifacts=(wheel,))


def test_marker_of_another_platform_makes_it_optional(project: Path, collect: Collect) -> None:
    """What is needed elsewhere is listed with its marker, not left out."""
    lock = project / "requirements.txt"
    lock.write_text(
        f'colorama==0.4.6 ; sys_platform == "{sys.platform}x" --hash=sha256:{ONE}\n'
        f'attrs==26.1.0 ; os_name == "{os.name}" --hash=sha256:{ONE}\n',
        "utf-8",
    )
    attrs, colorama = collect(lock)["components"]
    assert "optional" == colorama["scope"]
    assert [f'sys_platform == "{sys.platform}x"'] == _property(colorama, "release-assurance:marker")
    assert "scope" not in attrs


def test_versions_for_different_interpreters_are_both_listed(
    tmp_path: Path, project: Path, collect: Collect
) -> None:
    """A universal lock may pin one package twice if at most one line applies at a time."""
    lock = project / "requirements.txt"
    lock.write_text(
        f'attrs==25.1 ; python_version < "3" --hash=sha256:{ONE}\n'
        f'attrs==26.1 ; python_version >= "3" --hash=sha256:{TWO}\n',
        "utf-8",
    )
    document = collect(lock, artifacts=(_wheel(tmp_path, "attrs"),))
    assert ["25.1", "26.1"] == [entry["version"] for entry in document["components"]]
    assert [["pkg:pypi/attrs@25.1", "pkg:pypi/attrs@26.1"]] == [
        entry["dependsOn"] for entry in document["dependencies"]
    ]


@pytest.mark.parametrize(
    ("first", "second", "marker"),
    [
        ("", "", []),
        ("; os_name == 'x'", "", []),
        ("; os_name == 'x'", "; os_name == 'x'", ['os_name == "x"']),
        (
            "; os_name == 'y'",
            "; os_name == 'x'",
            ['(os_name == "x") or (os_name == "y")'],
        ),
    ],
)
def test_same_version_in_two_files_is_one_component(
    first: str, second: str, marker: list[str], project: Path, collect: Collect
) -> None:
    """Hashes, extras and markers of lines about one version are joined."""
    a, b = project / "a.txt", project / "b.txt"
    a.write_text(f"attrs[x]==26.1 {first} --hash=sha256:{ONE}\n", "utf-8")
    b.write_text(f"Attrs[y]==26.1 {second} --hash=sha256:{TWO}\n", "utf-8")
    (entry,) = collect(a, b)["components"]
    assert [ONE, TWO] == [item["content"] for item in entry["hashes"]]
    assert ["x", "y"] == _property(entry, "cdx:python:package:required-extra")
    assert marker == _property(entry, "release-assurance:marker")
    assert bool(marker) == ("scope" in entry)


def test_lock_that_says_it_is_empty(project: Path, collect: Collect) -> None:
    """A comment and no requirement: no components, and this is said to be complete."""
    lock = project / "requirements.txt"
    lock.write_text("# no dependencies\n", "utf-8")
    document = collect(lock)
    assert [] == document["components"]
    assert [{"ref": ROOT, "dependsOn": []}] == document["dependencies"]
    assert [{"aggregate": "complete", "dependencies": [ROOT]}] == document["compositions"]


def test_empty_lock_of_a_release_with_requirements_is_refused(
    tmp_path: Path, project: Path, collect: Collect
) -> None:
    """A lock cannot be empty when the wheel requires something."""
    lock = project / "requirements.txt"
    lock.write_text("# no dependencies\n", "utf-8")
    with pytest.raises(CollectError, match="the lock has no package, but the release requires a"):
        collect(lock, artifacts=(_wheel(tmp_path, "a"),))


def test_comment_ends_a_continuation_as_in_pip(project: Path, collect: Collect) -> None:
    """A comment inside a continued line is dropped with its line break."""
    lock = project / "requirements.txt"
    lock.write_bytes(
        b"\xef\xbb\xbf"
        + f"attrs==26.1 \\\r\n    --hash=sha256:{ONE} \\\r\n  # note \\\r\n".encode()
    )
    (entry,) = collect(lock)["components"]
    assert "26.1" == entry["version"]


def test_lock_that_is_gone(project: Path, collect: Collect) -> None:
    """A lock that is not there is missing evidence."""
    with pytest.raises(CollectError, match="there is no such file") as caught:
        collect(project / "requirements.txt")
    assert caught.value.missing


def test_lock_outside_the_project_is_shown_by_name(tmp_path: Path, collect: Collect) -> None:
    """The document does not tell where on this machine a file was."""
    lock = tmp_path / "lock.txt"
    lock.write_text("# nothing\n", "utf-8")
    document = collect(lock)
    assert ["lock.txt"] == _property(document["metadata"], "release-assurance:lock")


def test_limits(project: Path, collect: Collect, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, line and count are bounded."""
    lock = project / "requirements.txt"
    with lock.open("wb") as file:
        file.truncate(32 * 1024 * 1024 + 1)
    with pytest.raises(CollectError, match="33554433 bytes, 33554432 are allowed"):
        collect(lock)
    lock.write_text("a==1 \\\n" + "\\\n".join(["x" * 1000] * 1100), "utf-8")
    with pytest.raises(CollectError, match=r"requirements.txt:1049: a line with its continuations"):
        collect(lock)
    monkeypatch.setattr("assurance_sbom.requirements_file.MAX_PINS", 1)
    lock.write_text(f"a==1 --hash=sha256:{ONE}\nb==1 --hash=sha256:{ONE}\n", "utf-8")
    with pytest.raises(CollectError, match="more than 1 requirements"):
        collect(lock)
    monkeypatch.setattr("assurance_sbom.requirements_file.MAX_BYTES", 10)
    monkeypatch.setattr(
        "assurance_sbom.requirements_inventory.read_file", lambda path, _limit: path.read_bytes()
    )
    with pytest.raises(CollectError, match="the file is longer than 10 bytes"):
        collect(lock)
