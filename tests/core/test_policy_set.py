"""The policy set's archive: one form, one digest, and nothing else is taken."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from assurance import policy_set, policy_statement, strict_json
from assurance.errors import FormatError
from assurance.model import Check

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.interfaces import PolicySet

MODULE = b"# a comment\n\npackage assurance.release.artifacts\n\nevaluated := true\n"
HELPER = b"package assurance.lib.evidence\n"
CHECK = Check(
    id="release.artifacts",
    title="Every artifact is named by its digest",
    description="What goes out is known byte for byte.",
    severity="critical",
    weight=5,
    blocking=True,
    owner="release",
    remedy="build the artifacts, then run again",
    requires=("https://in-toto.io/attestation/release/v0.1",),
    max_age=(("*", 60), ("production", 3600)),
    controls=("SSDF PS.2.1",),
    source="release/artifacts.rego:3",
)
FILES = (("lib/evidence.rego", HELPER), ("release/artifacts.rego", MODULE))


@pytest.fixture
def sample() -> PolicySet:
    """A set of one check, one helper and a data document."""
    return policy_set.build([*FILES, ("data/limits.json", b'{"limits":{"high":0}}')], [CHECK])


def _archive(files: list[tuple[str, bytes]]) -> bytes:
    """An archive in the right form, whatever the files say."""
    return policy_set._archive(tuple(files))


def _with_checks(change: dict[str, Any]) -> bytes:
    value = policy_set._check_object(CHECK) | change
    entry = {key: item for key, item in value.items() if item != "absent"}
    return _archive([("checks.json", strict_json.dumps([entry])), *FILES])


def test_what_was_packed_comes_back(sample: PolicySet) -> None:
    """Unpacking gives the very policy set that was packed."""
    assert sample == policy_set.unpack(policy_set.pack(sample), "set")


def test_the_same_content_gives_the_same_bytes() -> None:
    """Neither the order of the files nor the machine shows in the archive."""
    other = policy_set.build(reversed(FILES), [CHECK])
    assert policy_set.pack(policy_set.build(FILES, [CHECK])) == policy_set.pack(other)


def test_the_digest_is_the_files_sha256(sample: PolicySet) -> None:
    """The policy digest is what sha256sum says of the archive."""
    data = policy_set.pack(sample)
    said = subprocess.run(["sha256sum"], input=data, capture_output=True, check=True)
    assert said.stdout.decode().split()[0] == policy_set.digest(data)


def test_somebody_elses_tar_reads_it(sample: PolicySet, tmp_path: Path) -> None:
    """GNU tar and Python's tarfile see the same files, with fixed owner, mode and time."""
    archive = tmp_path / "set.tar"
    archive.write_bytes(policy_set.pack(sample))
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
        assert [path for path, _ in sample.files] == [member.name for member in members]
        for member, (_, content) in zip(members, sample.files, strict=True):
            reader = tar.extractfile(member)
            assert reader is not None
            assert content == reader.read()
            assert (0o644, 0, 0, 0) == (member.mode, member.uid, member.gid, member.mtime)
    listed = subprocess.run(["tar", "-tf", archive], capture_output=True, check=True, text=True)
    assert [path for path, _ in sample.files] == listed.stdout.split()


@pytest.mark.parametrize(
    ("defect", "data", "reason"),
    [
        ("empty", b"", "is cut"),
        ("one-block", bytes(512), "is cut"),
        ("no-files", bytes(1024), "has no `checks.json`"),
        ("too-large", bytes(16 * 1024 * 1024 + 512), "the limit is 16,777,216"),
        ("too-many", _archive([(f"a{i:05}.json", b"") for i in range(2001)]), "more than 2,000"),
        ("climbs", _archive([("../a.rego", b"")]), "with the path '../a.rego'"),
        ("climbs-inside", _archive([("a/../b.rego", b"")]), "with the path"),
        ("absolute", _archive([("/a.rego", b"")]), "with the path '/a.rego'"),
        ("backslash", _archive([("a\\b.rego", b"")]), "with the path"),
        ("empty-segment", _archive([("a//b.rego", b"")]), "with the path"),
        ("hidden", _archive([(".a.rego", b"")]), "with the path"),
        ("unsorted", _archive([("b.rego", b""), ("a.rego", b"")]), "out of order"),
        ("twice", _archive([("a.rego", b""), ("a.rego", b"")]), "stands twice"),
        ("other-file", _archive([("a.sh", b"")]), "neither Rego nor JSON"),
        ("no-checks", _archive(list(FILES)), "has no `checks.json`"),
        ("not-json", _archive([("checks.json", b"[")]), "not JSON"),
        ("checks-object", _archive([("checks.json", b"{}")]), "must be an array"),
        ("check-text", _archive([("checks.json", b'["a"]')]), "must be an object with an `id`"),
        ("deep", _archive([("checks.json", b"[" * 20 + b"]" * 20)]), "nested deeper"),
        ("orphan", _archive([("checks.json", b"[]"), *FILES]), "is no check's"),
        ("id", _with_checks({"id": "release"}), "is not `<area>.<name>`"),
        ("id-number", _with_checks({"id": 1}), "an object with an `id`"),
        ("unknown-key", _with_checks({"wieght": 1}), "unknown key 'wieght'"),
        ("absent-key", _with_checks({"owner": "absent"}), "`owner` of a check cannot be None"),
        ("weight-zero", _with_checks({"weight": 0}), "`weight` of a check cannot be 0"),
        ("weight-101", _with_checks({"weight": 101}), "`weight` of a check cannot be 101"),
        ("weight-true", _with_checks({"weight": True}), "`weight` of a check cannot be True"),
        ("severity", _with_checks({"severity": "bad"}), "`severity` of a check cannot be 'bad'"),
        ("severity-list", _with_checks({"severity": []}), "`severity` of a check"),
        ("blocking-1", _with_checks({"blocking": 1}), "`blocking` of a check cannot be 1"),
        # It is written where it says no: one policy set has one digest.
        ("waivable", _with_checks({"waivable": True}), "`waivable` of a check cannot be True"),
        ("blank-title", _with_checks({"title": " "}), "`title` of a check cannot be ' '"),
        ("requires-text", _with_checks({"requires": "sbom"}), "`requires` of a check"),
        ("requires-null", _with_checks({"requires": None}), "`requires` of a check"),
        ("age-list", _with_checks({"max_age": []}), "`max_age` of a check"),
        ("age-zero", _with_checks({"max_age": {"*": 0}}), "`max_age` of a check"),
        ("age-float", _with_checks({"max_age": {"*": 1.5}}), "`max_age` of a check"),
        ("age-name", _with_checks({"max_age": {"a b": 1}}), "`max_age` of a check"),
        ("source-none", _with_checks({"source": ""}), "`source` of a check"),
        ("source-line", _with_checks({"source": "release/artifacts.rego:4"}), "artifacts.rego:3"),
        ("no-module", _with_checks({"id": "release.other"}), "no module for the check"),
        (
            "no-package",
            _archive([("a.rego", b"evaluated := true\n"), ("checks.json", b"[]")]),
            "does not begin with a package",
        ),
        (
            "package-twice",
            _archive(
                [
                    ("a.rego", b"package assurance.a.b\n"),
                    ("b.rego", b"package assurance.a.b\n"),
                    ("checks.json", b"[]"),
                ]
            ),
            "stands twice",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_refused(defect: str, data: bytes, reason: str) -> None:
    """Each defect is refused, for its own reason and with its place."""
    with pytest.raises(FormatError, match=reason) as caught:
        policy_set.unpack(data, f"set-{defect}")
    assert str(caught.value).startswith(f"set-{defect}")


def test_the_check_stands_once(sample: PolicySet) -> None:
    """Two entries for one check are refused."""
    entry = policy_set._check_object(CHECK)
    listing = strict_json.dumps([entry, entry])
    with pytest.raises(FormatError, match="one stands twice"):
        policy_set.unpack(_archive([("checks.json", listing), *FILES]), "set")
    with pytest.raises(FormatError, match="not about the checks"):
        policy_set.pack(replace(sample, checks=()))


def test_checks_without_optional_fields_are_read() -> None:
    """An older set may lack fields that came later with a default."""
    data = _with_checks(dict.fromkeys(("requires", "reads", "max_age", "controls"), "absent"))
    check = policy_set.unpack(data, "set").checks[0]
    assert ((), (), (), ()) == (check.requires, check.reads, check.max_age, check.controls)


def test_every_changed_byte_is_refused_or_is_content(sample: PolicySet) -> None:
    """A flipped bit is either refused, or it is another policy set with another digest."""
    data = policy_set.pack(sample)
    chance = random.Random(1)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << chance.randrange(8)
        try:
            other = policy_set.unpack(bytes(changed), "set")
        except FormatError:
            continue
        assert sample != other
        assert bytes(changed) == policy_set.pack(other)


def test_every_cut_is_refused(sample: PolicySet) -> None:
    """No beginning of an archive is an archive; nor is one with something after it."""
    data = policy_set.pack(sample)
    for end in (*range(0, len(data), 512), *range(1, 600)):
        with pytest.raises(FormatError):
            policy_set.unpack(data[:end], "set")
    for tail in (b"x", bytes(512), bytes(1024), data):
        with pytest.raises(FormatError):
            policy_set.unpack(data + tail, "set")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, b"x", b"g"])
def test_only_regular_files(kind: bytes) -> None:
    """Links, folders and extended headers are refused."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        member = tarfile.TarInfo("a.rego")
        member.type = kind
        member.linkname = "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(FormatError, match="is no regular file"):
        policy_set.unpack(out.getvalue(), "set")


def test_another_tars_habits_are_refused() -> None:
    """The same files packed by another tool are not the same bytes, so they are refused."""
    out = io.BytesIO()
    listing = policy_set.build(FILES, [CHECK]).files
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in listing:
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    with pytest.raises(FormatError, match="not packed the one way"):
        policy_set.unpack(out.getvalue(), "set")


def test_random_bytes_raise_only_our_error(sample: PolicySet) -> None:
    """Whatever the bytes, the answer is a policy set or a FormatError."""
    chance = random.Random(2)
    data = policy_set.pack(sample)
    for _ in range(300):
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(changed))
            changed[at : at + chance.randrange(12)] = chance.randbytes(chance.randrange(12))
        blocks = bytes(changed[: len(changed) // 512 * 512])
        for attempt in (bytes(changed), blocks, blocks + bytes(1024)):
            try:
                policy_set.unpack(attempt, "set")
            except FormatError:
                continue


def test_reading_it_imports_nothing_slow() -> None:
    """`verify` reads the set: no tarfile, no YAML, no engine."""
    code = (
        "import sys, assurance.policy_set; "
        "print([m for m in ('tarfile', 'yaml', 'regorus', 'jsonschema') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "[]\n" == said.stdout


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (b"package a.b\n", ("a.b", 1)),
        (b"\n# x\r\n\tpackage  a.b # why\r\n", ("a.b", 3)),
        (b"# package a.b\n", None),
        (b"package\na.b\n", None),
        (b'package a["b"]\n', None),
        (b"package a.b import rego.v1\n", None),
        (b"import rego.v1\npackage a.b\n", None),
        (b"", None),
        (b"\xff\n", None),
    ],
)
def test_the_package_clause(module: bytes, expected: tuple[str, int] | None) -> None:
    """The package stands first, on a line of its own, in its plain form."""
    assert expected == policy_set.package_of(module)


def test_the_archive_stands_in_canonical_base64() -> None:
    """One archive has one text: bits that nobody reads are zero."""
    for content in ("QR==", "QQ==\n", "QQ"):
        described = {"content": content, "digest": {"sha256": "0" * 64}}
        with pytest.raises(FormatError, match=r"is not (canonical )?base64"):
            policy_statement.archive_of({"policySet": described}, where="t:4")
