"""The C2SP read paths of a running server, beside what `log export` writes of the same log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assurance.tlog import note, tile
from assurance_log.serve import tile_names

VERIFIER = Path(__file__).resolve().parents[4] / "examples/independent_verifier/verify_log.py"
BAD_NAMES = (
    "0/x000/000",
    "0/000.p/0",
    "0/000.p/256",
    "0/000.p/01",
    "00/000",
    "64/000",
    "-1/000",
    "0/1",
    "0/0000",
    "0/x001",
    "0/001/",
    "0//000",
    "0/000.p",
    "0/000.p/",
    "0/%30%30%30",
    "0/000%00",
    "entries/000/../000",
    "../checkpoint",
    "..%2f..%2flog.db",
    "entries/x999/x999/x999/x999/x999/x999/999",
    "data/000",
    "0/\u0660\u0660\u0660",
    "0/000?x=/../..",
)


def test_what_is_served_is_what_is_exported(server: Any) -> None:
    """Every file of an export is answered with the same bytes, and may be kept for ever."""
    server.command("export", "--to", "public")
    root = server.folder / "public"
    paths = sorted(item for item in root.rglob("*") if item.is_file())
    assert 4 < len(paths)
    for path in paths:
        found = server.ask("/" + path.relative_to(root).as_posix())
        assert (200, path.read_bytes()) == (found.status, found.body), path
        kept = "no-cache" if path.name == "checkpoint" else "public, max-age=31536000, immutable"
        assert kept == found.headers["cache-control"]
        text = path.name == "checkpoint"
        kind = "text/plain; charset=utf-8" if text else "application/octet-stream"
        assert kind == found.headers["content-type"]
        again = server.ask(
            "/" + path.relative_to(root).as_posix(),
            headers={"If-None-Match": f'"other", W/{found.headers["etag"]}'},
        )
        assert (304, b"") == (again.status, again.body)


def test_the_independent_verifier_reads_what_is_served(server: Any, tmp_path: Path) -> None:
    """Tiles taken from the server alone give the signed root."""
    data = server.ask("/checkpoint").body
    size = int(note.read(data).text.split("\n")[1])
    vkey = server.ask("/v1/keys").json["keys"][0]["vkey"]
    (tmp_path / "checkpoint").write_bytes(data)
    names = []
    for level in (None, 0, 1):
        shift = tile.HEIGHT * (level or 0)
        full, part = divmod(size >> shift, tile.WIDTH)
        names += [tile.path(level, n) for n in range(full)]
        names += [tile.path(level, full, part)] if part else []
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(server.ask(f"/{name}").body)
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), "tiles", str(tmp_path), vkey],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, f"{size} entries give the signed root\n") == (done.returncode, done.stdout)


@pytest.mark.parametrize("width", [1, 17, 255])
@pytest.mark.parametrize("kind", ["0", "entries"])
def test_a_part_of_a_full_tile_stays(server: Any, kind: str, width: int) -> None:
    """A partial tile is answered after the full one is there, as a part of it."""
    full = server.ask(f"/tile/{kind}/000").body
    part = server.ask(f"/tile/{kind}/000.p/{width}").body
    assert full.startswith(part)
    count = len(tile.decode_entries(part)) if kind == "entries" else len(tile.split(part))
    assert width == count


@pytest.mark.parametrize("name", ["0/999", "0/x001/000", "1/000", "63/000", "entries/002.p/255"])
def test_what_is_not_there_yet(server: Any, name: str) -> None:
    """A tile beyond the newest checkpoint is not found, and nobody may keep that answer."""
    found = server.ask(f"/tile/{name}")
    assert found.refused(404, "not-found", "the newest checkpoint has")
    assert "no-store" == found.headers["cache-control"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_other_spellings_are_no_tiles(server: Any, name: str) -> None:
    """Nothing but the one spelling of a tile's path is one; nothing else is looked up."""
    from urllib.parse import quote

    found = server.ask("/tile/" + quote(name, safe="/%?=.-"))
    if name.endswith("?x=/../.."):
        assert found.refused(400, "bad-request", "there is no parameter")
    else:
        assert found.refused(404, "not-found", "")


def test_every_name_has_one_spelling() -> None:
    """What is read is written the same again."""
    for name in (
        "0/000",
        "entries/x001/x234/067",
        "63/999.p/255",
        "8/x999/x999/x999/x999/x999/999",
    ):
        found = tile_names.read(name)
        assert found is not None
        assert f"tile/{name}" == tile.path(found.level, found.n, found.width)
