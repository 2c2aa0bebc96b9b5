"""The views that `run` and `decide` write, and where they go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from defusedxml.ElementTree import fromstring

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Assurance = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow


@pytest.fixture
def project(assurance: Assurance, tmp_path: Path) -> Path:
    """Return a project whose settings ask for every view."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "inkwell"\nversion = "0.3.0"\n')
    assert 0 == assurance("init", cwd=tmp_path).returncode
    with (tmp_path / "assurance.toml").open("a") as file:
        file.write(
            '\n[report]\noutputs = ["html", "markdown", "junit", "sarif", "github", "text", "json",'
            ' "markdown=notes/release.md", "text=null"]\n'
        )
    (tmp_path / "null").symlink_to("/dev/null")
    return tmp_path


def test_run_writes_every_view(assurance: Assurance, project: Path) -> None:
    """Views stand beside the bundle as `report.SUFFIX`, or at the path that the settings give."""
    done = assurance("run", cwd=project)
    assert 1 == done.returncode, done.stderr
    out = project / "evidence"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "NO-GO" in page
    assert 'id="line-1"' in page, "the bundle's lines belong to the page"
    assert "Signatures were not checked" not in page
    assert "<bdi>development</bdi>" in page
    assert (out / "report.md").read_bytes() == (project / "notes/release.md").read_bytes()
    assert fromstring((out / "report.junit.xml").read_bytes()).get("failures") != "0"
    assert "2.1.0" == json.loads((out / "report.sarif").read_bytes())["version"]
    assert (out / "report.github.txt").read_text(encoding="utf-8").startswith("::error title=NO-GO")
    assert (out / "report.txt").read_text(encoding="utf-8").startswith("NO-GO  inkwell 0.3.0")
    assert json.loads((out / "report.json").read_bytes())["signatures_checked"] is True
    assert (project / "null").is_char_device(), "a device is written to, never removed or replaced"


def test_decide_writes_the_same(assurance: Assurance, project: Path) -> None:
    """`decide` writes what `run` writes, into the folder of the variable."""
    assert 0 == assurance("collect", cwd=project, ASSURANCE_OUT="there").returncode
    done = assurance("decide", cwd=project, ASSURANCE_OUT="there", ASSURANCE_OUTPUT="json")
    assert 1 == done.returncode, done.stderr
    assert "NO-GO" == json.loads(done.stdout)["verdict"]
    names = {path.name for path in (project / "there").iterdir() if path.is_file()}
    assert {
        *("report.html", "report.md", "report.junit.xml", "report.sarif"),
        *("inkwell-0.3.0.intoto.jsonl", "inkwell-0.3.0.verdict.json"),
    } <= names
    assert not (project / "json").exists(), "ASSURANCE_OUTPUT is a format, not a folder"


def test_a_seal_that_nobody_trusts_is_said(assurance: Assurance, project: Path) -> None:
    """Where the trust file does not allow our own seal, the page says so and the run ends."""
    path = project / "trust.json"
    trust = json.loads(path.read_bytes())
    for key in trust["keys"]:
        key["roles"] = [role for role in key["roles"] if role != "verifier"]
    path.write_text(json.dumps(trust))
    done = assurance("run", cwd=project)
    assert 1 == done.returncode, done.stderr
    page = (project / "evidence" / "report.html").read_text(encoding="utf-8")
    assert "Signatures were not checked" in page


def test_a_view_that_nobody_renders(assurance: Assurance, project: Path) -> None:
    """A format that does not exist is exit 2 at its place, before anything is collected."""
    settings = project / "assurance.toml"
    settings.write_text(settings.read_text().replace('"sarif"', '"serif"'))
    done = assurance("run", cwd=project)
    assert 2 == done.returncode
    assert "no loaded plugin renders `serif`" in done.stderr
    assert "did you mean `sarif`?" in done.stderr
    number = settings.read_text().splitlines().index("[report]") + 2
    assert f"assurance.toml:{number}:" in done.stderr
    assert not (project / "evidence").exists()
    assert "0 entries" in assurance("log", "list", cwd=project).stdout


@pytest.mark.parametrize("name", ["assurance.toml", "./trust.json"])
def test_a_view_over_what_is_read(assurance: Assurance, project: Path, name: str) -> None:
    """No view takes the place of the settings or the trust file; what is there stays."""
    settings = project / "assurance.toml"
    settings.write_text(settings.read_text().replace("notes/release.md", name))
    before = (project / name).read_bytes()
    done = assurance("run", cwd=project)
    assert 2 == done.returncode
    assert f"the view `markdown` would be written over `{name}`, which the run reads" in done.stderr
    assert before == (project / name).read_bytes()


def test_an_old_view_does_not_outlive_a_run_that_fails(assurance: Assurance, project: Path) -> None:
    """A report of yesterday's verdict must not lie there when today's run came to no end."""
    views = [project / "evidence" / f"report.{end}" for end in ("html", "md", "junit.xml", "sarif")]
    views.append(project / "notes" / "release.md")
    for command in ("run", "decide"):
        assert 1 == assurance("run", cwd=project).returncode
        assert all(view.exists() for view in views)
        key = project / "keys" / "development.pem"
        key.rename(key.with_suffix(".kept"))
        done = assurance(command, cwd=project)
        assert 3 == done.returncode, done.stderr
        assert "development.pem" in done.stderr
        assert not any(view.exists() for view in views)
        key.with_suffix(".kept").rename(key)
