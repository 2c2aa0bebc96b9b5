"""We read the lines that cosign writes, and their signatures hold for us too."""

from __future__ import annotations

import base64
import os
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from assurance import envelope, keys, statement

if TYPE_CHECKING:
    from pathlib import Path

TYPE = "https://example.org/thing/v1"


@pytest.fixture
def folder(cosign: Path, tmp_path: Path) -> Path:
    """Let cosign make a key and attest a file; return the folder of all its files."""
    (tmp_path / "app.whl").write_bytes(b"a wheel")
    (tmp_path / "predicate.json").write_text('{"answer": 42}')
    for words in (
        ("generate-key-pair",),
        (
            *("attest-blob", "--key", "cosign.key", "--type", TYPE),
            *("--predicate", "predicate.json", "--bundle", "line.json"),
            *("--tlog-upload=false", "--use-signing-config=false", "--yes", "app.whl"),
        ),
    ):
        subprocess.run(
            [str(cosign), *words],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COSIGN_PASSWORD": "sesame"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=60,
        )
    return tmp_path


def test_line_of_cosign_is_read(folder: Path) -> None:
    """A line of cosign is within our strict subset: one signature, no keyid, Statement v0.1."""
    attestation = envelope.read((folder / "line.json").read_bytes().strip(), where="line.json")
    found = statement.read(attestation.payload, where="line.json")
    assert (TYPE, {"answer": 42}) == (found.predicate_type, found.predicate)
    digest = sha256(b"a wheel").hexdigest()
    assert (("sha256", digest),) == found.subjects[0].digest
    assert (None, "v0.1") == (attestation.keyid, found.version)


def test_signature_of_cosign_verifies(folder: Path) -> None:
    """The signature holds under cosign's public key; its hint is the key id in base64."""
    attestation = envelope.read((folder / "line.json").read_bytes().strip(), where="line.json")
    key = keys.load_public((folder / "cosign.pub").read_bytes(), where="cosign.pub")
    message = envelope.pae(attestation.payload)
    assert key.verify(message, attestation.signature)
    assert not key.verify(message + b" ", attestation.signature)
    assert key.key_id == base64.b64decode(attestation.hint).hex()
