"""`assurance report`: views of a sealed bundle, and what it says about what it did not check."""

from __future__ import annotations

import json
import os
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


def test_text(assurance: Assurance, sealed: Path) -> None:
    """The default is text; looking is exit 0 whatever the verdict, and says it did not check."""
    done = assurance("report", NAME, cwd=sealed)
    assert 0 == done.returncode
    assert done.stdout.startswith("NO-GO  inkwell 0.3.0 for development")
    assert "Signatures were not checked" in done.stdout
    assert "signatures were not checked" in done.stderr


def test_json_is_what_run_said(assurance: Assurance, sealed: Path) -> None:
    """The JSON view follows the schema and says what the verdict file says."""
    done = assurance("report", NAME, "-o", "json", cwd=sealed)
    assert 0 == done.returncode
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    ran = json.loads((sealed / "evidence/inkwell-0.3.0.verdict.json").read_bytes())
    for key in ("verdict", "environment", "grade", "checks", "weakenings", "release", "plugins"):
        assert ran[key] == found[key]
    assert ran["bundle"]["sha256"] == found["bundle"]["sha256"]
    assert ran["bundle"]["lines"] == found["bundle"]["lines"]
    assert found["signatures_checked"] is False


def test_several_views(assurance: Assurance, sealed: Path, tmp_path: Path) -> None:
    """Views go to their paths, folders are made, and one may go to standard output."""
    target = tmp_path / "new" / "report.md"
    done = assurance(
        "report", NAME, f"-omarkdown={target}", "-o", f"json={tmp_path}/r.json", cwd=sealed
    )
    assert 0 == done.returncode
    assert f"wrote {target}\nwrote {tmp_path}/r.json\n" == done.stdout
    assert target.read_text(encoding="utf-8").startswith(
        ["# NO", "#45;GO", "#58; inkwell 0.3.0"][0]
    )
    jsonschema.validate(json.loads((tmp_path / "r.json").read_bytes()), SCHEMA)
    done = assurance("report", NAME, "-o", "text", "-o", f"text={tmp_path}/r.txt", cwd=sealed)
    assert done.stdout.startswith("NO-GO  inkwell")
    assert (tmp_path / "r.txt").read_text(encoding="utf-8").startswith("NO-GO  inkwell")


def test_with_trust(assurance: Assurance, sealed: Path) -> None:
    """With a trust file every line is checked, and the note is gone."""
    done = assurance("report", NAME, "--trust", "trust.json", cwd=sealed)
    assert 0 == done.returncode, done.stderr
    assert "not checked" not in done.stdout.splitlines()[2]
    assert "" == done.stderr


@pytest.mark.parametrize("line", [0, 1, -1])
def test_changed_bundle_with_trust(
    line: int, assurance: Assurance, sealed: Path, tmp_path: Path
) -> None:
    """With a trust file a changed signature is exit 1."""
    lines = (sealed / NAME).read_bytes().splitlines()
    value = json.loads(lines[line])
    signature = value["dsseEnvelope"]["signatures"][0]
    signature["sig"] = ("B" if signature["sig"][0] != "B" else "C") + signature["sig"][1:]
    lines[line] = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"".join(item + b"\n" for item in lines))
    done = assurance("report", str(bad), "--trust", str(sealed / "trust.json"))
    assert 1 == done.returncode
    assert "" == done.stdout
    assert "signature" in done.stderr
    assert "bad.jsonl" in done.stderr


def test_cut_bundle(assurance: Assurance, sealed: Path, tmp_path: Path) -> None:
    """A bundle without its last line, a draft, or any other file is no sealed bundle."""
    data = (sealed / NAME).read_bytes()
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(data.splitlines(keepends=True)[:-1]))
    done = assurance("report", str(cut))
    assert 1 == done.returncode
    assert "this is no sealed bundle" in done.stderr
    draft = sealed / "evidence/inkwell-0.3.0.draft.jsonl"
    done = assurance("report", str(draft), "-o", "json")
    assert 1 == done.returncode
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert "this is no sealed bundle: 0 verdicts" in found["errors"][0]["problem"]
    other = tmp_path / "other"
    other.write_text("hello\n")
    assert 1 == assurance("report", str(other)).returncode


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("-o", "html5"), "there is no view 'html5'"),
        (("-o", "markdown="), "`markdown=` names no file"),
        (("-o", "text", "-o", "markdown"), "two views cannot both go to standard output"),
        (("--trust", "nowhere.json"), "the trust file cannot be read: No such file"),
    ],
)
def test_usage(words: tuple[str, ...], problem: str, assurance: Assurance, sealed: Path) -> None:
    """What cannot be done is exit 2 and says so."""
    done = assurance("report", NAME, *words, cwd=sealed)
    assert 2 == done.returncode
    assert problem in done.stderr


def test_expired_trust(assurance: Assurance, sealed: Path, tmp_path: Path) -> None:
    """An expired trust file decides nothing: exit 3."""
    trust = json.loads((sealed / "trust.json").read_bytes())
    trust["expires"] = trust["keys"][0]["not_after"] = "2020-06-01T00:00:00Z"
    path = tmp_path / "trust.json"
    path.write_text(json.dumps(trust))
    done = assurance("report", NAME, "--trust", str(path), cwd=sealed)
    assert 3 == done.returncode
    assert "the trust file expired on 2020-06-01" in done.stderr


def test_view_that_cannot_be_written(assurance: Assurance, sealed: Path, tmp_path: Path) -> None:
    """A path that cannot be written is our error, not a crash."""
    (tmp_path / "file").write_text("")
    done = assurance("report", NAME, "-o", f"json={tmp_path}/file/r.json", cwd=sealed)
    assert 3 == done.returncode
    assert "Traceback" not in done.stderr
    assert "cannot be written" in done.stderr


def test_devices_are_written_to(assurance: Assurance, sealed: Path, tmp_path: Path) -> None:
    """A pipe stays one: a file in its place would be a device less, for whoever runs as root."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = assurance("report", NAME, "-q", "-o", f"text={pipe}", cwd=sealed)
        assert (0, f"wrote {pipe}\n") == (done.returncode, done.stdout)
        assert os.read(reader, 1 << 16).startswith(b"NO-GO  inkwell")
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    null = tmp_path / "null"
    null.symlink_to("/dev/null")
    done = assurance("report", NAME, "-o", "json=-", "-o", f"text={null}", cwd=sealed)
    assert 0 == done.returncode, done.stderr
    assert "NO-GO" == json.loads(done.stdout)["verdict"]
    assert null.is_char_device()


def test_quiet(assurance: Assurance, sealed: Path) -> None:
    """-q is the verdict's line and the bundle's path, and no note."""
    done = assurance("report", NAME, "-q", cwd=sealed)
    assert "" == done.stderr
    assert 2 == len(done.stdout.splitlines())
    assert NAME == done.stdout.splitlines()[1]


def test_previous(assurance: Assurance, sealed: Path, tmp_path: Path) -> None:
    """With the last release's bundle everything that differs is told; one that fails is exit 1."""
    words = ("report", NAME, "--previous", NAME, "--trust", "trust.json", "-o")
    done = assurance(*words, "json", cwd=sealed)
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)["difference"]
    assert ([], True, None) == (found["changed"], found["a"]["verified"], found["a"]["problem"])
    lines = (sealed / NAME).read_bytes().splitlines(keepends=True)
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    done = assurance(*words[:3], str(bad), *words[4:], "markdown", cwd=sealed)
    assert 1 == done.returncode
    assert "**does not verify**" in done.stdout
    done = assurance("report", NAME, "--previous", "nowhere", cwd=sealed)
    assert 2 == done.returncode
    assert "the bundle cannot be read: No such file" in done.stderr
