"""Every command: the static list of ours, and those that plugins add.

The list spares `assurance --help` the import of each command's module; a test holds it to
their `SUMMARY`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from assurance.cli.command import Command

BUILT_IN = {
    "init": "look at the project, write settings, development keys, a trust file and a log",
    "run": "collect, judge and seal: the gate step of a pipeline",
    "collect": "gather and sign the evidence of a release",
    "decide": "judge the draft that `collect` left, and seal it",
    "waive": "ask for an exception to one finding, or approve one",
    "review": "sign what a review looked at, found and concluded",
    "sign-off": "approve an area over the evidence in the draft",
    "freeze": "sign which policies and trust file later releases are held to",
    "verify": "check a sealed bundle and its artifacts offline: the deploy step",
    "report": "show a sealed bundle's verdict as a page, text or data",
    "explain": "say why a check says so, and the least change that passes",
    "diff": "compare two sealed bundles, such as two releases",
    "backtest": "judge old bundles with other policies",
    "inspect": "show what is in a bundle, without checking it",
    "plugins": "list the plugins and what they give",
    "completion": "print a script that completes commands in bash, zsh or fish",
    "trust": "show, check and change a trust file",
}
"""Commands of the core, in the order of a release; each is a module of `assurance.cli`."""

OWN_PLUGINS = {
    "key": "generate and list signing keys",
    "log": "keep a transparency log: append, prove, check, replay",
    "policy": "test and check policies",
    "vulnerabilities": "fetch advisories, and sign VEX documents",
}
"""Commands of our own plugins; they load through their entry points, as anybody's do."""


def words() -> tuple[str, ...]:
    """Return the words of all commands, sorted."""
    from assurance.entry_points import command_names

    return tuple(sorted({*BUILT_IN, *(claim.word for claim in command_names())}))


def load(word: str) -> Command | None:
    """Import and return the command `word`, or None where there is none.

    A built-in word is always ours: a plugin cannot put itself in the place of `verify`.

    Raises:
        PluginError: a plugin's command does not load, or two plugins claim the word.
    """
    if word in BUILT_IN:
        from importlib import import_module

        return cast("Command", import_module(f"assurance.cli.{word.replace('-', '_')}"))
    from assurance.entry_points import command_module

    return cast("Command | None", command_module(word))


def overview() -> str:
    """Return the text of `assurance --help`."""
    from assurance.entry_points import OWN_DISTRIBUTION, command_names

    rows = dict(BUILT_IN)
    notes = []
    for claim in command_names():
        if claim.word in BUILT_IN:
            notes.append(f"  `{claim.word}` of {claim.distribution} is not used: the word is ours")
        elif claim.word in rows:
            rows[claim.word] = "not usable: more than one distribution claims it"
        elif claim.distribution == OWN_DISTRIBUTION:
            rows[claim.word] = OWN_PLUGINS.get(claim.word, "")
        else:
            rows[claim.word] = f"from {claim.distribution}"
    wide = max(len(word) for word in rows)
    lines = [f"  {word:<{wide}}  {summary}" for word, summary in rows.items()]
    return "\n".join(
        [
            "usage: assurance COMMAND [options]",
            "",
            "Says whether a release may go out, with evidence that anyone can check later.",
            "",
            "commands:",
            *lines,
            *notes,
            "",
            "options:",
            "  -h, --help  show this text, or a command's: assurance COMMAND --help",
            "  --version   show the version",
            "",
            "exit codes: 0 yes (GO, verified, done), 1 no (NO-GO, refused), 2 usage or settings,",
            "            3 could not decide",
        ]
    )
