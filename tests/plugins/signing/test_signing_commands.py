"""`assurance key` and `assurance trust`, as people call them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assurance import keys, trust
from assurance.secrets import ProcessSecrets
from assurance_signing.file_signer import FileSignerProvider

CALL = "from assurance.cli.main import main; raise SystemExit(main())"
ENVIRONMENT = {name: value for name, value in os.environ.items() if "ASSURANCE" not in name}


def call(
    folder: Path, *words: str, umask: int = 0o022, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `assurance` in `folder`, without a terminal."""
    return subprocess.run(
        [sys.executable, "-c", CALL, *words],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        umask=umask,
        check=False,
    )


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the one JSON document on standard output."""
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256"])
def test_generated_key_signs(kind: str, tmp_path: Path) -> None:
    """A new key's files are right: PKCS8 for its owner only, SPKI beside it, and it signs."""
    done = call(tmp_path, "key", "generate", "--type", kind, "-o", "json", umask=0)
    assert (0, "") == (done.returncode, done.stderr)
    said = answer(done)["key"]
    private, public = tmp_path / "keys/release.pem", tmp_path / "keys/release.pub"
    assert 0o600 == stat.S_IMODE(private.stat().st_mode)
    key = keys.load_public(public.read_bytes(), where="x")
    assert (kind, key.key_id, False) == (said["type"], said["id"], said["encrypted"])
    signer = FileSignerProvider().open(
        "file:keys/release.pem", root=tmp_path, secrets=ProcessSecrets({}, ask=None)
    )
    assert key.key_id == signer.key_id
    assert key.verify(b"m", signer.sign(b"m"))


def test_generate_says_id_and_next_step(tmp_path: Path) -> None:
    """The text names both files, the id and what to do next, on standard output only."""
    done = call(tmp_path, "key", "generate", "--out", "mine.pem")
    key = keys.load_public((tmp_path / "mine.pub").read_bytes(), where="x")
    assert "Wrote mine.pem (ed25519, mode 0600, not encrypted) and mine.pub." in done.stdout
    assert f"Key id: {key.key_id}" in done.stdout
    assert "next: list the id" in done.stdout
    assert "PRIVATE" not in done.stdout + done.stderr


def test_generate_speaks_ascii_where_it_must(tmp_path: Path) -> None:
    """The arrow is written as every other command writes it."""
    done = call(tmp_path, "key", "generate", ASSURANCE_ASCII="1")
    assert "\n-> next: list the id" in done.stdout
    assert done.stdout.isascii()


def test_a_key_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A disk without room is told, and half a key does not keep the next one from its place."""
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", sys.executable, "-c", CALL, "key", "generate"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (2, "error: the file cannot be written: File too large") == (
        done.returncode,
        done.stderr.splitlines()[0],
    )
    assert [] == list((tmp_path / "keys").iterdir())


def test_generate_encrypts(tmp_path: Path) -> None:
    """With `--encrypt` only the passphrase opens the key."""
    done = call(tmp_path, "key", "generate", "--encrypt", ASSURANCE_KEY_PASSPHRASE="sesame")
    assert 0 == done.returncode
    assert "sesame" not in done.stdout + done.stderr
    pem = (tmp_path / "keys/release.pem").read_bytes()
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    signer = FileSignerProvider().open(
        "file:keys/release.pem",
        root=tmp_path,
        secrets=ProcessSecrets({"ASSURANCE_KEY_PASSPHRASE": "sesame"}, ask=None),
    )
    assert signer.key_id in done.stdout


def test_generate_encrypted_needs_a_passphrase(tmp_path: Path) -> None:
    """Without a passphrase nothing is written: never an unencrypted key instead."""
    done = call(tmp_path, "key", "generate", "--encrypt")
    assert 3 == done.returncode
    assert "--encrypt needs a passphrase" in done.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["release.pem", "release.pub"])
@pytest.mark.parametrize("link", [False, True], ids=["file", "dangling-link"])
def test_generate_overwrites_nothing(there: str, tmp_path: Path, *, link: bool) -> None:
    """A file or link in either place stays as it is, and nothing is left half done."""
    folder = tmp_path / "keys"
    folder.mkdir()
    if link:
        (folder / there).symlink_to(tmp_path / "elsewhere")
    else:
        (folder / there).write_bytes(b"precious")
    done = call(tmp_path, "key", "generate")
    assert 2 == done.returncode
    assert "never overwritten" in done.stderr
    assert f"keys/{there}" in done.stderr
    assert [there] == [path.name for path in folder.iterdir()]
    assert not (tmp_path / "elsewhere").exists()


def test_generate_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A path below a file is a usage error."""
    (tmp_path / "keys").write_bytes(b"")
    done = call(tmp_path, "key", "generate", "--out", "keys/below/release.pem")
    assert 2 == done.returncode
    assert "cannot be written: Not a directory" in done.stderr


def make_keys(folder: Path) -> str:
    """Write a plain and an encrypted key and a trust file; return the plain one's id."""
    call(folder, "key", "generate")
    call(
        folder,
        *("key", "generate", "--encrypt", "--type", "ecdsa-p256", "--out", "keys/sealed.pem"),
        ASSURANCE_KEY_PASSPHRASE="sesame",
    )
    pem = (folder / "keys/release.pub").read_bytes()
    (folder / "trust.json").write_bytes(
        trust.development(
            pem,
            holder="ana",
            verifier_id="https://gate.example.org",
            resource_uri="pkg:pypi/inkwell",
            environment="development",
            expires=datetime(2027, 1, 1, tzinfo=UTC),
        )
    )
    return keys.load_public(pem, where="x").key_id


def test_list_shows_keys_and_roles(tmp_path: Path) -> None:
    """Each file is listed with id, kind and the roles of the trust file; nothing is decrypted."""
    key_id = make_keys(tmp_path)
    (tmp_path / "keys/broken.pem").write_bytes(b"hello")
    (tmp_path / "keys/folder.pem").mkdir()
    done = call(tmp_path, "key", "list", "keys", "-o", "json")
    assert 0 == done.returncode
    listed = {entry["path"]: entry for entry in answer(done)["keys"]}
    assert 6 == len(listed)
    assert "not a file" == listed["keys/folder.pem"]["problem"]
    release = listed["keys/release.pem"]
    assert ("private", key_id, "ed25519") == (release["kind"], release["id"], release["type"])
    assert list(trust.ROLES) == release["roles"]
    sealed, sealed_public = listed["keys/sealed.pem"], listed["keys/sealed.pub"]
    assert ("encrypted", "public") == (sealed["kind"], sealed_public["kind"])
    assert sealed_public["id"] == sealed["id"]
    assert sealed["roles"] is None
    broken = listed["keys/broken.pem"]
    assert ("unusable", "not one PEM block `PUBLIC KEY`") == (broken["kind"], broken["problem"])


def test_list_of_single_files(tmp_path: Path) -> None:
    """A file that is named is listed whatever its ending, without a trust file too."""
    call(tmp_path, "key", "generate")
    (tmp_path / "copy").write_bytes((tmp_path / "keys/release.pem").read_bytes())
    (tmp_path / "broken").write_bytes(b"hello")
    done = call(tmp_path, "key", "list", "copy", "broken")
    assert "copy  ed25519 private key\n" in done.stdout
    assert "  roles  no trust file\n" in done.stdout
    assert "broken  unusable: not one PEM block" in done.stdout


def test_list_as_text(tmp_path: Path) -> None:
    """The text says the same."""
    key_id = make_keys(tmp_path)
    (tmp_path / "keys/sealed.pub").unlink()
    done = call(tmp_path, "key", "list")
    assert f"keys/release.pem  ed25519 private key\n  id     {key_id}\n" in done.stdout
    assert "  roles  collector, policy, " in done.stdout
    assert "keys/sealed.pem  encrypted private key; no .pub file beside it" in done.stdout


def test_list_shows_file_names_harmlessly(tmp_path: Path) -> None:
    """A file's name cannot act on the terminal."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/\x1b[2Jx.pem").write_bytes(b"hello")
    assert r"keys/\x1b[2Jx.pem  unusable: " in call(tmp_path, "key", "list").stdout


def test_list_of_nothing(tmp_path: Path) -> None:
    """An empty folder is an answer; one that is not there is a usage error."""
    (tmp_path / "keys").mkdir()
    assert "No keys found.\n" == call(tmp_path, "key", "list").stdout
    done = call(tmp_path, "key", "list", "elsewhere")
    assert 2 == done.returncode
    assert "there is no such file or folder" in done.stderr
    done = call(tmp_path, "key", "list", "--trust", "absent.json")
    assert 2 == done.returncode
    assert "the trust file cannot be read: No such file" in done.stderr


def test_trust_show(tmp_path: Path) -> None:
    """Everything the file says is shown: keys, holders, times, roles with thresholds, expect."""
    key_id = make_keys(tmp_path)
    done = call(tmp_path, "trust", "show")
    assert (0, "") == (done.returncode, done.stderr)
    digest = trust.read((tmp_path / "trust.json").read_bytes(), where="x").digest
    for text in (
        "trust.json: version 1, profile development, expires 2027-01-01T00:00:00Z",
        f"sha256:{digest}",
        "those signed in the role `policy`",
        "pkg:pypi/inkwell in development, levels any, verdict of any age, receipt if-present",
        f"  {key_id}\n    ana, ed25519, 2020-01-01T00:00:00Z to 2027-01-01T00:00:00Z\n",
        "verifier          1 of 1  ana",
    ):
        assert text in done.stdout


def test_trust_show_of_a_full_file(tmp_path: Path) -> None:
    """Identities, revocations, predicate types, thresholds and logs are shown too."""
    vector = Path(__file__).parents[2] / "vectors/trust/good-everything.json"
    (tmp_path / "trust.json").write_text(json.loads(vector.read_text())["text"])
    done = call(tmp_path, "trust", "show")
    for text in (
        "identity release@example.org by https://issuer.example.org",
        "REVOKED from log.example.org/a 12: lost",
        "only types  https://w3id.org/release-assurance/sign-off/v1",
        "sign-off:security  2 of 2  ana, ben",
        "levels SLSA_BUILD_LEVEL_2, verdict at most 7d old, receipt required",
        "log.example.org/a  1 keys, 1 of 1 witnesses",
        f"sha256:{'ab' * 32}",
    ):
        assert text in done.stdout


def test_trust_show_as_json(tmp_path: Path) -> None:
    """The document holds the whole file, with its digest, for scripts."""
    key_id = make_keys(tmp_path)
    shown = answer(call(tmp_path, "trust", "show", "-o", "json"))["trust"]
    assert trust.read((tmp_path / "trust.json").read_bytes(), where="x").digest == shown["sha256"]
    assert [key_id] == [key["id"] for key in shown["keys"]]


@pytest.mark.parametrize(
    ("content", "error"),
    [(None, "cannot be read: No such file"), ("{", "not JSON"), ('{"x": 1}', "unknown key")],
)
def test_trust_show_refuses(content: str | None, error: str, tmp_path: Path) -> None:
    """A trust file that cannot be used is exit 2, in text and in JSON."""
    if content is not None:
        (tmp_path / "trust.json").write_text(content)
    done = call(tmp_path, "trust", "show")
    assert (2, "") == (done.returncode, done.stdout)
    assert error in done.stderr
    document = answer(call(tmp_path, "trust", "show", "-o", "json"))
    assert (2, "trust-file") == (document["exit"], document["errors"][0]["code"])
