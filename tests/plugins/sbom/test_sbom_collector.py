"""The collector's contract: sources by name, options, self-test, documents."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from assurance import CollectError
from assurance.interfaces import Collector
from assurance.predicates import CYCLONEDX, SBOM_DETAIL, SPDX
from assurance_sbom import canary, package_url
from assurance_sbom.collector import SbomCollector
from assurance_sbom.plugin import assurance_collectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.plugins.sbom.conftest import Collect, Install, MakeContext

HASH = "ab" * 32
STRICT = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(str(error) if error else 0)
"""


def _lock(project: Path) -> Path:
    path = project / "requirements.txt"
    path.write_text(f"attrs==26.1.0 --hash=sha256:{HASH}\n", "utf-8")
    return path


def _existing(project: Path, **more: Any) -> Path:
    path = project / "sbom.json"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "components": [{"type": "library", "name": "attrs"}],
        **more,
    }
    path.write_text(json.dumps(document, indent=3) + "\n", "utf-8")
    return path


def test_plugin_registers_the_collector() -> None:
    """The hook gives one collector, as the interface has it."""
    (collector,) = assurance_collectors()
    assert isinstance(collector, Collector)
    assert "sbom" == collector.name
    assert (CYCLONEDX, SPDX, SBOM_DETAIL) == collector.predicate_types
    jsonschema.Draft202012Validator.check_schema(dict(collector.options_schema))


def test_existing_file_is_the_predicate_byte_for_byte(
    project: Path, make_context: MakeContext
) -> None:
    """The bytes that get signed are the file's own."""
    path = _existing(project)
    statement, _ = SbomCollector().collect(make_context(path))
    assert path.read_bytes() == statement.predicate


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6", "1.7"])
def test_existing_file_of_each_version(version: str, project: Path, collect: Collect) -> None:
    """Nested components, services and all long lists are looked at and accepted."""
    pieces = [
        {"type": "library", "name": f"n{i}", "bom-ref": f"r{i}", "components": [
            {"type": "file", "name": f"f{i}", "bom-ref": f"f{i}"}
        ]}
        for i in range(45)
    ]  # fmt: skip
    path = _existing(
        project,
        specVersion=version,
        version=1,
        metadata={
            "timestamp": "2026-11-23T12:00:00+01:00",
            "component": {
                "type": "application",
                "name": "INKWELL",
                "version": "0.3.0",
                "components": [{"type": "file", "name": "a"}],
            },
        },
        components=pieces,
        services=[{"name": "s", "services": [{"name": "t"}]}],
        dependencies=[{"ref": f"r{i}"} for i in range(45)],
        compositions=[{"aggregate": "complete"}],
        vulnerabilities=[{"id": "CVE-2026-1"}],
    )
    assert version == collect(path)["specVersion"]


def test_complaint_names_the_entry_far_down(project: Path, collect: Collect) -> None:
    """The place is the reader's, not that of the piece that was validated."""
    components: list[dict[str, Any]] = [{"type": "library", "name": f"n{i}"} for i in range(60)]
    components[47]["components"] = [{"type": "file", "name": "x"}, {"type": "file"}]
    path = _existing(project, components=components)
    with pytest.raises(
        CollectError, match=r"components\[47\]\.components\[1\]: 'name' is a required property"
    ):
        collect(path)


def test_existing_file_about_something_else_by_name(project: Path, collect: Collect) -> None:
    """Another name may be right (an image); a root without a version says nothing false."""
    root = {"type": "container", "name": "registry.example.com/inkwell", "version": "9"}
    assert collect(_existing(project, metadata={"component": root}))
    root = {"type": "application", "name": "inkwell"}
    assert collect(_existing(project, metadata={"component": root}))


def test_existing_file_limits(
    project: Path, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Size and number of components are bounded; a file that is gone is missing."""
    path = _existing(project)
    monkeypatch.setattr("assurance_sbom.cyclonedx_file.MAX_COMPONENTS", 0)
    with pytest.raises(CollectError, match="more than 0 components and services"):
        collect(path)
    with path.open("wb") as file:
        file.truncate(32 * 1024 * 1024 + 1)
    with pytest.raises(CollectError, match="33554433 bytes, 33554432 are allowed"):
        collect(path)
    path.unlink()
    with pytest.raises(CollectError, match="there is no such file") as caught:
        collect(path)
    assert caught.value.missing


def test_inputs_of_both_kinds_give_a_statement_each(
    project: Path, make_context: MakeContext
) -> None:
    """Locks are joined in one document; every existing file is a statement of its own."""
    *statements, _ = SbomCollector().collect(make_context(_lock(project), _existing(project)))
    assert ["1.5", "1.6"] == [json.loads(item.predicate)["specVersion"] for item in statements]


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("poetry.lock.toml", {}, "the name does not say what the file is"),
        ("pylock.a.b.toml", {}, "the name does not say what the file is"),
        ("a.txt", {"source": "environment"}, "the source is an environment, and there are inputs"),
        (None, {"source": "requirements"}, "the source is requirements, and there is no input"),
        (None, {"source": "cyclonedx"}, "the source is cyclonedx, and there is no input"),
        ("a.txt", {"python": "x"}, "the option python is for the source environment only"),
        (
            "a.txt",
            {"file_hashes": True, "source": "requirements"},
            "the option file_hashes is for the source environment or archive only",
        ),
        ("a.txt", {"extras": ["x"]}, "the option extras is for the source uv or poetry only"),
        ("pylock.toml", {"groups": ["x"]}, "the option groups is for the source uv or poetry only"),
    ],
)
def test_source_that_makes_no_sense(
    name: str | None, options: dict[str, Any], reason: str, project: Path, collect: Collect
) -> None:
    """Options and inputs that contradict each other are refused, not guessed about."""
    with pytest.raises(CollectError, match=reason):
        collect(*([project / name] if name else []), options=options)


def test_source_can_be_given(project: Path, collect: Collect) -> None:
    """A name that says nothing is read as the option says."""
    path = _lock(project).rename(project / "pins")
    document = collect(path, options={"source": "requirements"})
    assert ["attrs"] == [entry["name"] for entry in document["components"]]


@pytest.mark.parametrize("source", ["requirements", "environment"])
def test_same_bytes_twice_and_other_serial_at_another_time(
    source: str, project: Path, site: Path, install: Install, make_context: MakeContext
) -> None:
    """Content and time fix every byte; the serial number is kept and follows them."""
    install("b", "1.0", "Requires-Dist: a")
    install("a")
    context = (
        make_context(_lock(project))
        if source == "requirements"
        else make_context(options={"python": str(site)})
    )
    first, _ = SbomCollector().collect(context)
    second, _ = SbomCollector().collect(context)
    assert first.predicate == second.predicate
    later, _ = SbomCollector().collect(
        replace(context, now=datetime(2026, 11, 23, 12, 1, tzinfo=UTC))
    )
    one, two = json.loads(first.predicate), json.loads(later.predicate)
    assert "2026-11-23T12:00:00Z" == one["metadata"]["timestamp"]
    assert "2026-11-23T12:01:00Z" == two["metadata"]["timestamp"]
    assert 5 == uuid.UUID(one["serialNumber"]).version
    assert one["serialNumber"] != two["serialNumber"]


def test_version_of_cyclonedx_can_be_chosen(project: Path, collect: Collect) -> None:
    """1.7 on demand: the same document, and still strictly valid (checked when written)."""
    old = collect(_lock(project))
    new = collect(_lock(project), options={"spec_version": "1.7"})
    assert ("1.6", "1.7") == (old.pop("specVersion"), new.pop("specVersion"))
    assert "http://cyclonedx.org/schema/bom-1.7.schema.json" == new.pop("$schema")
    assert old.pop("serialNumber") != new.pop("serialNumber")
    del old["$schema"]
    assert old == new


def test_document_names_release_artifacts_tool_and_phase(
    site: Path, install: Install, collect: Collect
) -> None:
    """The metadata say what it is about, what made it, when, and in which phase."""
    install("a")
    document = collect(options={"python": str(site)})
    assert "http://cyclonedx.org/schema/bom-1.6.schema.json" == document["$schema"]
    metadata = document["metadata"]
    assert [{"type": "application", "name": "release-assurance", "version": "0.1.0"}] == metadata[
        "tools"
    ]["components"]
    assert [{"phase": "post-build"}] == metadata["lifecycles"]
    assert [
        {
            "type": "file",
            "name": "inkwell-0.3.0-py3-none-any.whl",
            "hashes": [{"alg": "SHA-256", "content": HASH}],
        }
    ] == metadata["component"]["components"]


def test_release_that_is_no_python_package(project: Path, collect: Collect) -> None:
    """A name that the index would not take is a generic package."""
    document = collect(_lock(project), name="Ledger API/2")
    assert "pkg:generic/Ledger%20API%2F2@0.3.0" == document["metadata"]["component"]["purl"]


def test_release_without_artifacts_and_revision(project: Path, make_context: MakeContext) -> None:
    """What is not there is left out, not empty."""
    context = make_context(_lock(project))
    release = replace(context.release, artifacts=(), revision=None)
    statement, _ = SbomCollector().collect(replace(context, release=release))
    root = json.loads(statement.predicate)["metadata"]["component"]
    assert "components" not in root
    assert "revision" not in json.dumps(root)


@pytest.mark.slow
def test_strict_validator_as_it_comes_accepts_everything(
    project: Path, make_context: MakeContext
) -> None:
    """The library's own validator, unchanged and in one piece, agrees."""
    contexts = [
        make_context(_lock(project)),
        make_context(options={"file_hashes": True, "python": str(_small_site(project))}),
    ]
    for context in contexts:
        statement, _ = SbomCollector().collect(context)
        answer = subprocess.run(
            [sys.executable, "-c", STRICT],
            input=statement.predicate,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (0, b"") == (answer.returncode, answer.stderr)


def _small_site(project: Path) -> Path:
    """One package that uses every field."""
    info = project / "site" / "a-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Name: a\nVersion: 1.0\nSummary: s\nAuthor: A\nAuthor-email: B <b@example.com>\n"
        "Classifier: License :: OSI Approved :: BSD License\n"
        "Classifier: License :: OSI Approved :: MIT License\nRequires-Dist: gone\n",
        "utf-8",
    )
    (info / "direct_url.json").write_text('{"url": "https://example.com/a.whl"}', "utf-8")
    (info / "RECORD").write_text(f"a.py,sha256={'A' * 43},1\n", "utf-8")
    return project / "site"


@pytest.mark.parametrize(
    "source", ["environment", "requirements", "pylock", "uv", "poetry", "cyclonedx"]
)
def test_self_test_finds_what_it_planted(
    source: str, project: Path, make_context: MakeContext
) -> None:
    """The planted defect is found by the code that collects."""
    inputs = {
        "environment": (),
        "requirements": (_lock(project),),
        "pylock": (project / "pylock.toml",),
        "uv": (project / "uv.lock",),
        "poetry": (project / "poetry.lock",),
        "cyclonedx": (_existing(project),),
    }[source]
    result = SbomCollector().self_test(make_context(*inputs))
    assert result.found
    assert "everything planted was found" == result.message
    assert result.planted


@pytest.mark.parametrize(
    ("source", "blind", "message"),
    [
        (
            "environment",
            lambda document: {**document, "components": document["components"][:1]},
            "not what is listed",
        ),
        (
            "environment",
            lambda document: {
                **document,
                "dependencies": [{**e, "dependsOn": []} for e in document["dependencies"]],
            },
            "the graph does not say so",
        ),
        ("requirements", lambda document: document, "without a hash was read as: complete"),
        ("pylock", lambda document: document, "without a hash was read as: complete"),
        ("uv", lambda document: document, "without a hash was read as: complete"),
        ("poetry", lambda document: document, "without a hash was read as: complete"),
        ("cyclonedx", lambda document: document, "without a type was read as: valid"),
    ],
)
def test_self_test_notices_a_blind_collector(
    source: str,
    blind: Callable[[dict[str, Any]], dict[str, Any]],
    message: str,
    project: Path,
    make_context: MakeContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A collector that overlooks things does not pass its own test."""
    real = canary._document

    def seeing_less(name: str, context: Any) -> dict[str, Any]:
        if source != "environment":
            return {}
        return blind(real(name, context))

    monkeypatch.setattr(canary, "_document", seeing_less)
    result = canary.look([source], make_context())
    assert not result.found
    assert message in result.message


def test_self_test_reports_a_refusal(
    make_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collector that cannot read what was planted does not pass either."""

    def refuse(_source: str, _context: Any) -> dict[str, Any]:
        raise CollectError("broken", remedy="mend it")

    monkeypatch.setattr(canary, "_document", refuse)
    result = canary.look(["environment", "requirements"], make_context())
    assert not result.found
    assert "environment: broken; requirements: a lock without a hash was read as: broken" == (
        result.message
    )


def test_serial_number_follows_the_content(site: Path, install: Install, collect: Collect) -> None:
    """The number is recomputable: UUID 5 over the SHA-256 of everything else."""
    install("a")
    document = collect(options={"python": str(site)})
    serial = document.pop("serialNumber")
    content = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    space = uuid.uuid5(uuid.NAMESPACE_URL, "https://w3id.org/release-assurance/sbom-serial/v1")
    assert serial == uuid.uuid5(space, hashlib.sha256(content.encode()).hexdigest()).urn


def test_light_to_import() -> None:
    """Registering the collector loads no heavy library."""
    script = (
        "import sys, assurance_sbom.plugin as p; list(p.assurance_collectors());"
        "print([m for m in sys.modules if m.split('.')[0] in"
        "('cyclonedx', 'jsonschema', 'packaging', 'license_expression', 'zipfile')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "[]\n" == answer.stdout


def test_names_of_releases() -> None:
    """A release's purl is on the index where its name can be."""
    assert "pkg:pypi/ink-well@1" == package_url.of_release("Ink_well", "1")
