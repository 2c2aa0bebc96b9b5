"""Each bundle vector through the real `assurance verify`: its exit code, and why."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import assurance
from assurance.cli.main import main

VECTORS = Path(__file__).parents[1] / "vectors"
HERE = VECTORS / "bundles"
PATHS = sorted(HERE.glob("*.json"))
PATHS.remove(HERE / "trust.json")
NOW = "2026-11-23T14:05:00Z"
ARTIFACTS = {
    "this": "ledger_api-2.4.1-py3-none-any.whl",
    "last": "ledger_api-2.4.0-py3-none-any.whl",
    "changed": "dist/ledger_api-2.4.1-py3-none-any.whl",
    "other": "other.bin",
    "absent": "absent.whl",
}
IN_A_PROCESS = ("good", "cut-sbom", "line-of-100-mb", "trust-expired", "trust-absent", "no-go")
"""These are also run as a command of their own: one for each exit code, and the largest."""


def part(item: Any) -> bytes:
    """Return the bytes of one item of a vector's `bundle`."""
    if isinstance(item, int):
        return (HERE / "good.intoto.jsonl").read_bytes().split(b"\n")[item - 1]
    if isinstance(item, str):
        return item.encode()
    if "of" in item:
        data = (HERE / f"{item['of']}.intoto.jsonl").read_bytes()
        return data.split(b"\n")[int(item["line"]) - 1]
    if "base64" in item:
        return base64.b64decode(str(item["base64"]))
    text = item.get("before", "") + item["text"] * item["times"] + item.get("after", "")
    return str(text).encode()


def lay_out(vector: dict[str, Any], folder: Path) -> list[str]:
    """Write the files of a vector into `folder`; return the words of the call."""
    (folder / "this.intoto.jsonl").write_bytes(b"\n".join(map(part, vector["bundle"])))
    trust = vector.get("trust")
    (folder / "trust.json").write_text(
        (HERE / "trust.json").read_text() if trust is None else trust, encoding="utf-8"
    )
    shutil.copy(HERE / "this.whl", folder / ARTIFACTS["this"])
    shutil.copy(HERE / "last.whl", folder / ARTIFACTS["last"])
    (folder / "dist").mkdir()
    (folder / ARTIFACTS["changed"]).write_bytes((HERE / "this.whl").read_bytes() + b"x")
    (folder / ARTIFACTS["other"]).write_bytes(b"something else\n")
    for name, text in vector.get("files", {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    words = vector.get("words", [])
    return [
        "verify",
        vector.get("bundle_name", "this.intoto.jsonl"),
        *(ARTIFACTS[name] for name in vector.get("artifacts", ["this"])),
        *([] if "--trust" in words else ["--trust", "trust.json"]),
        "--now",
        vector.get("now", NOW),
        *words,
    ]


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """Return the shipped schema of every JSON answer."""
    path = Path(assurance.__file__).parent / "schemas" / "output" / "v1.schema.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


ANSWERS = {0: "VERIFIED", 1: "REFUSED", 2: None, 3: "INDETERMINATE"}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_vector(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    schema: Draft202012Validator,
) -> None:
    """Exit code and reason are those of the vector, and the JSON document says the same."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    vector = json.loads(path.read_text())
    words = lay_out(vector, tmp_path)
    code = main(words)
    said = capfd.readouterr()
    text = said.out + said.err
    assert vector["exit"] == code, text
    assert re.search(vector["says"], text), text
    assert code == 0 or "next: " in text
    assert "Traceback" not in text
    if "line-of-100-mb" == path.stem:
        return  # once is enough
    assert code == main([*words, "-o", "json"])
    document = json.loads(capfd.readouterr().out)
    assert [] == [error.message for error in schema.iter_errors(document)]
    assert (code, ANSWERS[code]) == (document["exit"], document["verdict"])
    assert bool(document["errors"]) == (code != 0)
    for error in document["errors"]:
        assert error["problem"] in text
        assert error["remedy"] in text


@pytest.mark.parametrize("name", IN_A_PROCESS)
def test_vector_as_a_command(name: str, tmp_path: Path) -> None:
    """The same, as the pipeline runs it."""
    vector = json.loads((HERE / f"{name}.json").read_text())
    done = subprocess.run(
        [sys.executable, "-m", "assurance", *lay_out(vector, tmp_path)],
        cwd=tmp_path,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert vector["exit"] == done.returncode, done.stderr
    assert re.search(vector["says"], done.stdout + done.stderr)
    assert "Traceback" not in done.stderr


def test_vectors_are_as_generated(tmp_path: Path) -> None:
    """The script writes every file again, byte for byte; it also says how to change them."""
    script = VECTORS / "make_bundles.py"
    # With PYTHONSAFEPATH a script does not find the modules beside it.
    beside = os.pathsep.join(filter(None, [str(VECTORS), os.environ.get("PYTHONPATH")]))
    subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": beside},
        check=True,
        timeout=100,
    )
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    there = {path.name: path.read_bytes() for path in HERE.iterdir() if path.is_file()}
    assert sorted(there) == sorted(again)
    differ = sorted(name for name in there if there[name] != again[name])
    assert [] == differ, "a format has changed: python tests/vectors/make_bundles.py"
