"""The example that imports nothing of ours accepts our log, also after a restart, and no other."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import note, note_key
from assurance_log import receipts, rows
from assurance_log.destinations import destination
from assurance_log.export import export

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = Path(__file__).resolve().parents[3] / "examples/independent_verifier/verify_log.py"


def ask(*arguments: str | Path) -> tuple[int, str]:
    """Run the script."""
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, (done.stdout + done.stderr).strip()


def written(log: Any, folder: Path) -> Path:
    """Export the log as a new process would find it."""
    with log.database(read_only=True).read() as connection, destination.opened(str(folder)) as to:
        export(connection, to)
    return folder


def test_it_is_independent() -> None:
    """The script imports the standard library and `cryptography`, and nothing of ours."""
    tree = ast.parse(SCRIPT.read_text("utf-8"))
    names = {
        alias.name
        for item in ast.walk(tree)
        if isinstance(item, ast.Import)
        for alias in item.names
    }
    names |= {str(item.module) for item in ast.walk(tree) if isinstance(item, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= {
        *("base64", "hashlib", "json", "pathlib", "sys"),
        "cryptography",
    }


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_it_accepts_our_tiles(log_at: Callable[..., Any], tmp_path: Path, size: int) -> None:
    """An export of any size gives its signed root."""
    log = log_at()
    if size:
        log.writer().append([b"%d" % i for i in range(size)])
    folder = written(log, tmp_path / "public")
    assert (0, f"{size} entries give the signed root") == ask("tiles", folder, log.key.vkey())


def test_it_confirms_growth_after_a_restart(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """Every older checkpoint is confirmed against the log of a later writer; another's is not."""
    log = log_at()
    old = []
    for start in range(0, 900, 300):
        done = log.writer().append([b"%d" % i for i in range(start, start + 300)])
        old.append((done.size, done.checkpoint.encode()))
    folder = written(log, tmp_path / "public")
    checkpoint = tmp_path / "checkpoint"
    for size, data in old:
        checkpoint.write_bytes(data)
        answer = f"the first {size} of 900 entries give the older signed root"
        assert (0, answer) == ask("growth", folder, log.key.vkey(), checkpoint)
    other = log_at("other")
    checkpoint.write_bytes(other.writer().append([b"x"]).checkpoint.encode())
    code, said = ask("growth", folder, log.key.vkey(), checkpoint)
    assert (1, True) == (code, "its history was changed" in said)


def test_it_checks_receipts(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """A receipt holds for its entry, and for no other."""
    log = log_at()
    done = log.writer().append([b"%d" % i for i in range(300)])
    with log.database().read() as connection:
        data = receipts.receipt(connection, 77, done.checkpoint, done.size).encode()
    (tmp_path / "receipt").write_bytes(data)
    (tmp_path / "entry").write_bytes(b"77")
    (tmp_path / "other").write_bytes(b"78")
    names = (tmp_path / "receipt", log.key.vkey())
    assert (0, "entry 77 of 300 is in the log") == ask("receipt", *names, tmp_path / "entry")
    code, said = ask("receipt", *names, tmp_path / "other")
    assert (1, True) == (code, "does not lead from the entry" in said)
    for spelling in (b"+77", b"077", b"7_7", b" 77", b""):
        (tmp_path / "receipt").write_bytes(data.replace(b"index 77\n", b"index %s\n" % spelling))
        code, said = ask("receipt", *names, tmp_path / "entry")
        assert (1, True) == (code, "not a number as the formats write it" in said)


@pytest.mark.parametrize(
    "name", ["tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1", "checkpoint"]
)
def test_it_refuses_a_changed_byte(log_at: Callable[..., Any], tmp_path: Path, name: str) -> None:
    """One changed byte in any kind of file of the export is found."""
    log = log_at()
    log.writer().append([b"%d" % i for i in range(300)])
    path = written(log, tmp_path / "public") / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    code, said = ask("tiles", tmp_path / "public", log.key.vkey())
    assert (1, True) == (code, said.startswith("does not hold"))


def test_usage() -> None:
    """Without a command it says how it is used."""
    code, said = ask()
    assert 2 == code
    assert "verify_log.py tiles" in said


def test_it_demands_the_witnesses(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """A receipt and an export are good for a witness that signed, and for no other."""
    log = log_at()
    done = log.writer().append([b"entry"])
    private = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    raw = private.public_key().public_bytes_raw()
    witness = note_key.from_public("w.example", note_key.COSIGNATURE, raw)
    other = note_key.from_public("v.example", note_key.COSIGNATURE, raw)
    message = note_key.cosigned_message(done.checkpoint.text.encode(), 5)
    line = note.NoteSignature(
        name=witness.name,
        key_hash=witness.key_hash,
        signature=(5).to_bytes(8, "big") + private.sign(message),
    )
    with log.database().write() as connection:
        rows.add_witness_key(connection, witness)
        rows.add_cosignature(connection, 1, witness.name, witness.key_hash, line.line(), 5)
    with log.database().read() as connection:
        signed, size = receipts.newest(connection)
        proof = receipts.receipt(connection, 0, signed, size).encode()
    (tmp_path / "proof").write_bytes(proof)
    (tmp_path / "entry").write_bytes(b"entry")
    folder = written(log, tmp_path / "public")
    for first in (
        ("receipt", tmp_path / "proof", log.key.vkey(), tmp_path / "entry"),
        ("tiles", folder, log.key.vkey()),
    ):
        assert 0 == ask(*first, witness.vkey())[0]
        code, told = ask(*first, witness.vkey(), other.vkey())
        assert (1, "does not hold: v.example has not signed the checkpoint") == (code, told)
    later = (6).to_bytes(8, "big") + private.sign(message)
    forged = note.NoteSignature(name=witness.name, key_hash=witness.key_hash, signature=later)
    (tmp_path / "proof").write_bytes(proof.replace(line.line().encode(), forged.line().encode()))
    told = ask("receipt", tmp_path / "proof", log.key.vkey(), tmp_path / "entry", witness.vkey())[1]
    assert "does not hold: the signature of w.example on the checkpoint is wrong" == told


def test_other_spellings_of_a_receipt(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """A receipt that says the same in another way is refused, as by `assurance log verify`."""
    log = log_at()
    done = log.writer().append([b"%d" % number for number in range(5)])
    with log.database(read_only=True).read() as connection:
        (made,) = receipts.each(connection, (3,), done.checkpoint, done.size)
    good = made.encode().decode()
    first, _, signature = made.encode().decode().rstrip().rpartition(" ")
    hashed = good.split("\n")[2]
    loose = f"{hashed[:-2]}{chr(ord(hashed[-2]) + 1)}="  # other spare bits
    mutants = {
        "CRLF": good.replace("\n", "\r\n"),
        "a carriage return": good.replace("index 3\n", "index 3\r\n"),
        "a line separator": good.replace("index 3\n", "index 3\u2028"),
        "no word": good.replace("index 3", "3"),
        "another word": good.replace("index 3", "place 3"),
        "spare bits": good.replace(hashed, loose),
        "spare bits in extra": good.replace("index 3", "extra AB==\nindex 3"),
        "spare bits in a signature": f"{first} {signature[:-2]}{chr(ord(signature[-2]) + 1)}=\n",
        "no last newline": good[:-1],
        "a leading zero": good.replace("index 3", "index 03"),
    }
    (tmp_path / "entry").write_bytes(b"3")
    spec = importlib.util.spec_from_file_location("verify_log", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    path = tmp_path / "receipt"
    arguments = ["receipt", str(path), log.key.vkey(), str(tmp_path / "entry")]
    path.write_bytes(good.encode())
    assert 0 == script.main(arguments)
    accepted = []
    for name, text in mutants.items():
        assert text != good, name
        path.write_bytes(text.encode())
        if script.main(arguments) != 1:
            accepted.append(name)
    assert not accepted
