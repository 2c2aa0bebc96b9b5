"""What every test may ask for: the peers, and a look at how a run was narrowed.

A peer is somebody else's tool that reads what we write. Asking for its fixture marks a test
`peers`; when the tool is absent, such a test fails and names the command that builds it.
`--without=TOOL` leaves a peer's tests out, and the summary says so.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
PEERS = (
    "axe",
    "chromedriver",
    "chromium",
    "cosign",
    "fish",
    "fsck",
    "litewitness",
    "nginx",
    "omniwitness",
    "opa",
    "postgres",
    "strace",
    "sumdbcheck",
    "versitygw",
    "vnu",
    "zsh",
)
# No test is timed: a busy machine is not a fault. Where `CI` is set, hypothesis says the same by
# itself, and draws the same examples each time.
with contextlib.suppress(ImportError):  # `minimal` has none
    from hypothesis import HealthCheck, settings

    if settings().deadline is not None:
        settings.register_profile(
            "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        settings.load_profile("untimed")
_left_out = pytest.StashKey[dict[str, int]]()


def _module(path: str) -> ModuleType:
    """Load a module from below this folder; test folders are no packages."""
    name = path.removesuffix(".py").replace("/", "_")
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def forked() -> Iterator[Any]:
    """Return what runs `assurance` in a process that need not import everything anew."""
    commands = _module("forked_command.py").Commands()
    yield commands.run
    commands.close()


@pytest.fixture
def children() -> Callable[[], set[int]]:
    """Return what names the processes that this one has started, since the test began."""

    def mine() -> set[int]:
        return {int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _mine(path)}

    before = mine()  # such as what runs commands for the tests of other modules
    return lambda: mine() - before


def _mine(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[1] == str(os.getpid())
    except OSError:
        return False


def pytest_configure(config: pytest.Config) -> None:
    """Leave the commands that tests start unmeasured: that costs more than half their time again.

    COVERAGE_OF_COMMANDS=1 (`tox run -e coverage`) has them measured, too.
    """
    # The process that hands out the tests has its workers measured through this variable.
    hands_out = not hasattr(config, "workerinput") and config.getoption("numprocesses", None)
    if not hands_out and not os.environ.get("COVERAGE_OF_COMMANDS"):
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--without`."""
    parser.addoption(
        "--without",
        action="append",
        default=[],
        choices=(*PEERS, "all"),
        metavar="TOOL",
        help=f"leave out the tests that ask this peer ({', '.join(PEERS)}); may be repeated",
    )


def _without(config: pytest.Config) -> set[str]:
    named = set(config.getoption("--without"))
    return set(PEERS) if "all" in named else named


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the peers' tests, then take out those of the peers left out."""
    without = _without(config)
    counts = config.stash.setdefault(_left_out, dict.fromkeys(sorted(without), 0))
    kept: list[pytest.Item] = []
    out: list[pytest.Item] = []
    for item in items:
        asked = set(PEERS) & set(getattr(item, "fixturenames", ()))
        if asked:
            item.add_marker(pytest.mark.peers(*sorted(asked)))
        missing = sorted(asked & without)
        for tool in missing:
            counts[tool] += 1
        (out if missing else kept).append(item)
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = kept


def pytest_terminal_summary(
    terminalreporter: Any,
    config: pytest.Config,
) -> None:
    """Say what was left out on purpose, beside the figures."""
    counts = config.stash.get(_left_out, {})
    for tool in sorted(_without(config)):
        # Under xdist the workers collect, so that only they know the figure.
        tests = f"{counts[tool]} tests" if tool in counts else "the tests"
        terminalreporter.write_line(
            f"left out: {tests} that ask {tool} (--without={tool}); run them: tox run -e peers",
            yellow=True,
        )


def _peer(name: str) -> Path:
    installer = _module("peers/install.py")  # knows the pins
    path = installer.installed(name)
    if path is None:
        pytest.fail(
            f"{name} is not here as tests/peers pins it."
            f" Get it: `{installer.COMMAND}`, or leave its tests out: --without={name}",
            pytrace=False,
        )
    assert isinstance(path, Path)
    return path


@pytest.fixture(scope="session")
def cosign() -> Path:
    """Return the path of cosign 3, built from the pinned source."""
    return _peer("cosign")


@pytest.fixture(scope="session")
def fsck() -> Path:
    """Return the path of Tessera's `fsck`, built from the pinned source."""
    return _peer("fsck")


@pytest.fixture(scope="session")
def sumdbcheck() -> Path:
    """Return the path of a small checker around Go's own sumdb packages."""
    return _peer("sumdbcheck")


@pytest.fixture(scope="session")
def litewitness() -> Path:
    """Return the path of torchwood's witness, built from the pinned source."""
    return _peer("litewitness")


@pytest.fixture(scope="session")
def omniwitness() -> Path:
    """Return the path of transparency-dev's witness, built from the pinned source."""
    return _peer("omniwitness")


@pytest.fixture(scope="session")
def opa() -> Path:
    """Return the path of OPA, built from the pinned source."""
    return _peer("opa")


@pytest.fixture(scope="session")
def strace() -> Path:
    """Return the path of strace, which makes one system call of a process fail."""
    return _peer("strace")


@pytest.fixture(scope="session")
def postgres() -> Path:
    """Return the path of PostgreSQL's server; its other commands are beside it."""
    return _peer("postgres")


@pytest.fixture(scope="session")
def nginx() -> Path:
    """Return Debian's nginx."""
    return _peer("nginx")


@pytest.fixture(scope="session")
def versitygw() -> Path:
    """Return Versity's S3 gateway, built from the pinned source."""
    return _peer("versitygw")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Return the root of the checkout; for the tests that look at its files, not its code."""
    return ROOT


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Return a giver of loopback ports, for servers that cannot say which one they took.

    They are below those that Linux gives to clients and for port 0, so that nobody else is given
    one before the server listens, or while it is stopped.
    """
    given: set[int] = set()

    def take() -> int:
        while True:
            port = secrets.choice(range(16_384, 32_768))
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                if port not in given:
                    given.add(port)
                    return port

    return take


@pytest.fixture(scope="session")
def axe() -> Path:
    """Return axe-core's script, as web/package-lock.json pins it."""
    return _peer("axe")


@pytest.fixture(scope="session")
def vnu() -> Path:
    """Return the jar of the Nu HTML checker, as web/package-lock.json pins it."""
    return _peer("vnu")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return Debian's Chromium."""
    return _peer("chromium")


@pytest.fixture(scope="session")
def chromedriver() -> Path:
    """Return the WebDriver server of Debian's Chromium."""
    return _peer("chromedriver")


@pytest.fixture(scope="session")
def zsh() -> Path:
    """Return Debian's zsh."""
    return _peer("zsh")


@pytest.fixture(scope="session")
def fish() -> Path:
    """Return Debian's fish."""
    return _peer("fish")
