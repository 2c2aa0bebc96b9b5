"""What follows from SBOMs, archives and environments: `sbom-detail/v1`."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing

from assurance import CollectError
from assurance_sbom import archive_check, canary, graph_walk, licence_expression
from assurance_sbom.collector import SbomCollector

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.plugins.sbom.conftest import Collect, Install, MakeContext

HASH = "ab" * 32
METADATA = "Metadata-Version: 2.4\nName: Ink.Well\nVersion: 1.0\nLicense-Expression: MIT\n"
INFO = "ink_well-1.0.dist-info"
WHEEL = "ink_well-1.0-py3-none-any.whl"


def _row(name: str, content: str, algorithm: str = "sha256") -> str:
    digest = base64.urlsafe_b64encode(hashlib.new(algorithm, content.encode()).digest())
    return f"{name},{algorithm}={digest.decode().rstrip('=')},{len(content)}\n"


def _wheel(
    folder: Path,
    *,
    files: dict[str, str] | None = None,
    record: str | None = None,
    name: str = WHEEL,
    info: str = INFO,
    metadata: str = METADATA,
    twice: str | None = None,
) -> Path:
    """Write a wheel; by default one that is sound."""
    inside = files if files is not None else {"ink_well/__init__.py": "x = 1\n", "README": "r"}
    rows = "".join(_row(path, text) for path, text in inside.items())
    rows += _row(f"{info}/METADATA", metadata) + f"{info}/RECORD,,\n"
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in inside.items():
            archive.writestr(inner, text)
        archive.writestr(f"{info}/METADATA", metadata)
        if record != "":
            archive.writestr(f"{info}/RECORD", rows if record is None else record)
        if twice is not None:
            with pytest.warns(UserWarning, match="Duplicate name"):
                archive.writestr(twice, "again")
    return path


def test_sound_wheel(tmp_path: Path) -> None:
    """A wheel as build tools make it has no problem, whatever hash of SHA-2 its RECORD has."""
    found = archive_check.check(_wheel(tmp_path))
    assert ("wheel", (), 4) == (found.kind, found.problems, found.files)
    assert found.metadata is not None
    assert "Ink.Well" == found.metadata.name
    record = _row("a.py", "1", "sha512") + _row(f"{INFO}/METADATA", METADATA, "sha384")
    path = _wheel(tmp_path, files={"a.py": "1"}, record=record + f"{INFO}/RECORD,,\n")
    assert () == archive_check.check(path).problems


RECORD = _row("a.py", "1") + _row(f"{INFO}/METADATA", METADATA) + f"{INFO}/RECORD,,\n"
BAD_WHEELS: dict[str, tuple[dict[str, Any], str]] = {
    "changed": ({"files": {"a.py": "2"}, "record": RECORD}, "a.py is not what RECORD says"),
    "other-size": (
        {"files": {"a.py": "1"}, "record": RECORD.replace(",1\n", ",2\n")},
        "a.py has 1 bytes, RECORD says 2",
    ),
    "added": (
        {"files": {"a.py": "1", "b.pth": "x"}, "record": RECORD},
        "b.pth is there and does not stand in RECORD",
    ),
    "removed": ({"files": {}, "record": RECORD}, "a.py stands in RECORD and is not there"),
    "no-record": ({"record": ""}, "it has no RECORD"),
    "record-without-hash": (
        {"files": {"a.py": "1"}, "record": RECORD.replace(_row("a.py", "1"), "a.py,,1\n")},
        "RECORD has no sha256, sha384 or sha512 hash of a.py",
    ),
    "record-with-md5": (
        {"files": {"a.py": "1"}, "record": RECORD.replace("a.py,sha256", "a.py,md5")},
        "RECORD has no sha256, sha384 or sha512 hash of a.py",
    ),
    "record-twice": (
        {"files": {"a.py": "1"}, "record": _row("a.py", "1") + RECORD},
        "a.py stands twice in RECORD",
    ),
    "record-open-quote": ({"record": '"a.py,sha256='}, "it cannot be read"),
    "file-twice": ({"twice": "README"}, "README is in the archive twice"),
    "leads-out": ({"files": {"../x.py": "1"}}, "../x.py leads out of the archive"),
    "absolute": ({"files": {"/x.py": "1"}}, "/x.py leads out of the archive"),
    "other-name": ({"name": "other-1.0-py3-none-any.whl"}, "the file's name is not that of"),
    "other-version": ({"name": "ink_well-1.1-py3-none-any.whl"}, "the file's name is not that of"),
    "no-tags": ({"name": "ink_well-1.0.whl"}, "the file's name is not that of Ink.Well 1.0"),
    "other-folder": ({"info": "other-1.0.dist-info"}, "the folder other-1.0 is not that of"),
    "no-version": ({"metadata": "Name: ink-well\n"}, "there is no Version"),
    "two-folders": (
        {"files": {"b-1.dist-info/METADATA": "x"}},
        "it has 2 METADATA files",
    ),
}


@pytest.mark.parametrize("name", BAD_WHEELS)
def test_wheel_that_is_not_what_it_says(name: str, tmp_path: Path) -> None:
    """Each difference between name, metadata, RECORD and content is a problem of its own."""
    how, problem = BAD_WHEELS[name]
    said = archive_check.check(_wheel(tmp_path, **how)).problems
    assert any(problem in one for one in said), said


@pytest.mark.parametrize("keep", [0, 10, 200, -30])
def test_cut_archives_are_a_problem(keep: int, tmp_path: Path) -> None:
    """Whatever cannot be opened is a problem, not a crash and not nothing."""
    wheel = _wheel(tmp_path)
    wheel.write_bytes(wheel.read_bytes()[:keep])
    sdist = _sdist(tmp_path)
    sdist.write_bytes(sdist.read_bytes()[: min(keep, 100)])
    for path in (wheel, sdist):
        (problem,) = archive_check.check(path).problems
        assert problem.startswith("it cannot be read")


def test_archives_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Number of files, unpacked size, metadata and number of problems have limits."""
    wheel, sdist = _wheel(tmp_path), _sdist(tmp_path)
    monkeypatch.setattr(archive_check, "MAX_UNPACKED", 10)
    for path in (wheel, sdist):
        assert "more than 10 bytes unpacked" in archive_check.check(path).problems[0]
    monkeypatch.undo()
    monkeypatch.setattr(archive_check, "MAX_ENTRIES", 1)
    for path in (wheel, sdist):
        assert "more than 1 files" in archive_check.check(path).problems[0]
    monkeypatch.undo()
    monkeypatch.setattr(archive_check, "MAX_RECORD", 10)
    assert "longer than 10 bytes" in archive_check.check(wheel).problems[0]
    monkeypatch.undo()
    monkeypatch.setattr(archive_check, "MAX_PROBLEMS", 1)
    said = archive_check.check(_wheel(tmp_path, files={"a": "", "b": ""}, record=RECORD)).problems
    assert ("and 2 more problems",) == said[1:]


def _sdist(
    folder: Path,
    *,
    name: str = "ink_well-1.0.tar.gz",
    top: str = "ink_well-1.0",
    names: tuple[str, ...] = ("setup.py",),
    info: bool = True,
    kind: bytes = tarfile.REGTYPE,
    metadata: str = METADATA,
) -> Path:
    path = folder / name
    with tarfile.open(path, "w:gz") as archive:
        for inner in (*(["PKG-INFO"] if info else []), *names):
            entry = tarfile.TarInfo(inner if inner.startswith(("/", "..")) else f"{top}/{inner}")
            data = metadata.encode() if inner == "PKG-INFO" else b"x"
            entry.size = len(data)
            if inner != "PKG-INFO":
                entry.type = kind
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_sound_sdist(tmp_path: Path) -> None:
    """A sdist names itself; any other tar archive is nothing to us."""
    found = archive_check.check(_sdist(tmp_path))
    assert ("sdist", ()) == (found.kind, found.problems)
    found = archive_check.check(_sdist(tmp_path, info=False))
    assert ("other", (), None) == (found.kind, found.problems, found.metadata)


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({"name": "other-1.0.tar.gz"}, "the file's name is not that of Ink.Well 1.0"),
        ({"top": "ink_well-2.0"}, "the folder ink_well-2.0 is not that of Ink.Well 1.0"),
        ({"names": ("../x",)}, "../x leads out of the archive"),
        ({"names": ("/etc/x",)}, "/etc/x leads out of the archive"),
        ({"names": ("a", "a")}, "ink_well-1.0/a is in the archive twice"),
        ({"kind": tarfile.FIFOTYPE}, "ink_well-1.0/setup.py is a device or pipe"),
    ],
)
def test_sdist_that_is_not_what_it_says(how: dict[str, Any], problem: str, tmp_path: Path) -> None:
    """Each difference is a problem of its own."""
    said = archive_check.check(_sdist(tmp_path, **how)).problems
    assert any(problem in one for one in said), said


def test_artifacts_and_inputs_are_looked_into(
    project: Path, tmp_path: Path, make_context: MakeContext
) -> None:
    """Wheels and sdists of the release are in the detail with their digest and problems."""
    lock = project / "requirements.txt"
    lock.write_text("# none\n", "utf-8")
    wheel = _wheel(tmp_path, files={"a.py": "2"}, record=RECORD)
    context = make_context(lock, artifacts=(wheel, tmp_path / "x.bin"), name="ink-well")
    detail = json.loads(SbomCollector().collect(context)[-1].predicate)
    (found,) = detail["archives"]
    assert (WHEEL, "wheel", "Ink.Well", "1.0") == tuple(
        found[key] for key in ("name", "kind", "package", "version")
    )
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == found["sha256"]
    assert ["a.py is not what RECORD says: its sha256 differs"] == found["problems"]
    assert SbomCollector().self_test(context).planted.endswith("a wheel with a changed file")


def test_archives_make_an_sbom(tmp_path: Path, collect: Collect) -> None:
    """Archives of one version are one component; what they need and is not there is named."""
    needs = METADATA + "Requires-Dist: other\nRequires-Dist: gone\n"
    other = "Name: other\nVersion: 2.0\nAuthor: Ann\n"
    paths = (
        _wheel(tmp_path, metadata=needs),
        _wheel(tmp_path, metadata=needs, name="ink_well-1.0-cp311-none-any.whl"),
        _wheel(
            tmp_path, metadata=other, name="other-2.0-py3-none-any.whl", info="other-2.0.dist-info"
        ),
    )
    document = collect(*paths, options={"file_hashes": True})
    ink, entry = document["components"]
    assert ("pkg:pypi/ink-well@1.0", "Ann") == (ink["purl"], entry["supplier"]["name"])
    assert [{"license": {"id": "MIT", "acknowledgement": "declared"}}] == ink["licenses"]
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths[:2]}
    assert digests == {item["content"] for item in ink["hashes"]}
    assert "ink_well/__init__.py" in [item["name"] for item in ink["components"]]
    edges = {item["ref"]: item["dependsOn"] for item in document["dependencies"]}
    assert ["pkg:pypi/other@2.0"] == edges["pkg:pypi/ink-well@1.0"]
    assert {"name": "release-assurance:missing-requirement", "value": "gone"} in ink["properties"]


@pytest.mark.parametrize("name", ["ink-well", "shop"])
def test_every_archive_of_a_version_counts(name: str, tmp_path: Path, collect: Collect) -> None:
    """What only one of several wheels needs, or a wheel and not the sdist, is needed."""
    paths = (
        _sdist(tmp_path),
        _wheel(tmp_path, name="ink_well-1.0-cp311-none-any.whl"),
        _wheel(tmp_path, metadata=METADATA + "Requires-Dist: gone\n"),
    )
    document = collect(*paths, name=name)
    entry = next(iter(document["components"]), document["metadata"]["component"])
    assert {"name": "release-assurance:missing-requirement", "value": "gone"} in entry["properties"]


@pytest.mark.parametrize(
    ("metadata", "known"),
    [
        (METADATA, "complete"),
        (METADATA.replace("2.4", "2.1"), "unknown"),
        (METADATA.replace("2.4", "1.0"), "unknown"),
        (METADATA.replace("Metadata-Version: 2.4\n", ""), "unknown"),
        (METADATA + "Dynamic: License\nDynamic: requires-dist\n", "unknown"),
        (METADATA.replace("2.4", "2.10") + "Dynamic: License\n", "complete"),
    ],
    ids=["final", "2.1", "1.0", "no-version", "dynamic", "2.10-with-another-dynamic"],
)
@pytest.mark.parametrize("name", ["ink-well", "shop"])
def test_sdist_that_may_yet_require_something(
    name: str, metadata: str, known: str, tmp_path: Path, collect: Collect
) -> None:
    """A sdist without requirements has none where its metadata is final; else nobody knows."""
    sdist = _sdist(tmp_path, metadata=metadata)
    assert [known] == _aggregates(collect(sdist, name=name))
    assert ["complete"] == _aggregates(collect(sdist, _wheel(tmp_path), name=name))


def _aggregates(document: dict[str, Any]) -> list[str]:
    """What is known of the edges of the one component, or of the root where there is none."""
    about = next(iter(document["components"]), document["metadata"]["component"])
    return [
        entry["aggregate"]
        for entry in document["compositions"]
        if about["bom-ref"] in entry.get("dependencies", ())
    ]


def test_own_archive_is_the_root(tmp_path: Path, collect: Collect) -> None:
    """An archive of the release is no part of it."""
    document = collect(_wheel(tmp_path), name="ink-well")
    assert [] == document["components"]
    assert "MIT" == document["metadata"]["component"]["licenses"][0]["license"]["id"]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: (folder / WHEEL,), "not a wheel or sdist: it cannot be read"),
        (lambda folder: (_sdist(folder, info=False),), "not a wheel or sdist: it has no PKG-INFO"),
        (
            lambda folder: (_wheel(folder), _wheel(
                folder, name="ink_well-2.0-py3-none-any.whl", info="ink_well-2.0.dist-info",
                metadata=METADATA.replace("1.0", "2.0"),
            )),
            "Ink.Well is there in 2 versions: 1.0, 2.0",
        ),
    ],
)  # fmt: skip
def test_archives_that_make_no_sbom(
    make: Callable[[Path], tuple[Path, ...]], reason: str, tmp_path: Path, collect: Collect
) -> None:
    """An input that is no archive, or ambiguous, is refused."""
    with pytest.raises(CollectError, match=reason):
        collect(*make(tmp_path))


EDGES = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=4), max_size=6
)


@given(EDGES)
def test_circles_are_those_of_the_definition(edges: dict[str, list[str]]) -> None:
    """Two nodes share a circle exactly if each can be reached from the other."""

    def leads(start: str) -> set[str]:
        return graph_walk.reached(edges, edges.get(start, ()))

    nodes = sorted({*edges, *(target for targets in edges.values() for target in targets)})
    expected = sorted(
        {
            tuple(other for other in nodes if other in leads(node) and node in leads(other))
            for node in nodes
            if node in leads(node)
        }
    )
    assert expected == [tuple(circle) for circle in graph_walk.circles(edges)]


def test_a_long_chain_needs_no_recursion() -> None:
    """A graph as deep as it is large is walked."""
    chain = {str(number): [str(number + 1)] for number in range(50_000)}
    assert [] == graph_walk.circles(chain)
    assert 50_001 == len(graph_walk.reached(chain, ["0"]))


def _document(project: Path, **more: Any) -> Path:
    path = project / "sbom.json"
    parts = [
        {
            "type": "library",
            "bom-ref": ref,
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
        }
        for ref, name, version in (
            ("a", "A_x", "1"),
            ("b", "a.x", "2"),
            ("c", "c", "1"),
            ("d", "C", "1"),
        )
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "x", "bom-ref": "root"}},
        "components": parts,
        "dependencies": [
            {"ref": "root", "dependsOn": ["a"]},
            {"ref": "a", "dependsOn": ["b"]},
            {"ref": "b", "dependsOn": ["a"]},
        ],
        "compositions": [
            {"aggregate": "complete", "dependencies": ["root", "a", "b", "c", "d"]},
        ],
        **more,
    }
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_graph_of_an_sbom_from_elsewhere(project: Path, look: Collect) -> None:
    """Circles, what nothing leads to, several versions and repetitions are worked out."""
    path = _document(project, properties=[{"name": "release-assurance:circles", "value": "none"}])
    (entry,) = look(path)["documents"]
    assert {
        "source": "cyclonedx",
        "input": "sbom.json",
        "format": "CycloneDX",
        "formatVersion": "1.7",
        "id": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "packages": 4,
        "circles": [["a", "b"]],
        "unreachable": ["c", "d"],
        "versions": [{"name": "a-x", "versions": ["1", "2"]}],
        "repeated": ["c@1"],
    } == entry


def test_a_graph_that_is_not_complete_reaches_nothing(project: Path, look: Collect) -> None:
    """Where dependencies are unknown, nobody can say what is not reached."""
    (entry,) = look(_document(project, compositions=[]))["documents"]
    assert entry["unreachable"] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", [["MIT"]]),
        ("mit or APACHE-2.0", [["MIT"], ["Apache-2.0"]]),
        ("MIT AND (BSD-3-Clause OR Zlib)", [["BSD-3-Clause", "MIT"], ["MIT", "Zlib"]]),
        ("GPL-2.0+", [["GPL-2.0-or-later"]]),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0",
            [["GPL-2.0-only WITH Classpath-exception-2.0"]],
        ),
        ("LicenseRef-MIT-Bootstrap OR MIT", [["LicenseRef-MIT-Bootstrap?"], ["MIT"]]),
        ("DocumentRef-x:LicenseRef-y", [["DocumentRef-x:LicenseRef-y?"]]),
        ("NOASSERTION", [["NOASSERTION?"]]),
        ("MIT WITH Foo", [["MIT WITH Foo?"]]),
        ("MIT WITH Apache-2.0", [["MIT WITH Apache-2.0?"]]),
        ("Classpath-exception-2.0", [["Classpath-exception-2.0?"]]),
        ("MIT AND MIT", [["MIT"]]),
        ("(MIT", None),
        ("MIT AND", None),
        ("", None),
        ("(" * 500 + "MIT" + ")" * 500, None),
        (" AND ".join(f"(LicenseRef-{n} OR MIT)" for n in range(7)), None),
        ("MIT " * 400, None),
    ],
)
def test_licence_expressions(text: str, expected: list[list[str]] | None) -> None:
    """OR gives alternatives, AND terms; a question mark is what SPDX does not list."""
    found = licence_expression.alternatives(text)
    shown = found and [
        [
            term.licence
            + (f" WITH {term.exception}" if term.exception else "")
            + ("" if term.known else "?")
            for term in terms
        ]
        for terms in found
    ]
    assert expected == shown


@given(st.recursive(
    st.sampled_from(["MIT", "Apache-2.0", "ISC", "GPL-2.0-only WITH Classpath-exception-2.0"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner),
    max_leaves=6,
), st.sets(st.sampled_from(["MIT", "Apache-2.0", "ISC", "GPL-2.0-only"])))  # fmt: skip
def test_alternatives_mean_what_the_expression_means(text: str, allowed: set[str]) -> None:
    """An alternative of allowed terms is there exactly if the expression holds with them."""
    found = licence_expression.alternatives(text)
    assert found is not None
    parsed = get_spdx_licensing().parse(text)

    def holds(node: Any) -> bool:
        if hasattr(node, "license_symbol"):
            return node.license_symbol.key in allowed
        if not node.args:
            return node.key in allowed
        return (any if node.operator.strip() == "OR" else all)(holds(part) for part in node.args)

    assert holds(parsed) == any(all(term.licence in allowed for term in terms) for terms in found)


@given(st.text(max_size=60) | st.text("MITORAND() WTH-.:+", max_size=60))
def test_any_text_is_an_expression_or_none(text: str) -> None:
    """Nothing raises."""
    found = licence_expression.alternatives(text)
    assert found is None or all(found)


def test_expressions_of_an_sbom_are_taken_apart(project: Path, look: Collect) -> None:
    """Each expression once, sorted; identifiers and names need no taking apart."""
    parts = [
        {"type": "library", "name": f"n{number}", "licenses": licences}
        for number, licences in enumerate(
            [
                [{"expression": "MIT OR Foo"}],
                [{"expression": "MIT OR Foo"}],
                [{"expression": "(MIT"}],
                [{"license": {"id": "MIT"}}, {"license": {"name": "Ours"}}],
                [],
            ]
        )
    ]
    assert [
        {"expression": "(MIT", "alternatives": None},
        {
            "expression": "MIT OR Foo",
            "alternatives": [
                [{"licence": "MIT", "exception": None, "known": True}],
                [{"licence": "Foo", "exception": None, "known": False}],
            ],
        },
    ] == look(_document(project, components=parts))["licences"]


@pytest.fixture
def lock(project: Path) -> Path:
    """A lock of three packages, one of them for another platform."""
    path = project / "requirements.txt"
    path.write_text(
        f"a==1.0 --hash=sha256:{HASH}\nb==1 --hash=sha256:{HASH}\n"
        f"c==1.0 ; os_name == 'elsewhere' --hash=sha256:{HASH}\n",
        "utf-8",
    )
    return path


def _drift(look: Collect, lock: Path, site: Path, **options: Any) -> dict[str, Any]:
    found = look(lock, options={"installed": str(site), **options})["drift"]
    assert isinstance(found, dict)
    return found


def test_no_drift(lock: Path, site: Path, install: Install, look: Collect) -> None:
    """The same packages in equal versions; the release and the seeds do not count."""
    for name in ("a", "b"):
        install(name)
    install("pip", "26.0")
    install("inkwell", "0.3.0")
    assert {
        "environment": str(site),
        "compared": 3,
        "differences": [],
        "unproven": 2,
        "ignored": ["pip"],
    } == _drift(look, lock, site)
    (kind,) = {
        entry["kind"] for entry in _drift(look, lock, site, installed_ignore=[])["differences"]
    }
    assert "not-locked" == kind


def test_drift_in_both_directions(lock: Path, site: Path, install: Install, look: Collect) -> None:
    """Missing, additional, another version, another archive: each is named."""
    url = '{"url": "https://example.com/a.whl", "archive_info": {"hashes": {"sha256": "%s"}}}'
    install("a", "1.0.0", direct_url_json=url % ("cd" * 32))
    install("C", "2.0")
    install("d")
    assert [
        {"kind": "hash", "package": "a", "locked": ["1.0"], "installed": "1.0.0"},
        {"kind": "not-installed", "package": "b", "locked": ["1"], "installed": None},
        {"kind": "version", "package": "c", "locked": ["1.0"], "installed": "2.0"},
        {"kind": "not-locked", "package": "d", "locked": [], "installed": "1.0"},
    ] == _drift(look, lock, site)["differences"]


def test_a_locked_hash_that_is_installed(
    lock: Path, site: Path, install: Install, look: Collect
) -> None:
    """Where the installer wrote the archive's hash down, the version is proven."""
    url = '{"url": "https://example.com/a.whl", "archive_info": {"hashes": {"sha256": "%s"}}}'
    install("a", direct_url_json=url % HASH)
    install("b")
    found = _drift(look, lock, site)
    assert ([], 1) == (found["differences"], found["unproven"])


def test_drift_from_nothing_is_refused(lock: Path, site: Path, look: Collect) -> None:
    """An environment that is empty or not there is MISSING, not equal to the lock."""
    with pytest.raises(CollectError, match="nothing is installed in the environment") as caught:
        _drift(look, lock, site)
    assert caught.value.missing
    with pytest.raises(CollectError, match="there is no interpreter or folder"):
        _drift(look, lock, site / "gone")


def test_installed_files_are_compared(site: Path, install: Install, look: Collect) -> None:
    """Sizes on demand, hashes on demand; without asking nothing is said."""
    row = _row("a.py", "x")
    install("a", RECORD=row + "a-1.0.dist-info/RECORD,,\n")
    install("b")
    (site / "a.py").write_text("y", "utf-8")
    assert look(options={"python": str(site)})["installed"] is None
    found = look(options={"python": str(site), "file_hashes": True})["installed"]
    assert {
        "packages": 2,
        "files": 1,
        "compared": "sizes",
        "problems": [],
        "unrecorded": ["b 1.0"],
    } == found
    found = look(options={"python": str(site), "verify_files": True})["installed"]
    assert "hashes" == found["compared"]
    assert ["a 1.0: a.py is gone or is not what its RECORD says"] == found["problems"]
    (site / "a.py").write_text("x", "utf-8")
    assert [] == look(options={"python": str(site), "verify_files": True})["installed"]["problems"]
    (site / "a.py").unlink()
    found = look(options={"python": str(site), "file_hashes": True})["installed"]
    assert ["a 1.0: a.py is gone or is not what its RECORD says"] == found["problems"]


def test_self_test_notices_a_blind_look_into_archives(
    tmp_path: Path, make_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that finds nothing in the planted wheel does not pass."""
    real = archive_check.check(_wheel(tmp_path))
    monkeypatch.setattr(archive_check, "check", lambda _: real)
    result = canary.look(["archive"], make_context())
    assert not result.found
    assert "archive: a wheel with 'x' in it was read as: sound" == result.message
