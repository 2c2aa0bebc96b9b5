"""What the help of each command ends with: files, exit codes, and what to read next.

A command says what it does, its options and examples; this adds what is the same for all, and
what is easier kept true in one place. `arguments.parser` puts it below the command's own text.
"""

from __future__ import annotations

from typing import Final

EXIT_CODES: Final = "exit codes: 0 yes, 1 no, 2 usage or settings, 3 could not decide"
_RESULTS: Final = (
    "evidence/NAME-VERSION.draft.jsonl, .intoto.jsonl (the bundle), .policies.tar, .tlog-proof, "
    ".verdict.json, report.*"
)
FILES: Final = {
    "backtest": "reads bundles, folders of policies and a trust file",
    "collect": "reads assurance.toml; writes evidence/NAME-VERSION.draft.jsonl and a folder a "
    "collector",
    "completion": "reads evidence/*.verdict.json when a shell asks for checks or areas",
    "decide": f"reads assurance.toml, trust.json and the draft; writes {_RESULTS}",
    "diff": "reads two bundles and a trust file",
    "explain": "reads evidence/*.intoto.jsonl, or the bundle that is named",
    "freeze": "reads assurance.toml, policies and trust.json; adds to freeze.intoto.jsonl, and to "
    "the draft with --add",
    "init": "writes assurance.toml, trust.json, keys/, log/log.db and lines of .gitignore",
    "inspect": "reads a bundle or draft",
    "key": "reads and writes PEM files, private ones with mode 0600",
    "log": "reads and writes log/log.db, or what --log names; anchor files",
    "plugins": "reads assurance.toml",
    "policy": "reads folders of .rego and .json files",
    "report": "reads a bundle and a trust file; writes the views that have a path, and appends to "
    "$GITHUB_STEP_SUMMARY and $GITHUB_OUTPUT with -o github",
    "review": "reads assurance.toml, the draft, the document and the file of findings; appends to "
    "the draft, or writes the file of --to",
    "run": f"reads assurance.toml and trust.json; writes {_RESULTS}",
    "sign-off": "reads assurance.toml and the draft; appends to the draft",
    "trust": "reads and writes trust.json",
    "verify": "reads the bundle, artifacts, trust file and receipt; writes the file of --accepted; "
    "reads no settings",
    "vulnerabilities": "reads and writes folders and zips of OSV records, and OpenVEX documents",
    "waive": "reads assurance.toml and the draft; appends to the draft",
}
"""What each command of ours reads and writes."""
NO_SETTINGS: Final = frozenset({"diff", "init", "inspect", "policy", "report", "verify"})
"""Commands that read no settings: `--config` is not offered there, and refused."""
SEE_ALSO: Final = {
    "backtest": ("policy", "diff", "explain"),
    "collect": ("decide", "run", "sign-off"),
    "completion": ("explain",),
    "decide": ("collect", "run", "verify"),
    "diff": ("report", "explain", "inspect"),
    "explain": ("report", "inspect", "waive"),
    "freeze": ("waive", "trust", "run"),
    "init": ("run", "key", "log"),
    "inspect": ("report", "verify"),
    "key": ("trust", "init"),
    "log": ("verify", "run"),
    "plugins": ("policy",),
    "policy": ("explain", "run"),
    "report": ("explain", "verify", "inspect"),
    "review": ("sign-off", "waive", "decide"),
    "run": ("collect", "decide", "verify", "report", "explain"),
    "sign-off": ("waive", "decide", "report"),
    "trust": ("key", "verify"),
    "verify": ("run", "report", "trust", "log"),
    "vulnerabilities": ("run", "explain", "sign-off"),
    "waive": ("explain", "sign-off", "decide"),
}
"""Which commands come before or after."""


def epilog(word: str, own: str) -> str:
    """Return what stands below the options of the command `word`, its own text first."""
    parts = [own.strip("\n")]
    if word in FILES:
        parts.append(f"files: {FILES[word]}")
    if "exit codes:" not in own:
        parts.append(EXIT_CODES)
    if word in SEE_ALSO:
        others = ", ".join(f"assurance {other}" for other in SEE_ALSO[word])
        parts.append(f"see also: {others}; docs/commands/{word}.md")
    return "\n".join(part for part in parts if part)


def sub_epilog(word: str, own: str) -> str:
    """Return what stands below the options of a sub-command of `word`."""
    parts = [own.strip("\n")]
    if "exit codes:" not in own:
        parts.append(EXIT_CODES)
    parts.append(f"see also: assurance {word} --help; docs/commands/{word}.md")
    return "\n".join(part for part in parts if part)
