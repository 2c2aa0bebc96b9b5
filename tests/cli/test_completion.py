"""`assurance completion`: what bash really offers, and how fast the project's words come."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assurance.cli import completion_grammar, completion_scripts
from assurance.cli.command_table import words

if TYPE_CHECKING:
    from collections.abc import Callable

    Assurance = Callable[..., subprocess.CompletedProcess[str]]
    Offer = Callable[..., list[str]]

BIN = Path(sys.executable).parent
SHELLS = ("bash", "zsh", "fish")


@pytest.fixture(scope="module")
def scripts(assurance: Assurance, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the file of each shell's script."""
    folder = tmp_path_factory.mktemp("completion")
    found = {}
    for shell in SHELLS:
        done = assurance("completion", shell)
        assert 0 == done.returncode, done.stderr
        found[shell] = folder / f"_assurance.{shell}"
        found[shell].write_text(done.stdout, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a verdict, a bundle and a folder."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "evidence").mkdir()
    checks = [{"id": name} for name in ("tests.passed", "tests.detail", "sbom.complete", "$(x) y")]
    (folder / "evidence" / "a-1.verdict.json").write_text(
        json.dumps({"checks": checks, "sign_offs": [{"area": "qa"}, {"area": "security"}]})
    )
    (folder / "a b.intoto.jsonl").write_text("")
    (folder / "readme.txt").write_text("")
    return folder


def offered(shell: list[str], text: str, cwd: Path) -> list[str]:
    """Run a shell and return the lines that it prints, sorted."""
    # fish writes into its home, which must not be among what is offered.
    home = cwd.with_name("home")
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [*shell, text],
        cwd=cwd,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(home), "TERM": "dumb", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert "" == done.stderr
    return sorted(line.split("\t")[0] for line in done.stdout.splitlines() if line)


CASES = [
    (("ver",), ["verify"]),
    (("key", ""), ["generate", "list"]),
    (("key", "generate", "--ty"), ["--type"]),
    (("key", "generate", "--type", ""), ["ecdsa-p256", "ed25519"]),
    (("run", "--output", ""), ["json", "text"]),
    (("run", "--env", ""), []),
    (("explain", "tests."), ["tests.detail", "tests.passed"]),
    (("--ver",), ["--version"]),
]


@pytest.mark.parametrize(("typed", "wanted"), CASES)
def test_bash(
    typed: tuple[str, ...], wanted: list[str], scripts: dict[str, Path], project: Path
) -> None:
    """Commands, sub-commands, options, values and checks are what bash offers."""
    quoted = " ".join(f"'{word}'" for word in ("assurance", *typed))
    text = (
        f"source {scripts['bash']}; COMP_WORDS=({quoted}); COMP_CWORD={len(typed)};"
        ' COMPREPLY=(old); _assurance; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert wanted == offered(["bash", "--norc", "-c"], text, project)


def test_bash_offers_bundles_and_folders(scripts: dict[str, Path], project: Path) -> None:
    """For a bundle, files of that name and folders to look into; a space in a name is kept."""
    text = (
        f"source {scripts['bash']}; COMP_WORDS=(assurance inspect ''); COMP_CWORD=2;"
        ' _assurance; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert ["a b.intoto.jsonl", "evidence"] == offered(["bash", "-c"], text, project)


@pytest.mark.parametrize(("typed", "wanted"), CASES)
def test_zsh(
    typed: tuple[str, ...],
    wanted: list[str],
    zsh: Path,
    scripts: dict[str, Path],
    project: Path,
) -> None:
    """The same in zsh, its own functions for adding words replaced by ones that print them."""
    quoted = " ".join(f"'{word}'" for word in ("assurance", *typed))
    text = (
        "compdef() { }; _files() { };"
        " compadd() { shift; for w in $@; do [[ $w == ${words[CURRENT]}* ]] &&"
        f" print -r -- $w; done; }}; source {scripts['zsh']};"
        f" words=({quoted}); CURRENT={len(typed) + 1}; _assurance"
    )
    assert wanted == offered([str(zsh), "-f", "-c"], text, project)


@pytest.mark.parametrize(("typed", "wanted"), CASES)
def test_fish(
    typed: tuple[str, ...],
    wanted: list[str],
    fish: Path,
    scripts: dict[str, Path],
    project: Path,
) -> None:
    """The same in fish, as it completes by itself."""
    text = f"source {scripts['fish']}; complete -C 'assurance {' '.join(typed)}'"
    assert wanted == offered([str(fish), "--no-config", "-c"], text, project)


def test_every_command_is_there() -> None:
    """Each command and option of the help is in the tables, and in each script."""
    paths = completion_grammar.paths()
    assert set(words()) == {path.words for path in paths if " " not in path.words}
    for shell in SHELLS:
        script = getattr(completion_scripts, shell)(paths)
        for path in paths:
            for option in path.options:
                for name in option.names:
                    assert name.lstrip("-") in script


@pytest.mark.parametrize(("kind", "wanted"), [("area", "qa\nsecurity\n"), ("check", None)])
def test_words_of_the_project(
    kind: str, wanted: str | None, assurance: Assurance, project: Path
) -> None:
    """Areas and checks come from the newest verdict; what a shell would expand is left out."""
    done = assurance("completion", "--words", kind, cwd=project)
    assert 0 == done.returncode
    assert (wanted or "sbom.complete\ntests.detail\ntests.passed\n") == done.stdout


@pytest.mark.parametrize("text", [None, "", "[", "[1]", '{"checks": {"id": 1}}', "[" * 100_000])
def test_words_of_no_verdict(text: str | None, assurance: Assurance, tmp_path: Path) -> None:
    """Without a verdict, or with something else in its place, there is nothing to offer."""
    if text is not None:
        (tmp_path / "evidence").mkdir()
        (tmp_path / "evidence" / "a.verdict.json").write_text(text)
    done = assurance("completion", "--words", "check", cwd=tmp_path)
    assert (0, "", "") == (done.returncode, done.stdout.strip(), done.stderr)


def test_usage(assurance: Assurance) -> None:
    """No shell, and an unknown one, are exit 2."""
    done = assurance("completion")
    assert 2 == done.returncode
    assert "name a shell" in done.stderr
    assert 2 == assurance("completion", "tcsh").returncode


def test_asking_loads_no_plugin(project: Path) -> None:
    """The words come without any plugin's import; `benchmarks` has how long they take."""
    loaded = "import sys; sys.argv = ['assurance', 'completion', '--words', 'check']\n"
    loaded += "from assurance.cli.main import main; main()\n"
    loaded += "bad = [m for m in sys.modules if m.startswith('assurance_') or m == 'pluggy']\n"
    loaded += "assert not bad, bad"
    command = [sys.executable, "-c", loaded]
    subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL)
