"""cosign takes the lines that we write, and refuses them when anything is changed."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from assurance import attest, keys
from assurance.model import Artifact, Release, Statement
from assurance.predicates import CYCLONEDX, TEST_RESULT, VULNERABILITIES

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"a wheel"


class Signer:
    """A key in memory that signs as the file signer does."""

    def __init__(self, kind: str) -> None:
        """Make a new key of this kind."""
        self._private = (
            ed25519.Ed25519PrivateKey.generate()
            if kind == "ed25519"
            else ec.generate_private_key(ec.SECP256R1())
        )
        self.public_key_pem = self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id = keys.load_public(self.public_key_pem, where="key").key_id

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(message)
        return self._private.sign(message, ec.ECDSA(hashes.SHA256()))


@pytest.fixture(params=["ed25519", "ecdsa-p256"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Write artifact, public key and one signed line; return the line's path."""
    signer = Signer(request.param)
    digest = sha256(CONTENT).hexdigest()
    release = Release(
        name="app",
        version="1",
        revision=None,
        artifacts=(Artifact(name="app-1-py3-none-any.whl", sha256=digest, size=len(CONTENT)),),
        environment="development",
        resource_uri="pkg:pypi/app",
    )
    made = Statement(
        predicate_type=CYCLONEDX,
        predicate=json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6"}).encode(),
        collected_at=datetime(2026, 11, 23, tzinfo=UTC),
    )
    (tmp_path / "app-1-py3-none-any.whl").write_bytes(CONTENT)
    (tmp_path / "other.whl").write_bytes(b"another wheel")
    (tmp_path / "key.pub").write_bytes(signer.public_key_pem)
    (tmp_path / "other.pub").write_bytes(Signer(request.param).public_key_pem)
    path = tmp_path / "line.json"
    path.write_bytes(attest.attest(made, release, {"collector": signer}))
    return path


def verify(
    cosign: Path,
    line: Path,
    *,
    key: str = "key.pub",
    kind: str = CYCLONEDX,
    blob: str = "app-1-py3-none-any.whl",
) -> subprocess.CompletedProcess[str]:
    """Call cosign as a deployer without our tool would."""
    return subprocess.run(
        [
            str(cosign),
            "verify-blob-attestation",
            "--key",
            key,
            "--insecure-ignore-tlog",
            "--type",
            kind,
            "--bundle",
            line.name,
            blob,
        ],
        cwd=line.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_our_line_is_taken(cosign: Path, line: Path) -> None:
    """A key-signed, release-bound line verifies with cosign."""
    done = verify(cosign, line)
    assert 0 == done.returncode, done.stderr
    assert "Verified OK" in done.stderr


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"blob": "other.whl"}, "digest"),
        ({"key": "other.pub"}, "signature"),
        ({"kind": VULNERABILITIES}, "predicate type"),
        ({"kind": TEST_RESULT}, "predicate type"),
    ],
)
def test_anything_changed_is_refused(
    cosign: Path, line: Path, changed: dict[str, str], reason: str
) -> None:
    """Another blob, key or type is refused, for that reason."""
    done = verify(cosign, line, **changed)
    assert 0 != done.returncode
    assert reason in done.stderr.lower().replace("predicatetype", "predicate type"), done.stderr
