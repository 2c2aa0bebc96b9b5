"""An export grows, ends anywhere without harm, and refuses a place that holds something else."""

from __future__ import annotations

import os
import random
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError, RefusedError, UsageError
from assurance.tlog import checkpoint, merkle, note, tile
from assurance_log import media
from assurance_log.destinations import destination, s3
from assurance_log.destinations.folder import FolderDestination
from assurance_log.export import export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assurance_log.export import Exported


def run(log: Any, folder: Path, **options: Any) -> Exported:
    """Export as a new process would."""
    with log.database(read_only=True).read() as connection, destination.opened(str(folder)) as to:
        return export(connection, to, **options)


def append(log: Any, count: int, start: int = 0) -> None:
    """Append entries under one checkpoint."""
    log.writer().append([b"entry-%d" % i for i in range(start, start + count)])


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file with its bytes, but for what an interrupted export left half written."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def holds(folder: Path, key: Any) -> int:
    """See that the files alone give the root of their checkpoint; return its size."""
    signed = note.read((folder / "checkpoint").read_bytes())
    assert note.verified(signed, [key])
    head = checkpoint.read(signed.text)
    full, partial = divmod(head.size, tile.WIDTH)
    names = [(n, tile.WIDTH) for n in range(full)] + ([(full, partial)] if partial else [])
    leaves: list[bytes] = []
    for n, width in names:
        entries = tile.decode_entries((folder / tile.path(None, n, width)).read_bytes())
        found = [merkle.leaf_hash(entry) for entry in entries]
        assert b"".join(found) == (folder / tile.path(0, n, width)).read_bytes()
        leaves += found
    frontier = merkle.Frontier(0, ())
    for leaf in leaves:
        frontier.append(leaf)
    assert head.root == frontier.root()
    return head.size


@pytest.fixture
def exported(log_at: Callable[..., Any], tmp_path: Path) -> tuple[Any, Path]:
    """A log of 300 entries, exported."""
    log = log_at()
    append(log, 300)
    run(log, tmp_path / "public")
    return log, tmp_path / "public"


def test_only_what_is_new_is_written(exported: tuple[Any, Path]) -> None:
    """The second export adds files and touches none; the third writes nothing."""
    log, folder = exported
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    append(log, 300, start=300)
    done = run(log, folder)
    assert (600, 300) == (done.size, done.before)
    # Two full tiles became one more, bundles too; partial: both, and the level above.
    assert 6 == done.written
    for path, changed in before.items():
        assert (path.name == "checkpoint") == (path.stat().st_mtime_ns != changed), path
    again = run(log, folder)
    assert (600, 600, 0) == (again.size, again.before, again.written)
    assert 600 == holds(folder, log.key)


def test_an_older_part_is_not_read_back(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """What was exported before is read again only where somebody asks for it."""
    log = log_at()
    for start in range(0, 2048, 512):
        append(log, 512, start=start)
    run(log, tmp_path)
    few = run(log, tmp_path).compared
    every = run(log, tmp_path, compare=True).compared
    assert (3, 20) == (few, every)
    victim = tmp_path / "tile/0/001"
    victim.write_bytes(victim.read_bytes()[::-1])
    run(log, tmp_path)
    with pytest.raises(RefusedError, match="another tile under this name") as refused:
        run(log, tmp_path, compare=True)
    assert "tile/0/001" == refused.value.where


@pytest.mark.parametrize(
    "name", ["tile/entries/000", "tile/entries/001.p/44", "tile/0/000", "tile/1/000.p/1"]
)
@pytest.mark.parametrize("change", ["flip", "cut", "longer", "empty"])
def test_another_tile_is_refused(exported: tuple[Any, Path], name: str, change: str) -> None:
    """A tile that is not the log's stops the export before anything is written."""
    log, folder = exported
    data = (folder / name).read_bytes()
    changes = {
        "flip": bytes([data[0] ^ 1]) + data[1:],
        "cut": data[:-1],
        "longer": data + b"x",
        "empty": b"",
    }
    (folder / name).write_bytes(changes[change])
    before = snapshot(folder)
    append(log, 5, start=300)
    with pytest.raises(RefusedError, match="another tile under this name") as refused:
        run(log, folder)
    assert name == refused.value.where
    assert before == snapshot(folder)


def test_a_lost_tile_is_written_again(exported: tuple[Any, Path]) -> None:
    """Whoever removed a tile finds it again."""
    log, folder = exported
    before = snapshot(folder)
    (folder / "tile/0/000").unlink()
    shutil.rmtree(folder / "tile/entries")
    assert 3 == run(log, folder).written
    assert before == snapshot(folder)


def refused(log: Any, folder: Path, reason: str) -> None:
    """See that nothing is written, and why."""
    before = snapshot(folder)
    with pytest.raises(RefusedError, match=reason):
        run(log, folder)
    assert before == snapshot(folder)


def test_a_larger_checkpoint_is_refused(exported: tuple[Any, Path]) -> None:
    """A database that was rolled back does not take the newer export back."""
    log, folder = exported
    log.keep()
    append(log, 5, start=300)
    run(log, folder)
    log.roll_back()
    refused(
        log, folder, "signed a checkpoint of 305 entries there, and the database has one of 300"
    )


@pytest.mark.parametrize("count", [5, 300])
def test_tiles_of_a_larger_tree_are_refused(
    log_at: Callable[..., Any], tmp_path: Path, count: int
) -> None:
    """Tiles without a checkpoint, from an export that was cut, show a rollback too."""
    log, folder = log_at(anchored=False), tmp_path / "public"
    append(log, 300)
    run(log, folder)
    log.keep()
    published = (folder / "checkpoint").read_bytes()
    append(log, count, start=300)
    run(log, folder)
    log.roll_back()
    (folder / "checkpoint").write_bytes(published)
    refused(log, folder, "tiles of a tree of more than the database's 300 entries")


def test_a_fork_is_refused(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """Two histories under one key never meet in one place."""
    log, other = log_at("one"), log_at("other", anchored=False)
    append(log, 300)
    append(other, 200, start=1000)
    run(other, tmp_path / "public")
    refused(log, tmp_path / "public", "signed another root for 200 entries .* the log was forked")


def test_another_logs_place_is_refused(exported: tuple[Any, Path]) -> None:
    """A checkpoint of another origin, of another key, or none at all: nothing is overwritten."""
    log, folder = exported
    path = folder / "checkpoint"
    good = path.read_bytes()
    for data, reason in (
        (b"hello\n", "what is there as its checkpoint is none"),
        (b"", "what is there as its checkpoint is none"),
        (good.replace(b"\n300\n", b"\n301\n"), "the signature of log.example/releases is wrong"),
        (good.split(b"\n\n")[0] + "\n\n— x AAAAAAA=\n".encode(), "is not signed by this log"),
        (good.replace(b"log.example/", b"log.elsewhere/"), "the checkpoint of another log"),
        (b"x" * (2 << 20), "at most 1048576 are read"),
    ):
        path.write_bytes(data)
        refused(log, folder, reason)


def test_damaged_entries_are_not_published(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """What does not hash to the signed root is no tile: nothing of it leaves the database."""
    log = log_at()
    append(log, 600)
    for statement, reason in (
        ("UPDATE entry SET body = x'00' WHERE idx = 3", "tile/entries/000 is not what"),
        ("UPDATE entry SET body = x'00' WHERE idx = 599", "do not give the root"),
        ("UPDATE tile SET hashes = zeroblob(8192) WHERE n = 1", "tile/entries/001 is not what"),
        ("DELETE FROM entry WHERE idx = 300", "tile/entries/001 is not what"),
        ("DELETE FROM tile WHERE n = 0", "do not give the root"),
    ):
        log.keep()
        log.damage(statement)
        folder = tmp_path / "public"
        with pytest.raises(LogError, match=reason):
            run(log, folder)
        assert "checkpoint" not in snapshot(folder)
        shutil.rmtree(folder)
        log.roll_back()


class Cut(FolderDestination):
    """A folder whose process is killed before or after its nth file."""

    def __init__(self, root: Path, count: int, *, after: bool) -> None:
        """Kill at the file `count`."""
        super().__init__(root)
        self.count, self.after = count, after

    def _file(self) -> None:
        self.count -= 1
        if not self.count:
            os.kill(os.getpid(), signal.SIGKILL)

    def create(self, path: str, data: bytes) -> bool:
        """Count."""
        if not self.after:
            self._file()
        done = super().create(path, data)
        if self.after:
            self._file()
        return done

    def publish(self, data: bytes, *, instead_of: bytes | None) -> bool:
        """Count."""
        if not self.after:
            self._file()
        done = super().publish(data, instead_of=instead_of)
        if self.after:
            self._file()
        return done


@pytest.mark.parametrize("after", [False, True])
def test_an_export_that_is_killed(exported: tuple[Any, Path], after: bool) -> None:
    """Wherever it was killed: an older tree, whole; and the next export goes on from there."""
    log, folder = exported
    append(log, 400, start=300)
    log.close()
    places: dict[str, dict[str, bytes]] = {}
    for count in range(1, 7):
        place = folder.with_name(f"cut-{count}")
        shutil.copytree(folder, place)
        child = os.fork()
        if not child:
            with log.database(read_only=True).read() as connection:
                export(connection, Cut(place, count, after=after))
            os._exit(0)
        assert signal.SIGKILL == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) * -1
        assert (700 if count == 6 and after else 300) == holds(place, log.key)
        assert 700 == run(log, place).size
        assert 700 == holds(place, log.key)
        assert snapshot(place) == places.setdefault("whole", snapshot(place))


def test_one_at_a_time(exported: tuple[Any, Path]) -> None:
    """A second export into the same folder ends at once."""
    log, folder = exported
    with destination.opened(str(folder)), pytest.raises(LogError, match="another export"):
        run(log, folder)


def test_a_checkpoint_that_came_meanwhile_stays(exported: tuple[Any, Path]) -> None:
    """The checkpoint is replaced only if it is still the one that was looked at."""
    log, folder = exported
    append(log, 5, start=300)
    newer = b"somebody else's"

    class Late(FolderDestination):
        def publish(self, data: bytes, *, instead_of: bytes | None) -> bool:
            (folder / "checkpoint").write_bytes(newer)
            return super().publish(data, instead_of=instead_of)

    with (
        log.database(read_only=True).read() as connection,
        pytest.raises(LogError, match="was replaced while this export ran"),
    ):
        export(connection, Late(folder))
    assert newer == (folder / "checkpoint").read_bytes()


def test_places_that_cannot_be_written(exported: tuple[Any, Path], tmp_path: Path) -> None:
    """A file in the place of a folder, at the top or below, is told with its name."""
    log, folder = exported
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="this is no folder"):
        run(log, tmp_path / "file")
    shutil.rmtree(folder / "tile/entries")
    (folder / "tile/entries").write_text("x")
    with pytest.raises(LogError, match="the tiles cannot be exported: Not a directory"):
        run(log, folder)


@pytest.mark.parametrize("seed", range(6))
def test_every_way_to_a_size_gives_the_same_tiles(
    log_at: Callable[..., Any], tmp_path: Path, seed: int
) -> None:
    """Exports between appends, or one at the end: the files of the newest tree are the same."""
    chance = random.Random(seed)
    log = log_at()
    size = 0
    for _ in range(chance.randrange(1, 5)):
        count = chance.randrange(1, 400)
        append(log, count, start=size)
        size += count
        if chance.randrange(3):
            run(log, tmp_path / "often")
    run(log, tmp_path / "often")
    run(log, tmp_path / "once")
    assert size == holds(tmp_path / "often", log.key) == holds(tmp_path / "once", log.key)
    assert snapshot(tmp_path / "once").items() <= snapshot(tmp_path / "often").items()
    assert 0 == run(log, tmp_path / "once", compare=True).written


@pytest.mark.parametrize(
    "text",
    [
        "s3://",
        "s3:bucket/x",
        "S3://bucket/x",
        "s3://B/x",
        "s3://key:secret@bucket/x",
        "s3://bucket/../x",
        "s3://bucket/a//b",
        "s3://bucket/a?b",
        "s3://bucket/%2e%2e",
        "s3://bucket/é",
        "s3://bucket/a\n",
    ],
)
def test_names_that_are_no_bucket(text: str) -> None:
    """Every other spelling is refused before anything is asked."""
    with pytest.raises(UsageError, match="no bucket with a prefix"):
        s3.opened(text)


def test_labels() -> None:
    """The checkpoint is asked about each time, a tile may be kept for ever."""
    assert ("text/plain; charset=utf-8", "no-cache") == media.labels("checkpoint")
    kept = ("application/octet-stream", "public, max-age=31536000, immutable")
    assert kept == media.labels("tile/0/000")
