"""Go's sumdb packages and Tessera's fsck read what the log writes, and refuse what was changed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def holds(*command: str | Path) -> tuple[bool, str]:
    """Ask a checker; it says `holds` or why not."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    return done.returncode == 0 and "holds" in done.stdout, done.stderr


def test_sumdb_reads_receipts(sumdbcheck: Path, command_log: Any) -> None:
    """Go's note and tlog packages accept a receipt with its entry, and no other pair."""
    command_log.append(260)
    folder = command_log.folder
    for number in (0, 5, 255, 256, 259):
        entry, receipt = folder / f"entry-{number}", folder / f"entry-{number}.tlog-proof"
        assert (True, "") == holds(sumdbcheck, command_log.vkey, entry, receipt)
    other = folder / "entry-6"
    receipt = folder / "entry-5.tlog-proof"
    assert not holds(sumdbcheck, command_log.vkey, other, receipt)[0]
    changed = folder / "changed"
    changed.write_bytes(receipt.read_bytes().replace(b"\n260\n", b"\n261\n"))
    held, reason = holds(sumdbcheck, command_log.vkey, folder / "entry-5", changed)
    assert not held
    assert "invalid signature" in reason


def test_sumdb_reads_growth(sumdbcheck: Path, command_log: Any) -> None:
    """Go's tlog package accepts the proof that the log grew, and not a changed one."""
    folder = command_log.folder
    for start, count in ((0, 3), (3, 254), (257, 10)):
        command_log.append(count, start=start)
    for old, new in ((3, 257), (3, 267), (257, 267)):
        names = []
        for size in (old, new):
            (folder / f"head-{size}").write_text(
                command_log.run("checkpoint", "--size", str(size)).stdout
            )
            names.append(folder / f"head-{size}")
        proof = folder / "proof"
        proof.write_text(command_log.run("prove", "--from", str(old), "--size", str(new)).stdout)
        assert (True, "") == holds(sumdbcheck, "-consistency", command_log.vkey, *names, proof)
        lines = proof.read_text().splitlines()
        proof.write_text("\n".join(reversed(lines)) + "\n" if len(lines) > 1 else "")
        assert not holds(sumdbcheck, "-consistency", command_log.vkey, *names, proof)[0]


def checked(fsck: Path, folder: Path, vkey: str) -> str:
    """Run fsck over exported tiles; it can exit 0 after it failed, so its words count."""
    key = folder.with_name("log.vkey")
    key.write_text(vkey + "\n")
    done = subprocess.run(
        [str(fsck), "--ui=false", f"--storage_url=file://{folder}/", f"--public_key={key}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("count", [1, 255, 256, 257, 700])
def test_fsck_of_tessera(fsck: Path, command_log: Any, count: int) -> None:
    """Tessera's fsck rebuilds the exported log from its entries."""
    command_log.append(count)
    public = command_log.folder / "public"
    command_log.run("export", "--to", "public")
    assert "Successfully fsck'd log" in checked(fsck, public, command_log.vkey)


def test_fsck_finds_a_changed_entry(fsck: Path, command_log: Any) -> None:
    """Tessera's fsck does not call a log whole of which one byte was changed."""
    command_log.append(20)
    public = command_log.folder / "public"
    command_log.run("export", "--to", "public")
    victim = public / "tile/entries/000.p/20"
    data = bytearray(victim.read_bytes())
    data[-1] ^= 1
    victim.write_bytes(data)
    assert "Successfully fsck'd log" not in checked(fsck, public, command_log.vkey)


def test_export_grows(fsck: Path, command_log: Any) -> None:
    """An export over an older one is a whole log again."""
    command_log.append(200)
    command_log.run("export", "--to", "public")
    command_log.append(300, start=200)
    command_log.run("export", "--to", "public")
    answer = checked(fsck, command_log.folder / "public", command_log.vkey)
    assert "Successfully fsck'd log" in answer
