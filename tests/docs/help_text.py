"""Write each command's help into its page: `python tests/docs/help_text.py`.

A page of docs/commands shows the help of its command, and of its sub-commands, in fenced blocks
that begin with `usage: assurance`. `test_commands.py` holds the two together.
"""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from assurance.cli.arguments import parser
from assurance.cli.command_table import load, words

PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "commands"
COMMAND = "python tests/docs/help_text.py"


BLOCK = re.compile(
    r"^```(?:text)?\n(usage: assurance ([a-z][a-z -]*?)(?: *\n| [A-Z\[{].*?\n).*?)^```$",
    re.MULTILINE | re.DOTALL,
)
"""A fenced block with a help; group 1 is its text, group 2 the command with its sub-command."""


def help_text(words_: str) -> str:
    """Return what `assurance WORDS --help` prints at 80 columns."""
    os.environ["COLUMNS"] = "80"
    word, *rest = words_.split()
    command = load(word)
    assert command is not None, f"there is no command {word}"
    found: argparse.ArgumentParser = parser(word, command)
    for below in rest:
        (choices,) = [
            action.choices
            for action in found._actions
            if isinstance(action, argparse._SubParsersAction)
        ]
        found = choices[below]
    return found.format_help().rstrip("\n") + "\n"


def main() -> None:
    """Write the help into every page that shows it."""
    for word in words():
        page = PAGES / f"{word}.md"
        if not page.exists():
            print(f"no page for {word}: write {page}")
            continue
        old = page.read_text(encoding="utf-8")
        new = BLOCK.sub(lambda found: f"```\n{help_text(found[2])}```", old)
        if new != old:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page}")


if __name__ == "__main__":
    main()
