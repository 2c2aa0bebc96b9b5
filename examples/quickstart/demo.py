"""Take `inkwell` from a fresh checkout to GO, verify it, then tamper and watch the refusals.

Run it with `tox run -e demo`. Everything happens in a temporary folder and without a network. Each
command is shown with what it printed; the demo ends with 1 when any exit code or reason is not
the one it expects.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = Path(sys.executable)
BUNDLE = Path("evidence", "inkwell-0.3.0.intoto.jsonl")
RECEIPT = BUNDLE.with_name("inkwell-0.3.0.tlog-proof")
WHEEL = Path("dist", "inkwell-0.3.0-py3-none-any.whl")


class Demo:
    """The project's folder, and what went otherwise than expected."""

    def __init__(self, folder: Path) -> None:
        """Work in `folder`, which must be empty or absent."""
        self.folder = folder
        self.surprises: list[str] = []
        # Only what a CI job has: the tools' folder first on PATH, no colours, no settings of ours.
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ASSURANCE_")
        } | {
            "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def title(self, text: str) -> None:
        """Start a chapter of the transcript."""
        print(f"\n== {text}", flush=True)

    def run(self, *words: str | Path, code: int = 0, says: str = "", quiet: bool = False) -> str:
        """Run one command, show it, and compare its exit code and words with what is expected."""
        done = subprocess.run(
            [str(word) for word in words],
            check=False,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print(f"$ {' '.join(map(str, words))}")
        if not quiet or done.returncode != code:
            print(textwrap.indent(done.stdout.rstrip(), "  "))
        print(f"  [exit {done.returncode}]", flush=True)
        if done.returncode != code:
            self.surprise(f"`{words[0]} {words[1]}` exited {done.returncode}, expected {code}")
        # Lines may be folded anywhere between words.
        if " ".join(says.split()) not in " ".join(done.stdout.split()):
            self.surprise(f"`{words[0]} {words[1]}` did not say: {says}")
        return done.stdout

    def surprise(self, text: str) -> None:
        """Note what is not as expected."""
        self.surprises.append(text)
        print(f"  !! {text}", flush=True)

    def verify(self, bundle: Path, wheel: Path, *more: str, code: int, says: str) -> None:
        """Ask as the deploy pipeline would."""
        words = ["assurance", "verify", str(bundle), str(wheel), "--trust", "trust.json", *more]
        self.run(*words, code=code, says=says)


def check_out(demo: Demo) -> None:
    """Lay the example down as a fresh checkout."""
    shutil.copytree(HERE / "inkwell", demo.folder, dirs_exist_ok=True)
    shutil.copytree(HERE / "advisories" / "osv", demo.folder / "advisories")
    shutil.copy(HERE / "advisories" / "kev.json", demo.folder)
    author = ("-c", "user.name=Ines", "-c", "user.email=ines@example.com")
    demo.run("git", "init", "--quiet", "--initial-branch=main", quiet=True)
    demo.run("git", "add", ".", quiet=True)
    demo.run("git", *author, "commit", "--quiet", "--message=inkwell 0.3.0", quiet=True)


def changed_wheel(demo: Demo) -> Path:
    """Return a copy of the wheel in which one byte is another one."""
    data = bytearray((demo.folder / WHEEL).read_bytes())
    data[len(data) // 2] ^= 1
    copy = Path("tampered", WHEEL.name)
    (demo.folder / copy).write_bytes(data)
    return copy


def changed_line(demo: Demo) -> Path:
    """Return a copy of the bundle whose SBOM names another version of jinja2."""
    lines = (demo.folder / BUNDLE).read_bytes().splitlines(keepends=True)
    before, after = b"pkg:pypi/jinja2@3.1.6", b"pkg:pypi/jinja2@3.1.7"
    for number, line in enumerate(lines):
        payload = json.loads(line)["dsseEnvelope"]["payload"].encode()
        statement = base64.b64decode(payload)
        if before in statement:
            lines[number] = line.replace(
                payload, base64.b64encode(statement.replace(before, after))
            )
            break
    return write(demo, "changed-line", lines)


def cut_line(demo: Demo) -> Path:
    """Return a copy of the bundle without its third line."""
    lines = (demo.folder / BUNDLE).read_bytes().splitlines(keepends=True)
    return write(demo, "cut-line", lines[:2] + lines[3:])


def cut_end(demo: Demo) -> Path:
    """Return a copy of the bundle without its last line, the bundle manifest."""
    lines = (demo.folder / BUNDLE).read_bytes().splitlines(keepends=True)
    return write(demo, "cut-end", lines[:-1])


def write(demo: Demo, name: str, lines: list[bytes]) -> Path:
    """Write a bundle into the folder of tampered things."""
    copy = Path("tampered", f"{name}.intoto.jsonl")
    (demo.folder / copy).write_bytes(b"".join(lines))
    return copy


def story(demo: Demo) -> None:
    """Tell the whole story once."""
    demo.title("A fresh checkout of inkwell 0.3.0")
    check_out(demo)

    demo.title("init: settings, a development key, a trust file")
    demo.run("assurance", "init")
    demo.run("cat", "assurance.toml")

    demo.title("run, before anything was built or tested: what is missing is no pass")
    demo.run("assurance", "run", code=1, says="NO-GO")

    demo.title("build and test")
    demo.run("python", "-m", "build", "--no-isolation", "--wheel", quiet=True)
    demo.run("python", "-m", "pytest", "-q", "--junitxml=build/junit.xml")

    demo.title("run: collect, attest, judge, decide, seal")
    demo.run("assurance", "run", says="GO inkwell 0.3.0 for development")
    if demo.surprises:
        return

    demo.title("verify: what the deploy pipeline does, without a network")
    allow = "--allow-development"
    demo.verify(BUNDLE, WHEEL, allow, code=0, says="VERIFIED")
    demo.verify(BUNDLE, WHEEL, code=1, says="the trust file has profile development")

    demo.title("the log: every verdict, the NO-GO too, and the proof for the deploy pipeline")
    demo.run("assurance", "log", "list", says="NO-GO")
    receipt = ("--receipt", str(RECEIPT))
    demo.verify(BUNDLE, WHEEL, allow, *receipt, code=0, says="VERIFIED")
    demo.run("assurance", "log", "replay", says="every root comes out again")

    demo.title("look inside")
    demo.run("assurance", "inspect", BUNDLE)
    demo.run("assurance", "report", BUNDLE, "-o", "markdown", says="GO: inkwell")

    demo.title("tamper, and be refused for the right reason")
    (demo.folder / "tampered").mkdir()
    demo.verify(
        BUNDLE, changed_wheel(demo), allow, code=1, says=f"{WHEEL.name} is not what was judged"
    )
    changed = "is not the one in the bundle manifest: it was changed"
    demo.verify(changed_line(demo), WHEEL, allow, code=1, says=changed)
    demo.verify(cut_line(demo), WHEEL, allow, code=1, says="lines were cut or added")
    demo.verify(cut_end(demo), WHEEL, allow, code=1, says="the bundle is cut or not sealed")
    other = ("--release", "inkwell@0.4.0")
    is_other = "the bundle is for release inkwell@0.3.0, expected inkwell@0.4.0"
    demo.verify(BUNDLE, WHEEL, allow, *other, code=1, says=is_other)
    production = ("--environment", "production")
    is_development = "the bundle is for environment development, expected production"
    demo.verify(BUNDLE, WHEEL, allow, *production, code=1, says=is_development)


def main() -> int:
    """Run the story; 0 when nothing surprised."""
    with tempfile.TemporaryDirectory(prefix="inkwell-") as folder:
        demo = Demo(Path(folder))
        story(demo)
    print()
    if demo.surprises:
        print(f"The demo did not go as it should, {len(demo.surprises)} times:")
        for surprise in demo.surprises:
            print(f"  {surprise}")
        return 1
    print("Everything as expected: GO, verified, and every change refused.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
