"""The peers that come from npm and from Debian: checkers of pages, a browser, shells, servers.

`web/package-lock.json` pins the packages of npm with their hashes; they are installed without
their install scripts, below `.cache/peers` of the clone. What comes from Debian is taken as the
machine has it, and installed with `apt-get` where this runs as root.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
PINS = HERE / "web"
FOLDER = HERE.parent.parent / ".cache" / "peers" / "web"
NPM = {
    "axe": "axe-core/axe.min.js",
    "vnu": "vnu-jar/build/dist/vnu.jar",
}
"""Peer: its file below `node_modules`."""
DEBIAN = {
    "chromedriver": "chromium-driver",
    "chromium": "chromium",
    "fish": "fish",
    "nginx": "nginx",
    "postgres": "postgresql",
    "strace": "strace",
    "zsh": "zsh",
}
"""Peer, which is the command's name: its package."""
POSTGRESQL = "/usr/lib/postgresql"
"""Where Debian keeps PostgreSQL's commands, a folder for each version; not on PATH."""
_TOOLS = {"java": "default-jre-headless", "npm": "npm"}
"""What the peers of npm need."""
NAMES = (*NPM, *DEBIAN)


def installed(name: str) -> Path | None:
    """Return the peer's file, or None when it is absent or from other pins."""
    if name in DEBIAN:
        return _on_this_machine(name)
    path, stamp = FOLDER / "node_modules" / NPM[name], FOLDER / "pins"
    if path.is_file() and stamp.is_file() and stamp.read_text() == _fingerprint():
        return path
    return None


def install() -> list[str]:
    """Install what is absent; return what could not be, a sentence each."""
    wanted = {**DEBIAN, **_TOOLS}
    lacking = [package for command, package in wanted.items() if not _on_this_machine(command)]
    problems = []
    if lacking and not _apt(lacking):
        problems.append(f"as root: apt-get install {' '.join(lacking)}")
    if any(installed(name) is None for name in NPM):
        print("peers: installing from npm what web/package-lock.json pins", flush=True)
        if not _npm():
            problems.append("npm ci did not end well in tests/peers/web")
    for name in NAMES:
        if (path := installed(name)) is not None:
            print(f"peers: {name} is there: {path}")
    return problems


def _on_this_machine(command: str) -> Path | None:
    if command == "postgres":
        versions = Path(POSTGRESQL).glob("*/bin/postgres")
        newest = sorted(versions, key=lambda path: int(path.parts[-3]))
        return newest[-1] if newest else None
    # Servers are where only root's PATH leads.
    found = shutil.which(command) or shutil.which(command, path="/usr/sbin")
    return None if found is None else Path(found)


def _fingerprint() -> str:
    return hashlib.sha256((PINS / "package-lock.json").read_bytes()).hexdigest()


def _apt(packages: list[str]) -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    print(f"peers: installing with apt-get: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    words = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    with _no_services():
        return _twice(words, environment)


@contextmanager
def _no_services() -> Iterator[None]:
    """Let no package start its service: the tests start their own servers."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def _twice(words: list[str], environment: dict[str, str]) -> bool:
    if subprocess.run(words, check=False, env=environment).returncode == 0:
        return True
    # The lists may be absent, as in a fresh container, or old.
    subprocess.run(["apt-get", "update", "--quiet"], check=False, env=environment)
    return subprocess.run(words, check=False, env=environment).returncode == 0


def _npm() -> bool:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "pins").unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, FOLDER / name)
    words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(words, cwd=FOLDER, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"peers: {error}", file=sys.stderr)
        return False
    (FOLDER / "pins").write_text(_fingerprint())
    return True
