"""Keys in files: what opens, what signs, and every way in which one must not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from assurance import keys
from assurance.errors import ExitCode, SignerError
from assurance.keys import KeyType
from assurance_signing import private_key
from assurance_signing.file_signer import FileSigner, FileSignerProvider

PHRASE = b"correct horse"
ED = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
EC = ec.derive_private_key(12345, ec.SECP256R1())


class Fixed:
    """Secrets with one answer, which count how often they were asked."""

    def __init__(self, answer: bytes | None) -> None:
        """Take the answer."""
        self.answer = answer
        self.asked: list[str] = []

    def passphrase(self, uri: str) -> bytes | None:
        """Return the answer."""
        self.asked.append(uri)
        return self.answer


def pem(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, phrase: bytes = b"") -> bytes:
    """Return PKCS8 PEM, encrypted where a passphrase is given."""
    encryption = BestAvailableEncryption(phrase) if phrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def put(root: Path, content: bytes, mode: int = 0o600) -> str:
    """Write a key file; return its URI."""
    path = root / "keys/release.pem"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return "file:keys/release.pem"


def opened(root: Path, uri: str, phrase: bytes | None = None) -> FileSigner:
    """Open a key as the engine does."""
    return FileSignerProvider().open(uri, root=root, secrets=Fixed(phrase))


@pytest.mark.parametrize("key", [ED, EC], ids=["ed25519", "ecdsa-p256"])
@pytest.mark.parametrize("phrase", [b"", PHRASE], ids=["plain", "encrypted"])
def test_signs(
    key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, phrase: bytes, tmp_path: Path
) -> None:
    """Each kind of key signs, encrypted or not, and its public key verifies that."""
    signer = opened(tmp_path, put(tmp_path, pem(key, phrase)), phrase or None)
    public = keys.load_public(signer.public_key_pem, where="x")
    assert public.key_id == signer.key_id
    assert public.verify(b"message", signer.sign(b"message"))


def test_passphrase_is_asked_for_encrypted_keys_only(tmp_path: Path) -> None:
    """Nobody is asked for a passphrase that is not needed; the question names the key."""
    provider = FileSignerProvider()
    plain, encrypted = Fixed(PHRASE), Fixed(PHRASE)
    provider.open(put(tmp_path, pem(ED)), root=tmp_path, secrets=plain)
    provider.open(put(tmp_path, pem(ED, PHRASE)), root=tmp_path, secrets=encrypted)
    assert ([], ["file:keys/release.pem"]) == (plain.asked, encrypted.asked)


def test_absolute_paths_open(tmp_path: Path) -> None:
    """`file:/PATH` and `file:///PATH` are the same file."""
    put(tmp_path, pem(ED))
    path = tmp_path / "keys/release.pem"
    first = opened(Path("/nowhere"), f"file:{path}")
    assert opened(Path("/nowhere"), f"file://{path}").key_id == first.key_id


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("file:", "is not a `file:` URI"),
        ("keys/release.pem", "is not a `file:` URI"),
        ("pkcs11:x", "is not a `file:` URI"),
        ("file:a\0b", "is not a `file:` URI"),
        ("file://host/key.pem", "names a host"),
        ("file:keys/absent.pem", "cannot be opened: No such file"),
        ("file:keys", "the private key is no file"),
    ],
)
def test_uri_is_refused(uri: str, error: str, tmp_path: Path) -> None:
    """A URI that names no key file is refused with what is wrong of it."""
    put(tmp_path, pem(ED))
    with pytest.raises(SignerError, match=error) as caught:
        opened(tmp_path, uri)
    assert ExitCode.UNDECIDED == caught.value.exit_code
    assert caught.value.remedy


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o644])
def test_plain_key_that_others_may_use_is_refused(mode: int, tmp_path: Path) -> None:
    """An unencrypted key is private to its owner, or it is not used; the remedy is a command."""
    uri = put(tmp_path, pem(ED), mode)
    with pytest.raises(SignerError, match=rf"others may use it \(mode {mode:04o}\)") as caught:
        opened(tmp_path, uri)
    assert f"chmod 600 {tmp_path}/keys/release.pem" == caught.value.remedy
    subprocess.run(caught.value.remedy.split(), check=True)
    assert opened(tmp_path, uri).key_id


def test_encrypted_key_may_be_readable(tmp_path: Path) -> None:
    """The passphrase protects an encrypted key, whatever the file's mode."""
    assert opened(tmp_path, put(tmp_path, pem(ED, PHRASE), 0o644), PHRASE).key_id


def test_named_pipe_does_not_hang(tmp_path: Path) -> None:
    """A pipe in the key's place is refused at once."""
    os.mkfifo(tmp_path / "pipe.pem", 0o600)
    with pytest.raises(SignerError, match="the private key is no file"):
        opened(tmp_path, "file:pipe.pem")


@pytest.mark.parametrize(
    ("phrase", "error"),
    [
        (b"hunter2", "the passphrase does not open the private key"),
        (None, "is encrypted and there is no passphrase"),
    ],
)
def test_wrong_or_absent_passphrase(phrase: bytes | None, error: str, tmp_path: Path) -> None:
    """A wrong passphrase and none are told apart, and neither is shown."""
    with pytest.raises(SignerError, match=error) as caught:
        opened(tmp_path, put(tmp_path, pem(EC, PHRASE)), phrase)
    for secret in ("hunter2", PHRASE.decode()):
        assert secret not in str(caught.value) + caught.value.remedy


PUBLIC = private_key.generate(KeyType.ED25519).public.pem
RSA = rsa.generate_private_key(65537, 2048)
OPENSSH = ED.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
SEC1 = EC.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
RSA_PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PKCS1 = RSA.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
P384 = pem(ec.derive_private_key(12345, ec.SECP384R1()))
ED448 = ed448.Ed448PrivateKey.generate().private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"", "not a PKCS8 private key in PEM", id="empty"),
        pytest.param(b"hello", "not a PKCS8 private key in PEM", id="text"),
        pytest.param(pem(ED)[:60], "cut or damaged", id="cut"),
        pytest.param(pem(ED, PHRASE)[:-60], "cut or damaged", id="encrypted-cut"),
        pytest.param(pem(ED, PHRASE)[:100], "cut or damaged", id="encrypted-cut-early"),
        pytest.param(pem(ED).replace(b"MC4C", b"MC4D"), "cut or damaged", id="der-damaged"),
        pytest.param(
            pem(ED, PHRASE).replace(b"\nMI", b"\n*!", 1), "cut or damaged", id="no-base64"
        ),
        pytest.param(
            pem(ED, PHRASE).replace(b"\nMI", b"\nMA", 1), "cut or damaged", id="der-length"
        ),
        pytest.param(pem(ED, PHRASE).replace(b"\nMI", b"\nAI", 1), "cut or damaged", id="der-tag"),
        pytest.param(RSA_PEM, "of kind RSA cannot sign here", id="rsa"),
        pytest.param(PKCS1, "form `RSA PRIVATE KEY`, not PKCS8", id="rsa-pkcs1"),
        pytest.param(ED448, "of kind Ed448 cannot sign here", id="ed448"),
        pytest.param(P384, "an ECDSA P-384 key cannot be used here", id="p384"),
        pytest.param(SEC1, "form `EC PRIVATE KEY`, not PKCS8", id="ec-sec1"),
        pytest.param(OPENSSH, "form `OPENSSH PRIVATE KEY`, not PKCS8", id="openssh"),
        pytest.param(PUBLIC, "this is a public key", id="public"),
        pytest.param(b"-----BEGIN PRIVATE KEY-----\n" + b"A" * 70_000, "over 65,536", id="huge"),
    ],
)
def test_file_is_no_key_of_ours(content: bytes, error: str, tmp_path: Path) -> None:
    """Whatever else lies in the file is refused with what it is."""
    with pytest.raises(SignerError, match=error) as caught:
        opened(tmp_path, put(tmp_path, content), PHRASE)
    assert f"{tmp_path}/keys/release.pem" == caught.value.where
    assert caught.value.remedy


def test_signature_that_does_not_verify_is_not_given_out() -> None:
    """A key whose two parts do not belong together never signs a bundle."""
    mine, other = (private_key.generate(KeyType.ED25519) for _ in range(2))
    mixed = private_key.PrivateKey(public=other.public, _secret=mine._secret)
    with pytest.raises(SignerError, match="made a signature that does not verify"):
        FileSigner(mixed, where="x.pem").sign(b"message")


def test_key_is_not_shown() -> None:
    """The text form of a key names its id and nothing secret."""
    key = private_key.generate(KeyType.ECDSA_P256)
    assert f"PrivateKey(ecdsa-p256 {key.public.key_id})" == repr(key)


def test_loading_the_plugin_is_light() -> None:
    """Registering signers imports nothing of the cryptography library."""
    script = (
        "import sys; from assurance_signing import plugin\n"
        "print([p.scheme for p in plugin.assurance_signers()], 'cryptography' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "['file'] False\n" == done.stdout
