"""`assurance log` as a user runs it: the real command in a project of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assurance.errors import UsageError
from assurance_log import log_command
from assurance_log.commands import files

ROOT = Path(__file__).resolve().parents[3]
ORIGIN = "log.example/releases"
HEX = "0aF" * 20


@pytest.fixture
def made(run: Any, tmp_path: Path) -> Any:
    """A log with an anchor and two entries."""
    (tmp_path / "a.txt").write_text("first\n")
    (tmp_path / "large.bin").write_bytes(b"x" * 70_000)
    run("init", "--origin", ORIGIN, "--anchor", "away/anchor")
    run("append", "a.txt", "large.bin", "--anchor", "away/anchor")
    return run


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The command's own part of the JSON output."""
    found: dict[str, Any] = json.loads(done.stdout)["log"]
    return found


def vkey(run: Any) -> str:
    """The log's vkey."""
    return str(document(run("keys", "-o", "json"))["vkeys"][0]["vkey"])


def test_init_makes_a_key_that_only_its_owner_reads(run: Any, tmp_path: Path) -> None:
    """`init` makes database, key and public half, and says what comes next."""
    done = run("init", "--origin", ORIGIN)
    assert 0o600 == (tmp_path / "keys/log.pem").stat().st_mode & 0o777
    assert (tmp_path / "keys/log.pub").is_file()
    assert vkey(run) in done.stdout
    assert "`logs` of the trust file" in " ".join(done.stdout.split())


@pytest.mark.parametrize("kept", ["keys/log.pem", "log/log.db"])
def test_init_wants_a_new_key_and_a_new_database(run: Any, tmp_path: Path, kept: str) -> None:
    """A key without its database, or a database without its key, makes no new log."""
    run("init", "--origin", ORIGIN)
    other = "log" if kept.startswith("keys") else "keys"
    shutil.rmtree(tmp_path / other)
    done = run("init", "--origin", ORIGIN, wanted=2)
    assert "is there already" in done.stderr
    assert kept in done.stderr
    assert not (tmp_path / other / ("log.db" if other == "log" else "log.pem")).exists()


def test_key_without_database_does_not_append(run: Any, tmp_path: Path) -> None:
    """A log that is gone is not made anew by an append."""
    run("init", "--origin", ORIGIN)
    shutil.rmtree(tmp_path / "log")
    (tmp_path / "a").write_text("x")
    assert "there is no log here" in run("append", "a", wanted=2).stderr
    assert not (tmp_path / "log").exists()


def test_append_gives_receipts_that_verify_offline(made: Any, tmp_path: Path) -> None:
    """Each file gets a receipt beside it, which shows that file and no other."""
    key = vkey(made)
    shutil.rmtree(tmp_path / "log")  # offline: the log itself is not asked
    assert f"entry 0 of 2 in {ORIGIN}" in made("verify", "a.txt", "--vkey", key).stdout
    assert "entry 1 of 2" in made("verify", "large.bin", "--vkey", key).stdout
    (tmp_path / "a.txt").write_text("changed\n")
    refused = made("verify", "a.txt", "--vkey", key, wanted=1)
    assert "does not show the entry at index 0" in refused.stderr
    other = key.replace(ORIGIN, "log.example/other")
    assert "hash does not belong" in made("verify", "large.bin", "--vkey", other, wanted=1).stderr


def test_verify_with_a_tlog_policy(made: Any, tmp_path: Path) -> None:
    """A policy's quorum counts: a log without the witness that it wants is refused."""
    (tmp_path / "policy").write_text(f"log {vkey(made)}\nquorum none\n")
    made("verify", "a.txt", "--policy", "policy")
    witness = "w1.example+864ecb78+BIq7TCXCJOjL0ExSzlHso4kpMqPKKGIkMb4+a0fyP06w"
    (tmp_path / "policy").write_text(f"log {vkey(made)}\nwitness w {witness}\nquorum w\n")
    assert "not canonical" not in made("verify", "a.txt", "--policy", "policy", wanted=1).stdout


def test_files_that_never_end_or_never_begin(made: Any, tmp_path: Path) -> None:
    """What comes from outside is read to the limit of its format, and not waited for."""
    os.mkfifo(tmp_path / "pipe")
    made("verify", "a.txt", "--receipt", "pipe", "--vkey", vkey(made), wanted=1)
    endless = made("verify", "a.txt", "--policy", "/dev/zero", wanted=1)
    assert "at most 65536 are read" in endless.stderr
    (tmp_path / "away/anchor").unlink()
    os.mkfifo(tmp_path / "away/anchor")
    made("append", "a.txt", "--anchor", "away/anchor", wanted=3)
    assert "the limit is" in made("openapi", "--diff", "/dev/zero", wanted=1).stderr


def test_file_larger_than_any_bundle_is_no_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless device would take the machine's memory."""
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    (tmp_path / "fits").write_bytes(b"0123456789")
    assert len(files.read(tmp_path / "fits")) == 10
    with pytest.raises(UsageError, match="larger than 10 bytes"):
        files.read(Path("/dev/zero"))


def test_append_again_keeps_the_index(made: Any) -> None:
    """A file that is in the log is shown where it is."""
    done = made("append", "large.bin", "a.txt", "--anchor", "away/anchor", "-o", "json")
    assert [1, 0] == [item["index"] for item in document(done)["appended"]]
    assert 2 == document(done)["checkpoint"]["size"]


def test_more_files_than_one_transaction_takes(run: Any, tmp_path: Path) -> None:
    """Thousands of files are several batches of one command, each file with its receipt."""
    run("init", "--origin", ORIGIN)
    (tmp_path / "in").mkdir()
    names = [f"in/{number}" for number in range(4100)]
    for name in names:
        (tmp_path / name).write_text(name)
    done = document(run("append", *names, "--receipts", "out", "-o", "json"))
    assert list(range(4100)) == [item["index"] for item in done["appended"]]
    assert [0, 4096, 4100] == [
        item["size"] for item in document(run("checkpoint", "--all", "-o", "json"))["checkpoints"]
    ]
    for name in ("0", "4095", "4099"):
        run("verify", f"in/{name}", "--receipt", f"out/{name}.tlog-proof", "--vkey", vkey(run))


def test_append_without_receipts(made: Any, tmp_path: Path) -> None:
    """With --no-receipts none is written; `prove` makes the same one later."""
    (tmp_path / "b").write_text("b")
    done = document(made("append", "b", "--no-receipts", "--anchor", "away/anchor", "-o", "json"))
    assert [{"file": "b", "index": 2, "receipt": None}] == done["appended"]
    assert not (tmp_path / "b.tlog-proof").exists()
    made("prove", "--file", "b", "--out", "b.tlog-proof")
    assert "entry 2 of 3" in made("verify", "b", "--vkey", vkey(made)).stdout


@pytest.mark.parametrize("full", [True, False])
def test_append_whose_receipt_cannot_be_written(made: Any, tmp_path: Path, full: bool) -> None:
    """A full disk is no usage error; either way the entry is logged, and its index is told."""
    target = tmp_path / "b.tlog-proof"
    for name in ("b", "c"):
        (tmp_path / name).write_text(name)
    if full:
        target.symlink_to("/dev/full")
        code, reason = 3, "No space left on device"
    else:
        target.mkdir()
        code, reason = 2, "Is a directory"
    told = made("append", "b", "c", "--anchor", "away/anchor", wanted=code).stderr
    told = " ".join(told.split())
    logged = "b is logged as entry 2, and its receipt is not there: the file cannot be written"
    assert f"{logged}: {reason}" in told
    assert "`assurance log prove` makes its receipt again" in told
    if full:
        told = made("prove", "--file", "b", "--out", "b.tlog-proof", wanted=3).stderr
        assert reason in told
        target.unlink()
    else:
        assert [] == [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")]
        target.rmdir()
    made("prove", "--file", "b", "--out", "b.tlog-proof")
    assert "entry 2 of 4" in made("verify", "b", "--vkey", vkey(made)).stdout


def test_append_without_the_key(made: Any, tmp_path: Path) -> None:
    """A new key is no help to a log that has one: what helps is said, and reading goes on."""
    (tmp_path / "b").write_text("b")
    (tmp_path / "keys/log.pem").rename(tmp_path / "kept.pem")
    told = " ".join(made("append", "b", wanted=3).stderr.split())
    assert "the private key cannot be opened: No such file or directory" in told
    assert "restore the key's file from its backup" in told
    assert "a log can only be read" in told
    assert "key generate" not in told
    assert "keys/log.pem" in told
    assert "2 of 2 entries" in made("list").stdout
    (tmp_path / "kept.pem").rename(tmp_path / "keys/log.pem")
    assert "b: entry 2" in made("append", "b", "--anchor", "away/anchor").stdout


def test_append_looks_at_everything_first(made: Any, tmp_path: Path) -> None:
    """A missing file, a folder, or two receipts with one name: nothing is logged."""
    (tmp_path / "b").write_text("b")
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same").write_text(folder)
    wrong = {
        ("b", "none"): "none",
        ("b", "one"): "the file cannot be read: Is a directory",
        ("one/same", "two/same", "--receipts", "out"): "would both be out/same.tlog-proof",
        ("b", "--receipts", "a.txt"): "the folder for the receipts cannot be made",
    }
    for arguments, reason in wrong.items():
        told = made("append", *arguments, "--anchor", "away/anchor", wanted=2).stderr
        assert reason in " ".join(told.split())
    assert "2 of 2 entries" in made("list").stdout


def test_prove(made: Any, tmp_path: Path) -> None:
    """A receipt is made again, for a file, an index, or an older checkpoint; growth too."""
    made("prove", "--file", "a.txt", "--out", "again")
    receipt = (tmp_path / "a.txt.tlog-proof").read_bytes()
    assert receipt == (tmp_path / "again").read_bytes()
    (tmp_path / "b").write_text("b")
    made("append", "b", "--anchor", "away/anchor")
    assert receipt.decode() == made("prove", "--index", "0", "--size", "2").stdout
    assert 1 == len(made("prove", "--from", "2").stdout.splitlines())
    (tmp_path / "c").write_text("c")
    assert "is not in the log" in made("prove", "--file", "c", wanted=1).stderr
    assert "no entry 7" in made("prove", "--index", "7", wanted=1).stderr
    assert "no checkpoint of 1 " in made("prove", "--index", "0", "--size", "1", wanted=1).stderr
    assert "no way from 9" in made("prove", "--from", "9", wanted=2).stderr


def test_receipt_that_cannot_be_written(made: Any, tmp_path: Path) -> None:
    """A receipt's place that is taken is told, with no half of a file beside it."""
    (tmp_path / "out/a.txt.tlog-proof/full").mkdir(parents=True)
    anchored = ("--anchor", "away/anchor")
    done = made("append", "a.txt", "--receipts", "out", *anchored, wanted=2)
    assert "`assurance log prove` makes its receipt again" in " ".join(done.stderr.split())
    assert ["a.txt.tlog-proof"] == [path.name for path in (tmp_path / "out").iterdir()]


def test_receipt_to_a_device(made: Any, tmp_path: Path) -> None:
    """A device or pipe is written to: replaced, it would be gone for every other program."""
    link = tmp_path / "pipe"
    os.mkfifo(link)
    reader = os.open(link, os.O_RDONLY | os.O_NONBLOCK)
    try:
        made("prove", "--index", "0", "--out", "pipe")
        assert os.read(reader, 1 << 16).startswith(b"c2sp.org/tlog-proof@v1\n")
    finally:
        os.close(reader)
    assert link.is_fifo()


def test_checkpoints_are_kept(made: Any) -> None:
    """Every checkpoint is listed; each is a signed note."""
    sizes = [
        item["size"] for item in document(made("checkpoint", "--all", "-o", "json"))["checkpoints"]
    ]
    assert [0, 2] == sizes
    assert (
        f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— {ORIGIN} "
        in made("checkpoint", "--size", "0").stdout
    )
    assert "no checkpoint of 1" in made("checkpoint", "--size", "1", wanted=1).stderr


def test_list_finds_by_index_and_time(made: Any) -> None:
    """Entries are found by index and time, newest first."""
    found = document(made("list", "-o", "json"))["entries"]
    assert [1, 0] == [item["index"] for item in found]
    assert ["0"] == [
        line.split()[0] for line in made("list", "--last", "0").stdout.splitlines()[:-1]
    ]
    assert [] == document(made("list", "--until", "2020-01-01T00:00:00Z", "-o", "json"))["entries"]
    assert 2 == len(
        document(made("list", "--since", "2020-01-01T00:00:00Z", "-o", "json"))["entries"]
    )
    assert "--since" in made("list", "--since", "yesterday", wanted=2).stderr
    for subject in (HEX, f"sha256:{HEX}"):
        assert [] == document(made("list", "--subject", subject, "-o", "json"))["entries"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--limit", "0"), "0 entries cannot be listed"),
        (("--limit", "-3"), "-3 entries cannot be listed"),
        (("--first", "5", "--last", "2"), "no index is from 5 on and up to 2"),
        (("--subject", "zz"), "'zz' is no digest"),
        (("--subject", "ab12"), "'ab12' is no digest"),
        (("--subject", f"a:b:{HEX}"), "is no digest"),
        (("--subject", f":{HEX}"), "is no digest"),
        (("--subject", f"file x:{HEX}"), "is no digest"),
        (("--subject", f"sha256:{HEX}\n"), "is no digest"),
        (("--release", "\udcff"), "is nothing that is searched for: it is not UTF-8"),
        (("--signer", "a\nb"), "is nothing that is searched for: it is not UTF-8"),
    ],
)
def test_list_of_nothing_possible(run: Any, arguments: tuple[str, ...], reason: str) -> None:
    """A filter that can match nothing is said to be wrong, not answered with an empty list."""
    assert reason in " ".join(run("list", *arguments, wanted=2).stderr.split())


def test_check_names_what_is_wrong(made: Any, tmp_path: Path) -> None:
    """A whole log is 0; one that is behind its anchor is 1, and says so; so is a replay."""
    assert (
        "2 entries, whole (full)"
        in made("check", "--depth", "full", "--anchor", "away/anchor").stdout
    )
    assert "no anchor is kept" in made("check").stdout
    assert "every root comes out again" in " ".join(made("replay").stdout.split())
    made("backup", "--to", "old.db")
    (tmp_path / "b").write_text("b")
    made("append", "b", "--anchor", "away/anchor")
    made("restore", "--from", "old.db")
    assert (tmp_path / "log/log.db.replaced-1").is_file()
    checked = made("check", "--anchor", "away/anchor", "-o", "json", wanted=1)
    assert ["missing-tail"] == [item["kind"] for item in document(checked)["problems"]]
    refused = made("append", "b", "--anchor", "away/anchor", wanted=3)
    assert "would fork the log" in " ".join(refused.stderr.split())


def test_backup_replaces_nothing(made: Any, tmp_path: Path) -> None:
    """A backup is a new file, and a file that is none is not restored."""
    made("backup", "--to", "b.db")
    assert "never replaces" in made("backup", "--to", "b.db", wanted=2).stderr
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    assert "log's database failed" in " ".join(
        made("restore", "--from", "x.db", wanted=3).stderr.split()
    )
    assert "2 of 2 entries" in made("list").stdout


def test_ascii_terminal(made: Any, tmp_path: Path) -> None:
    """No text of ours has symbols where the encoding has none."""
    made("backup", "--to", "b.db")
    for words in (
        ("restore", "--from", "b.db"),
        ("init", "--origin", "x", "--log", "sqlite:///x/x.db", "--key", "file:x.pem"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "assurance", "log", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
            capture_output=True,
            encoding="ascii",
            check=True,
        )
        assert "-> next: " in done.stdout


def test_anchor_that_is_lost_for_good(made: Any, tmp_path: Path) -> None:
    """A lost anchor is written anew after a full check; one that is there never is."""
    assert (
        "never overwritten"
        in made("checkpoint", "--write-anchor", "--anchor", "away/anchor", wanted=2).stderr
    )
    (tmp_path / "away/anchor").unlink()
    refused = made("append", "a.txt", "--anchor", "away/anchor", wanted=3)
    assert "the anchor cannot be read" in refused.stderr
    made("checkpoint", "--write-anchor", "--anchor", "away/anchor")
    made("append", "a.txt", "--anchor", "away/anchor")


def test_anchor_where_no_folder_can_be(made: Any) -> None:
    """A place for the anchor that cannot be made is an error of the command line."""
    told = made("checkpoint", "--write-anchor", "--anchor", "a.txt/anchor", wanted=2).stderr
    assert "the folder cannot be made" in told


def test_one_entry(run: Any, tmp_path: Path) -> None:
    """One is one, in every sentence of a command."""
    run("init", "--origin", ORIGIN)
    (tmp_path / "a").write_text("a")
    given = (
        *("append a", "check", "list", "replay", "export --to out", "backup --to b.db"),
        *("restore --from b.db", "checkpoint --write-anchor --anchor away/anchor"),
    )
    said = [run(*words.split()).stdout for words in given]
    assert len(said) == len([text for text in said if "1 entry" in text])
    for text in said:
        assert not re.search(r"\b1 [a-z]+s\b", text), text


def test_export_is_tiles(made: Any, tmp_path: Path) -> None:
    """The export has the checkpoint, the leaves and the entries; a second one writes nothing."""
    made("export", "--to", "public")
    files = {
        str(path.relative_to(tmp_path / "public"))
        for path in (tmp_path / "public").rglob("*")
        if path.is_file()
    }
    assert {"checkpoint", "tile/0/000.p/2", "tile/entries/000.p/2"} == files
    again = document(made("export", "--to", "public", "-o", "json"))
    assert (0, 2, 2) == (again["written"], again["size"], again["before"])


def test_export_has_the_partial_tiles_of_every_checkpoint(made: Any, tmp_path: Path) -> None:
    """Who holds an older checkpoint finds the partial tiles of its tree."""
    for size in (3, 4):
        (tmp_path / f"{size}").write_text(f"{size}")
        made("append", f"{size}", "--anchor", "away/anchor")
    made("export", "--to", "public")
    for kind in ("0", "entries"):
        found = {path.name for path in (tmp_path / f"public/tile/{kind}/000.p").iterdir()}
        assert {"2", "3", "4"} == found
    old = (tmp_path / "public/tile/0/000.p/2").read_bytes()
    assert 64 == len(old)
    assert (tmp_path / "public/tile/0/000.p/4").read_bytes().startswith(old)


def test_reader_that_went_away(made: Any, tmp_path: Path) -> None:
    """A closed pipe is no failure to talk about: the exit code stands, and stderr is empty."""
    del made
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "assurance", "log", "checkpoint", "--all"],
            cwd=tmp_path,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("check", "--log", "sqlite:x"), "no URL of a log in a file"),
        (("check",), "there is no log here"),
        (("init", "--origin", "a b"), "cannot be a key's name"),
        (("init", "--origin", "x", "--key", "awskms:1"), "a new key is made in a file"),
        (("verify", "none", "--vkey", "x"), "the file cannot be read"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_usage(run: Any, arguments: tuple[str, ...], reason: str) -> None:
    """What cannot be done is said with exit code 2, and with a remedy."""
    done = run(*arguments, wanted=2)
    assert reason in done.stderr
    assert "next:" in done.stderr


@pytest.mark.parametrize("name", log_command.NAMES)
def test_page_has_the_help(run: Any, name: str) -> None:
    """docs/commands/log.md has the help of each sub-command as it is."""
    page = " ".join((ROOT / "docs/commands/log.md").read_text("utf-8").split())
    assert " ".join(run(name, "--help").stdout.split()) in page


HELD = """
import os, signal, sys, time
from pathlib import Path
from assurance.cli import main
from {module} import {name} as module
def held(*arguments, **more):
    signal.raise_signal(signal.{stop})
    time.sleep(60)
setattr(module, "{function}", held)
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` has its children ignore it
sys.exit(main.main({words!r}))
"""
"""A command that is stopped at one of its steps, in a process of its own."""


@pytest.mark.parametrize(
    ("stop", "words", "step"),
    [
        ("SIGINT", ("init", "--origin", ORIGIN), ("assurance_log", "create", "first_checkpoint")),
        ("SIGTERM", ("init", "--origin", ORIGIN), ("assurance_log.commands", "init", "_create")),
        ("SIGTERM", ("export", "--to", "out"), ("assurance_log.destinations", "folder", "_fresh")),
        ("SIGHUP", ("append", "a.txt"), ("assurance_log", "writer", "demand_batch")),
    ],
    ids=["init-late", "init", "export", "append"],
)
def test_stop(
    run: Any, tmp_path: Path, stop: str, words: tuple[str, ...], step: tuple[str, str, str]
) -> None:
    """A stop at any step is exit 3 and leaves nothing half made: the same again works."""
    (tmp_path / "a.txt").write_text("first\n")
    if words[0] != "init":
        run("init", "--origin", ORIGIN)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    program = HELD.format(
        module=step[0], name=step[1], function=step[2], stop=stop, words=["log", *words]
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert 3 == done.returncode, done.stderr
    assert f"stopped by {stop.replace('SIGINT', 'Ctrl-C')}" in done.stderr
    assert ("keeps its index" in done.stderr) == (words[0] == "append")
    left = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert before == {path for path in left if not path.name.endswith(("-wal", "-shm"))}
    run(*words)
