"""Every command has a page that shows its help, and no page names an option that is not there."""

from __future__ import annotations

import argparse
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from assurance.cli import completion_grammar, help_pages
from assurance.cli.arguments import parser
from assurance.cli.command_table import BUILT_IN, OWN_PLUGINS, load, overview, words

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs" / "commands"
OURS = (*BUILT_IN, *OWN_PLUGINS)
OTHERS = {"--hash", "--junitxml"}
"""Options of pip and pytest that our pages name."""
PATHS = {path.words: path for path in completion_grammar.paths()}


def _help_text() -> Any:
    """Load `help_text.py`; test folders are no packages."""
    path = Path(__file__).parent / "help_text.py"
    spec = importlib.util.spec_from_file_location("help_text", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HELP = _help_text()


def page(word: str) -> str:
    """Return the page of a command."""
    return (PAGES / f"{word}.md").read_text(encoding="utf-8")


def test_every_command_is_told_in_the_overview() -> None:
    """The words that there are, are those that `assurance --help` explains; each has a summary."""
    told = dict(
        re.findall(r"^  ([a-z][a-z-]*)  +(\S.*)?$", overview().split("options:")[0], re.MULTILINE)
    )
    ours = {word: text for word, text in told.items() if not text.startswith("from ")}
    assert set(OURS) == set(ours), "a new command needs a line in assurance/cli/command_table.py"
    for word, text in ours.items():
        command = load(word)
        assert command is not None
        assert command.SUMMARY == text


@pytest.mark.parametrize("word", OURS)
def test_every_command_has_a_page(word: str) -> None:
    """The page is there, named after the command, with its exit codes."""
    assert (PAGES / f"{word}.md").is_file(), f"write docs/commands/{word}.md"
    said = page(word)
    assert said.startswith(f"# assurance {word}\n")
    assert re.search(r"^## Exit codes$", said, re.MULTILINE)


def test_every_page_is_about_a_command() -> None:
    """No page outlives its command."""
    assert {path.stem for path in PAGES.glob("*.md")} <= set(words())


@pytest.mark.parametrize("word", OURS)
def test_the_page_shows_the_help(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block with the usage is what `--help` prints."""
    monkeypatch.setenv("COLUMNS", "80")
    found = {block[2]: block[1] for block in HELP.BLOCK.finditer(page(word))}
    assert any(words_.split()[0] == word for words_ in found), "the page shows no usage"
    for words_, text in found.items():
        assert HELP.help_text(words_) == text, f"write it anew: {HELP.COMMAND}"


def options(path: str) -> set[str]:
    """Return the names of all options of a command and of its sub-commands."""
    return {
        name
        for words_, found in PATHS.items()
        if words_ == path or words_.startswith(f"{path} ")
        for option in found.options
        for name in option.names
    }


@pytest.mark.parametrize("word", OURS)
def test_no_page_names_an_option_that_is_not_there(word: str) -> None:
    """Options that a page writes in code, alone or with a command of ours, exist."""
    said = page(word)
    own = options(word)
    every = OTHERS.union(*(options(other) for other in words()))
    wrong = [
        flag for flag in re.findall(r"`(--[a-z][a-z-]+)[^`]*`", said) if flag not in {*own, *every}
    ]
    # `log` and others stand alone, with their sub-command behind them.
    for command, rest in re.findall(r"\bassurance ([a-z-]+)((?:[^\n`|;&]|\\\n)*)", said):
        if command in PATHS:
            known = options(command)
            wrong += [
                f"{command} {flag}"
                for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", rest.partition("#")[0])
                if flag not in known
            ]
    assert [] == wrong


@pytest.mark.parametrize("word", OURS)
def test_every_option_is_on_the_page(word: str) -> None:
    """A new option has to be written down."""
    common = {
        "-h",
        "--help",
        "-c",
        "--config",
        "-o",
        "--output",
        "-v",
        "--verbose",
        "-q",
        "--quiet",
    }
    said = page(word)
    missing = [
        name
        for name in sorted(options(word) - common)
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", said)
    ]
    assert [] == missing


@pytest.mark.parametrize("word", OURS)
def test_every_help_is_complete(word: str) -> None:
    """Description, an example, files, exit codes, and what to read next; sub-commands as well."""
    command = load(word)
    assert command is not None
    found = parser(word, command)
    said = found.format_help()
    assert found.description
    for part in ("example", "exit codes:", "files: ", "see also: "):
        assert part in said, f"the help of {word} has no `{part}`"
    for action in found._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                assert "exit codes:" in child.format_help()
        else:
            assert action.help, f"{action.option_strings or action.dest} has no help"


def test_what_is_told_to_read_next_is_there() -> None:
    """The commands that a help points at exist."""
    assert set(OURS) == set(help_pages.FILES) == set(help_pages.SEE_ALSO)
    assert {other for others in help_pages.SEE_ALSO.values() for other in others} <= set(OURS)
