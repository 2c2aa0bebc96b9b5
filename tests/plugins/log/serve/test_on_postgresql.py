"""What the server answers from a file it answers from PostgreSQL: the same tests, run there.

The tests are those of the modules named here; `server` gives them a server of a log in PostgreSQL.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODULES = ("test_auditor", "test_reads", "test_tiles_read")


@pytest.fixture(scope="module")
def place(
    postgres: Path,
    clusters: Any,
    tmp_path_factory: pytest.TempPathFactory,
    make_log: object,
    forked: Callable[..., Any],
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Return a folder with key and anchor, and what a command is told of the log's place."""
    cluster = clusters.Cluster.make(postgres.parent, in_memory=True)
    cluster.database("releases")
    folder = tmp_path_factory.mktemp("served-from-postgresql")
    words = ("log", "init", "--origin", "log.example/releases", "--anchor", "away/anchor")
    owner = ("--app-role", "log_app", "--log", cluster.url("releases", "log_owner"))
    done = forked((*words, *owner), cwd=folder)
    assert 0 == done.returncode, done.stderr
    yield folder, ("--log", cluster.url("releases"))
    cluster.remove()


def _tests() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in MODULES:
        path = Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(f"serve_on_postgresql_{name}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for known, value in vars(module).items():
            if known.startswith("test_") and callable(value):
                assert known not in found, f"two tests are named {known}"
                found[known] = value
    return found


globals().update(_tests())
