"""The inventory of an installed environment."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from assurance import CollectError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.sbom.conftest import Collect, Install

ROOT = "pkg:pypi/inkwell@0.3.0"


def _component(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (entry for entry in document["components"] if entry["name"] == name)
    assert isinstance(found, dict)
    return found


def _edges(document: dict[str, Any]) -> dict[str, list[str]]:
    return {entry["ref"]: entry["dependsOn"] for entry in document["dependencies"]}


def _aggregate(document: dict[str, Any], ref: str) -> str:
    (found,) = (
        entry["aggregate"] for entry in document["compositions"] if ref in entry["dependencies"]
    )
    assert isinstance(found, str)
    return found


def _property(entry: dict[str, Any], name: str) -> list[str]:
    return [item["value"] for item in entry.get("properties", []) if item["name"] == name]


def test_component_says_who_what_and_under_which_licence(
    site: Path, install: Install, collect: Collect
) -> None:
    """Name, version, purl, summary, supplier, author and licence come from METADATA."""
    install(
        "Ruamel.Yaml",
        "0.18+local.1",
        "Summary: reads YAML",
        "Author: Ann Other",
        "Author-email: ann@example.com",
        'Maintainer-email: "Core, Team" <core@example.com>, Bob <bob@example.com>',
        "License-Expression: MIT OR (Apache-2.0 AND LicenseRef-Own)",
    )
    assert {
        "type": "library",
        "bom-ref": "pkg:pypi/ruamel-yaml@0.18%2Blocal.1",
        "name": "Ruamel.Yaml",
        "version": "0.18+local.1",
        "purl": "pkg:pypi/ruamel-yaml@0.18%2Blocal.1",
        "description": "reads YAML",
        "supplier": {
            "name": "Core, Team",
            "contact": [{"name": "Core, Team", "email": "core@example.com"}],
        },
        "authors": [{"name": "Ann Other", "email": "ann@example.com"}],
        "licenses": [
            {
                "expression": "MIT OR (Apache-2.0 AND LicenseRef-Own)",
                "acknowledgement": "declared",
            }
        ],
    } == _component(collect(options={"python": str(site)}), "Ruamel.Yaml")


def test_edges_follow_markers_and_extras(site: Path, install: Install, collect: Collect) -> None:
    """An edge is there if its marker holds and its extra was asked for by somebody."""
    install(
        "a",
        "1.0",
        "Requires-Dist: B_b[fast]>=1",
        'Requires-Dist: never ; python_version < "3"',
        'Requires-Dist: d ; extra == "docs"',
        'Requires-Dist: e (>=1) ; os_name != ""',
    )
    install(
        "b-b",
        "1.0",
        'Requires-Dist: c ; extra == "fast"',
        'Requires-Dist: d ; extra == "slow"',
        'Requires-Dist: b-b[more] ; extra == "fast"',
        'Requires-Dist: e ; extra == "more" or os_name == ""',
    )
    for name in ("c", "d", "e"):
        install(name)
    document = collect(options={"python": str(site)})
    edges = _edges(document)
    assert ["pkg:pypi/b-b@1.0", "pkg:pypi/e@1.0"] == edges["pkg:pypi/a@1.0"]
    assert ["pkg:pypi/c@1.0", "pkg:pypi/e@1.0"] == edges["pkg:pypi/b-b@1.0"]
    assert [] == edges["pkg:pypi/c@1.0"]
    assert ["fast", "more"] == _property(
        _component(document, "b-b"), "cdx:python:package:required-extra"
    )
    assert "complete" == _aggregate(document, "pkg:pypi/a@1.0")


def test_missing_requirement_makes_the_graph_incomplete(
    site: Path, install: Install, collect: Collect
) -> None:
    """What is required and not installed is named, and the composition says incomplete."""
    install("a", "1.0", "Requires-Dist: Gone>=1")
    document = collect(options={"python": str(site)})
    assert "incomplete" == _aggregate(document, "pkg:pypi/a@1.0")
    assert ["gone"] == _property(_component(document, "a"), "release-assurance:missing-requirement")


@pytest.mark.parametrize(
    "line",
    [
        "b;;",
        "b ; colour == 'red'",
        "b @",
        "[b]",
        "b ; os_name ~= 'x'",
        "b @ https://example.com/" + "x" * 5000,
    ],
)
def test_requirement_that_does_not_parse_makes_it_incomplete(
    line: str, site: Path, install: Install, collect: Collect
) -> None:
    """A line that is no requirement is shown; it neither crashes nor counts as none."""
    install("a", "1.0", f"Requires-Dist: {line}")
    install("b")
    document = collect(options={"python": str(site)})
    assert "incomplete" == _aggregate(document, "pkg:pypi/a@1.0")
    shown = _property(_component(document, "a"), "release-assurance:invalid-requirement")
    assert [line[:200]] == shown


def test_direct_reference_is_an_edge_too(site: Path, install: Install, collect: Collect) -> None:
    """`name @ url` names a dependency like any other line."""
    install(
        "a",
        "1.0",
        "Requires-Dist: B[x] @ https://example.com/b.whl",
        "Requires-Dist: c @ https://example.com/c.whl ; os_name == ''",
    )
    install("b")
    install("c")
    edges = _edges(collect(options={"python": str(site)}))
    assert ["pkg:pypi/b@1.0"] == edges["pkg:pypi/a@1.0"]


def test_first_on_the_path_wins_and_the_hidden_one_is_shown(
    tmp_path: Path, site: Path, install: Install, collect: Collect
) -> None:
    """Of two distributions of one name the first is the component, as Python imports it."""
    other = tmp_path / "other"
    install("Dup.licate", "1.0")
    install("dup_licate", "2.0", site=other)
    (site / "other.pth").write_text(str(other), "utf-8")
    venv = _venv(tmp_path / "venv", site, other)
    document = collect(options={"python": str(venv)})
    entry = _component(document, "Dup.licate")
    assert "1.0" == entry["version"]
    assert ["2.0"] == _property(entry, "release-assurance:shadowed")
    assert ["pkg:pypi/dup-licate@1.0"] == [item["purl"] for item in document["components"]]


def test_two_of_one_name_in_one_folder_are_both_listed(
    site: Path, install: Install, collect: Collect
) -> None:
    """Whose files are there nobody can tell from the names: neither version hides the other."""
    install("dup", "1.0", "Requires-Dist: needed")
    install("~up", "2.0")
    (site / "~up-2.0.dist-info" / "METADATA").write_text("Name: Dup\nVersion: 2.0\n", "utf-8")
    install("needed", "1.0")
    document = collect(options={"python": str(site)})
    assert ["pkg:pypi/dup@1.0", "pkg:pypi/dup@2.0", "pkg:pypi/needed@1.0"] == [
        item["purl"] for item in document["components"]
    ]
    first, second, _ = document["components"]
    assert [] == _property(first, "release-assurance:shadowed")
    assert ["not recorded"] == _property(second, "release-assurance:dependencies")
    (unknown,) = [one for one in document["compositions"] if one["aggregate"] == "unknown"]
    assert ["pkg:pypi/dup@2.0", ROOT] == unknown["dependencies"]


def _venv(folder: Path, *path: Path) -> Path:
    """A virtual environment without pip that imports from `path`."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "more.pth").write_text("".join(f"{entry}\n" for entry in path), "utf-8")
    return folder


def test_interpreter_and_virtual_environment_are_asked(
    tmp_path: Path, site: Path, install: Install, collect: Collect
) -> None:
    """The option takes an interpreter or the folder of its environment; both say the same."""
    install("a", "1.0", "Requires-Dist: b")
    install("b")
    venv = _venv(tmp_path / "venv", site)
    document = collect(options={"python": str(venv)})
    assert document == collect(options={"python": str(venv / "bin" / "python")})
    assert ["interpreter"] == _property(document["metadata"], "release-assurance:environment")
    assert ["pkg:pypi/b@1.0"] == _edges(document)["pkg:pypi/a@1.0"]


def test_running_interpreter_is_the_default(collect: Collect) -> None:
    """Without inputs and options the running interpreter's packages are listed."""
    document = collect()
    assert "pytest" in {entry["name"] for entry in document["components"]}
    assert ["running interpreter"] == _property(
        document["metadata"], "release-assurance:environment"
    )


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\nexit 3\n", "exit 3"),
        ("#!/bin/sh\necho no >&2\nexit 3\n", "exit 3: no"),
        ("#!/bin/sh\necho '[]'\n", "something else than its path"),
        ("#!/bin/sh\necho '{\"path\": 1}'\n", "something else than its path"),
        ("#!/bin/sh\necho hello\n", "something else than its path"),
    ],
)
def test_interpreter_that_does_not_answer(
    script: str, reason: str, project: Path, collect: Collect
) -> None:
    """An interpreter that fails or talks nonsense is refused by name."""
    python = project / "python"
    python.write_text(script, "utf-8")
    python.chmod(0o755)
    with pytest.raises(CollectError, match=f"{python}: the interpreter does not say.*{reason}"):
        collect(options={"python": "python"})


def test_interpreter_that_cannot_run(project: Path, collect: Collect) -> None:
    """A file that is no program is refused by name."""
    (project / "python").write_text("x", "utf-8")
    with pytest.raises(CollectError, match=r"the interpreter does not say where .*denied"):
        collect(options={"python": "python"})


def test_no_such_interpreter(collect: Collect) -> None:
    """A path where nothing is means that the evidence is missing."""
    with pytest.raises(CollectError, match="there is no interpreter or folder 'gone'") as caught:
        collect(options={"python": "gone"})
    assert caught.value.missing


def test_folder_names_the_python_version(
    tmp_path: Path, install: Install, collect: Collect
) -> None:
    """Markers of a folder below `lib/python3.X` are judged for that version."""
    site = tmp_path / "image/lib/python3.42/site-packages"
    install("a", "1.0", 'Requires-Dist: b ; python_version == "3.42"', site=site)
    install("b", site=site)
    document = collect(options={"python": str(site)})
    assert ["pkg:pypi/b@1.0"] == _edges(document)["pkg:pypi/a@1.0"]
    assert ["3.42.0"] == _property(
        document["metadata"], "release-assurance:marker:python_full_version"
    )


def test_release_itself_is_the_root(site: Path, install: Install, collect: Collect) -> None:
    """What is installed under the release's name is the root, with its direct requirements."""
    install("Inkwell", "0.3.0", "Requires-Dist: a", "Author: Ann", "License: MIT License")
    install("a", "1.0", "Requires-Dist: inkwell[x]")
    install("b")
    document = collect(options={"python": str(site)})
    root = document["metadata"]["component"]
    assert ROOT == root["purl"] == root["bom-ref"]
    assert "application" == root["type"]
    assert {"name": "Ann"} == root["supplier"]
    assert [{"license": {"id": "MIT", "acknowledgement": "declared"}}] == root["licenses"]
    assert ["installed"] == _property(root, "release-assurance:direct-requirements")
    assert ["a", "b"] == [entry["name"] for entry in document["components"]]
    assert ["pkg:pypi/a@1.0"] == _edges(document)[ROOT]
    assert [ROOT] == _edges(document)["pkg:pypi/a@1.0"]
    assert "complete" == _aggregate(document, ROOT)


def test_root_without_metadata_is_unknown(site: Path, install: Install, collect: Collect) -> None:
    """Where nothing says what the release needs, its dependencies are unknown and unlisted."""
    install("a")
    document = collect(options={"python": str(site)})
    assert ROOT not in _edges(document)
    assert "unknown" == _aggregate(document, ROOT)


def test_wheel_says_what_the_release_needs(
    tmp_path: Path, site: Path, install: Install, collect: Collect
) -> None:
    """The built wheel's requirements count before the installed ones."""
    wheel = tmp_path / "inkwell-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "inkwell-0.3.0.dist-info/METADATA",
            "Metadata-Version: 2.4\nName: inkwell\nVersion: 0.3.0\nRequires-Dist: b[x]\n\n",
        )
    install("inkwell", "0.3.0", "Requires-Dist: a")
    install("a")
    install("b", "1.0", 'Requires-Dist: a ; extra == "x"')
    document = collect(options={"python": str(site)}, artifacts=(wheel,))
    assert ["pkg:pypi/b@1.0"] == _edges(document)[ROOT]
    assert ["pkg:pypi/a@1.0"] == _edges(document)["pkg:pypi/b@1.0"]


def test_only_the_release_installed(site: Path, install: Install, collect: Collect) -> None:
    """A release without dependencies has no components, and says that this is complete."""
    install("inkwell", "0.3.0")
    document = collect(options={"python": str(site)})
    assert [] == document["components"]
    assert [{"ref": ROOT, "dependsOn": []}] == document["dependencies"]
    assert [{"aggregate": "complete", "dependencies": [ROOT]}] == document["compositions"]


def test_local_package_has_no_purl(site: Path, install: Install, collect: Collect) -> None:
    """What came from a local path is nobody's published package: no purl, and it says so."""
    install("a", "1.0", direct_url_json='{"url": "file:///src/a", "dir_info": {}}')
    (entry,) = collect(options={"python": str(site)})["components"]
    assert "purl" not in entry
    assert "a@1.0" == entry["bom-ref"]
    assert ["local"] == _property(entry, "release-assurance:origin")


def test_origin_is_in_the_purl_without_credentials(
    site: Path, install: Install, collect: Collect
) -> None:
    """Version control and archive URLs become qualifiers; user and password are taken out."""
    install(
        "v",
        "1.0",
        direct_url_json=json.dumps(
            {
                "url": "https://me:secret@example.com/v.git",
                "vcs_info": {"vcs": "git", "commit_id": "abc"},
            }
        ),
    )
    install(
        "w",
        "1.0",
        direct_url_json=json.dumps(
            {
                "url": "https://example.com/w.whl",
                "archive_info": {"hash": f"sha256={'0' * 64}", "hashes": {"md5": "x"}},
            }
        ),
    )
    install(
        "x",
        "1.0",
        direct_url_json=json.dumps({"url": "https://files.pythonhosted.org/x.whl"}),
    )
    install(
        "y",
        "1.0",
        direct_url_json=json.dumps({"url": "https://a.example/?u=://files.pythonhosted.org/y.whl"}),
    )
    install(
        "z",
        "1.0",
        direct_url_json=json.dumps({"url": "http://files.pythonhosted.org/z.whl"}),
    )
    document = collect(options={"python": str(site)})
    assert [
        "pkg:pypi/v@1.0?vcs_url=git%2Bhttps://example.com/v.git%40abc",
        "pkg:pypi/w@1.0?download_url=https://example.com/w.whl",
        "pkg:pypi/x@1.0",
        "pkg:pypi/y@1.0?download_url=https://a.example/%3Fu%3D://files.pythonhosted.org/y.whl",
        "pkg:pypi/z@1.0?download_url=http://files.pythonhosted.org/z.whl",
    ] == [entry["purl"] for entry in document["components"]]
    assert "secret" not in json.dumps(document)
    assert [{"alg": "SHA-256", "content": "0" * 64}] == _component(document, "w")["hashes"]
    assert [{"type": "distribution", "url": "https://example.com/w.whl"}] == _component(
        document, "w"
    )["externalReferences"]


def test_file_hashes_come_from_record(site: Path, install: Install, collect: Collect) -> None:
    """With the option every hashed file is listed; one that changed its size is named."""
    (site / "a.py").write_bytes(b"x = 1\n")
    (site / "b.py").write_bytes(b"cut")
    digest = hashlib.sha256(b"x = 1\n").digest()
    encoded = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    install(
        "a",
        "1.0",
        RECORD=f"a.py,sha256={encoded},6\nb.py,sha256={encoded},6\n"
        f'"c,d.py",sha256={encoded},\na-1.0.dist-info/RECORD,,\n',
    )
    install("no-record")
    document = collect(options={"python": str(site), "file_hashes": True})
    hashes = [{"alg": "SHA-256", "content": digest.hex()}]
    entry = _component(document, "a")
    assert [
        {"type": "file", "name": name, "hashes": hashes} for name in ("a.py", "b.py", "c,d.py")
    ] == entry["components"]
    assert ["b.py", "c,d.py"] == _property(entry, "release-assurance:changed-file")
    assert "components" not in _component(document, "no-record")


def test_egg_info_folder_file_and_unzipped_egg(
    tmp_path: Path, site: Path, install: Install, collect: Collect
) -> None:
    """Old formats are read: requires.txt with its sections, a single file, an EGG-INFO."""
    header = "Metadata-Version: 1.0\nName: {}\nVersion: 1.0\n"
    egg = site / "old.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text(header.format("old"), "utf-8")
    (egg / "requires.txt").write_text(
        "new>=1\n\n# comment\n[:python_version<'3']\nnever\n\n[x:os_name!='']\nnever\n", "utf-8"
    )
    (site / "single.egg-info").write_text(header.format("single"), "utf-8")
    plain = site / "plain.egg-info"
    plain.mkdir()
    (plain / "PKG-INFO").write_text(header.format("plain"), "utf-8")
    unzipped = tmp_path / "unzipped-1.0.egg"
    (unzipped / "EGG-INFO").mkdir(parents=True)
    (unzipped / "EGG-INFO" / "PKG-INFO").write_text(
        header.format("unzipped") + "Requires-Dist: new\n", "utf-8"
    )
    install("new")
    document = collect(options={"python": str(_venv(tmp_path / "venv", site, unzipped))})
    edges = _edges(document)
    assert ["pkg:pypi/new@1.0"] == edges["pkg:pypi/old@1.0"]
    assert ["pkg:pypi/new@1.0"] == edges["pkg:pypi/unzipped@1.0"]
    assert [] == edges["pkg:pypi/plain@1.0"]
    assert "pkg:pypi/single@1.0" not in edges
    assert "unknown" == _aggregate(document, "pkg:pypi/single@1.0")
    assert ["not recorded"] == _property(
        _component(document, "single"), "release-assurance:dependencies"
    )


def test_zipped_egg_is_refused(tmp_path: Path, site: Path, collect: Collect) -> None:
    """What cannot be looked into is not left out in silence."""
    egg = tmp_path / "zipped-1.0.egg"
    egg.write_bytes(b"PK")
    with pytest.raises(CollectError, match=f"{egg}: a zipped egg cannot be looked into"):
        collect(options={"python": str(_venv(tmp_path / "venv", site, egg))})


def test_odd_metadata_is_flagged(site: Path, install: Install, collect: Collect) -> None:
    """A version beyond PEP 440 and bytes that are not UTF-8 are listed, and said."""
    install("a", "2004d")
    info = install("b")
    (info / "METADATA").write_bytes(b"Name: b\nVersion: 1.0\nAuthor: J\xf6rg\n\nbody")
    document = collect(options={"python": str(site)})
    assert ["not PEP 440"] == _property(_component(document, "a"), "release-assurance:version")
    entry = _component(document, "b")
    assert ["not UTF-8"] == _property(entry, "release-assurance:metadata")
    assert {"name": "J\ufffdrg"} == entry["supplier"]


def test_licence_text_with_blank_lines_does_not_end_the_headers(
    site: Path, install: Install, collect: Collect
) -> None:
    """A folded header may hold a line of spaces; what follows it still counts."""
    install("a", "1.0", "License: Terms", "        ", "        More terms", "Requires-Dist: b")
    install("b")
    assert ["pkg:pypi/b@1.0"] == _edges(collect(options={"python": str(site)}))["pkg:pypi/a@1.0"]


def test_symbolic_link_is_followed(
    tmp_path: Path, site: Path, install: Install, collect: Collect
) -> None:
    """A linked dist-info is installed, as Python sees it."""
    info = install("a", site=tmp_path / "elsewhere")
    (site / info.name).symlink_to(info)
    (entry,) = collect(options={"python": str(site)})["components"]
    assert "pkg:pypi/a@1.0" == entry["purl"]


def test_pipe_is_refused_at_once(site: Path, collect: Collect) -> None:
    """A METADATA that would never end is refused without waiting for it."""
    info = site / "a-1.0.dist-info"
    info.mkdir()
    os.mkfifo(info / "METADATA")
    with pytest.raises(CollectError, match=r"METADATA: cannot be read \(not a regular file\)"):
        collect(options={"python": str(site)})


def test_huge_file_is_refused_unread(site: Path, install: Install, collect: Collect) -> None:
    """A file beyond its limit is refused with both sizes."""
    info = install("a")
    with (info / "METADATA").open("r+b") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(CollectError, match=r"68157440 bytes, 67108864 are allowed"):
        collect(options={"python": str(site)})


def test_long_headers_are_refused(site: Path, install: Install, collect: Collect) -> None:
    """Headers have a limit of their own; the description does not count."""
    install("a", "1.0", "Summary: " + "x" * 1024 * 1024)
    with pytest.raises(CollectError, match="the headers are longer than 1048576 bytes"):
        collect(options={"python": str(site)})
    info = install("b", site=site / "fine")
    with (info / "METADATA").open("ab") as file:
        file.write(b"x" * 2 * 1024 * 1024)
    assert collect(options={"python": str(site / "fine")})["components"]


def test_link_loop_is_refused(site: Path, collect: Collect) -> None:
    """A link that leads to itself cannot be read, and is named."""
    info = site / "a-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").symlink_to("METADATA")
    with pytest.raises(CollectError, match=r"METADATA: cannot be read \(Too many"):
        collect(options={"python": str(site)})
