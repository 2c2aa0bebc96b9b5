"""`assurance explain` on a real sealed bundle."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

import assurance as package

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Assurance = Callable[..., subprocess.CompletedProcess[str]]

SCHEMA = json.loads(
    (Path(package.__file__).parent / "schemas/output/v1.schema.json").read_text(encoding="utf-8")
)
NAME = "evidence/inkwell-0.3.0.intoto.jsonl"
pytestmark = pytest.mark.slow


def test_explains_the_newest_bundle(assurance: Assurance, sealed: Path) -> None:
    """Without a bundle the newest of the output folder counts; exit 0 whatever the answer."""
    done = assurance("explain", "tests.passed", cwd=sealed)
    assert 0 == done.returncode, done.stderr
    assert done.stdout.startswith("○ MISSING  tests.passed   area tests · owner qa · weight 10\n")
    assert "Least    evidence of kind tests\n" in done.stdout
    assert "Signatures were not checked" in done.stdout
    assert f"note: the newest bundle is {NAME}\n" == done.stderr


def test_newest_is_by_time(assurance: Assurance, sealed: Path, tmp_path: Path) -> None:
    """Of two bundles the one written last counts, in the folder that the variable names."""
    for name, moment in (("b.intoto.jsonl", 1_000), ("a.intoto.jsonl", 2_000)):
        shutil.copy(sealed / NAME, tmp_path / name)
        os.utime(tmp_path / name, (moment, moment))
    done = assurance("explain", "tests.passed", cwd=sealed, ASSURANCE_OUT=str(tmp_path))
    assert 0 == done.returncode, done.stderr
    assert f"{tmp_path}/a.intoto.jsonl" in done.stderr


def test_no_bundle(assurance: Assurance, tmp_path: Path) -> None:
    """Where there is none, exit 2 says where it was looked for, and what makes one."""
    done = assurance("explain", "tests.passed", cwd=tmp_path)
    assert 2 == done.returncode
    assert "no sealed bundle here" in done.stderr
    assert f"--> {tmp_path}/evidence" in done.stderr
    assert "assurance run" in done.stderr


def test_json(assurance: Assurance, sealed: Path) -> None:
    """The document follows the schema and holds this check alone."""
    done = assurance("explain", "tests.passed", NAME, "-o", "json", cwd=sealed)
    assert 0 == done.returncode
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert {"tests.passed"} == {item["id"] for item in found["checks"]}
    assert ["tests.passed"] == [item["id"] for item in found["explained"]]
    assert "NO-GO" == found["verdict"]


def test_all(assurance: Assurance, sealed: Path) -> None:
    """`--all` explains every check of the verdict, once."""
    done = assurance("explain", "--all", NAME, "-o", "json", cwd=sealed)
    found = json.loads(done.stdout)
    assert [item["id"] for item in found["explained"]] == list(
        dict.fromkeys(item["id"] for item in found["checks"])
    )
    assert len(found["explained"]) > 10
    said = assurance("explain", "--all", "--trust", "trust.json", NAME, cwd=sealed)
    assert "signed by development" in said.stdout
    assert "not checked" not in said.stdout
    assert "" == said.stderr


@pytest.mark.parametrize(
    ("words", "problem", "remedy"),
    [
        (("tests.pased",), "did you mean `tests.passed`", "assurance explain tests.passed"),
        (("minimum_elements",), "did you mean `sbom.minimum_elements`", "assurance explain sbom."),
        (("zzz",), "the bundle has no check 'zzz'\n", "assurance explain --all"),
        ((), "no check is named", "--all"),
        (("tests.passed", NAME, "--all"), "--all explains every check", "leave out one"),
        (("tests.passed", "nowhere"), "the bundle cannot be read: No such file", "check the path"),
        (("tests.passed", NAME, "--trust", "no.json"), "the trust file cannot be read", "check"),
    ],
)
def test_usage(
    words: tuple[str, ...], problem: str, remedy: str, assurance: Assurance, sealed: Path
) -> None:
    """What cannot be explained is exit 2, with the nearest names and what to do."""
    done = assurance("explain", *words, cwd=sealed)
    assert 2 == done.returncode
    assert problem in done.stderr
    assert remedy in done.stderr.rpartition("next:")[2]


def test_changed_bundle_with_trust(assurance: Assurance, sealed: Path, tmp_path: Path) -> None:
    """With a trust file a changed line explains nothing: exit 1."""
    data = (sealed / NAME).read_bytes().splitlines(keepends=True)
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"".join([data[1], data[0], *data[2:]]))
    trust = str(sealed / "trust.json")
    done = assurance("explain", "--all", str(bad), "--trust", trust)
    assert 1 == done.returncode
    assert "" == done.stdout
    assert "bad.jsonl" in done.stderr
