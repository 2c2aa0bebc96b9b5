"""A small project taken to GO with the real command, for tests to copy and spoil."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "quickstart"
BUNDLE = "evidence/inkwell-0.3.0.intoto.jsonl"
WHEEL = "dist/inkwell-0.3.0-py3-none-any.whl"
JUNIT = (
    '<testsuites><testsuite name="t" tests="2" failures="0" errors="0" skipped="0" time="0.2">'
    '<testcase classname="t" name="a" time="0.1"/><testcase classname="t" name="b" time="0.1"/>'
    "</testsuite></testsuites>"
)


@dataclass
class Project:
    """A folder with a project in it."""

    root: Path
    command: ClassVar[Callable[..., subprocess.CompletedProcess[str]]]
    """`forked`, set before the first project is made."""

    def run(self, *words: str, code: int, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run `assurance` and hold it to its exit code."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ASSURANCE_")
        }
        done = self.command(words, cwd=self.root, env=environment | {"NO_COLOR": "1"} | environ)
        assert code == done.returncode, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def verify(self, *words: str, code: int, bundle: str = BUNDLE) -> str:
        """Run the deploy step; return what it printed."""
        done = self.run(
            "verify",
            bundle,
            *(words or (WHEEL,)),
            "--trust",
            "trust.json",
            "--allow-development",
            code=code,
        )
        return done.stdout + done.stderr


def make_wheel(path: Path) -> None:
    """Write a small wheel, byte for byte the same each time."""
    path.parent.mkdir(exist_ok=True)
    info = "inkwell-0.3.0.dist-info"
    files = {
        "inkwell/__init__.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.4\nName: inkwell\nVersion: 0.3.0\n",
    }
    record = f"{info}/RECORD,,\n"
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        record += f"{name},sha256={digest.decode().rstrip('=')},{len(text)}\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(name), text)


def make_project(root: Path) -> Project:
    """Copy the example, build it, test it and let `init` look at it."""
    shutil.copytree(EXAMPLE / "inkwell", root)
    shutil.copytree(EXAMPLE / "advisories" / "osv", root / "advisories")
    shutil.copy(EXAMPLE / "advisories" / "kev.json", root / "kev.json")
    make_wheel(root / WHEEL)
    (root / "build").mkdir(exist_ok=True)
    (root / "build" / "junit.xml").write_text(JUNIT)
    project = Project(root)
    project.run("init", code=0)
    return project


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, forked: Any) -> Project:
    """A project that is GO; tests copy it before they change anything."""
    Project.command = forked
    project = make_project(tmp_path_factory.mktemp("gate") / "inkwell")
    done = project.run("run", code=0)
    assert done.stdout.startswith("GO  inkwell 0.3.0 for development")
    return project


@pytest.fixture
def project(released: Project, tmp_path: Path) -> Project:
    """A copy of the released project, to be changed."""
    shutil.copytree(released.root, tmp_path / "inkwell")
    return Project(tmp_path / "inkwell")
