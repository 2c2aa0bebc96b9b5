"""What `assurance review` says: the review in words, and as data with `-o json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.checklist import Item
    from assurance.cli.addition import Added, Target
    from assurance.cli.terminal import Terminal
    from assurance.model import Finding

_CHECK: Final = "reviews.unresolved"
_MAX_SHOWN: Final = 20


def about(target: Target, predicate: dict[str, Any]) -> str:
    """Return kind, release and commit, in a phrase."""
    release = target.release
    return (
        f"kind {predicate['kind']} for {escape(release.name)} {escape(release.version)} at "
        f"{predicate['commit'][:12]}"
    )


def text(predicate: dict[str, Any], closes: Iterable[Item]) -> list[str]:
    """Return what is signed, in words."""
    report, scope = predicate["report"], predicate["scope"]
    lines = [f"  result    {predicate['result']}"]
    lines.append(f"  scope     {escape(scope['description'])}")
    lines += [f"  path      {escape(item)}" for item in scope["paths"]]
    lines += [f"  excluded  {escape(item)}" for item in scope["excluded"]]
    if report is not None:
        lines.append(f"  document  {escape(report['name'])} sha256:{report['digest']['sha256']}")
    if predicate["kind"] == "document":
        items = [f"checklist.{item.id} ({escape(item.title)})" for item in closes]
        lines += [f"  item      {item}" for item in items]
        if not items:
            lines.append("  item      none of the checklist names this document: it closes nothing")
    for item in predicate["findings"]:
        lines.append(
            f"  finding   {escape(item['id'])} {item['severity']} {item['state']}: "
            f"{escape(item['title'])}"
        )
    if not predicate["findings"]:
        lines.append("  finding   none")
    return lines


def after(added: Added, closes: Iterable[Item], terminal: Terminal) -> list[str]:
    """Return what the draft says with the review in it."""
    found = _concerned(added.findings, closes)
    lines = [
        f"  {terminal.word_symbol(item.status.value)} {item.status.value} {item.check}: "
        f"{escape(item.message)}"
        for item in found[:_MAX_SHOWN]
    ]
    if len(found) > _MAX_SHOWN:
        lines.append(f"  … and {len(found) - _MAX_SHOWN} more")
    return [terminal.fit(line) for line in lines]


def _concerned(findings: Iterable[Finding], closes: Iterable[Item]) -> list[Finding]:
    checks = {_CHECK, *(f"checklist.{item.id}" for item in closes)}
    return [item for item in findings if item.check in checks]


def outcome(
    target: Target,
    predicate: dict[str, Any],
    closes: tuple[Item, ...],
    lines: list[str],
    added: Added | None,
    terminal: Terminal,
) -> Outcome:
    """Return `lines` and the same as data; `added` is None where nothing was signed."""
    findings = () if added is None else added.findings
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit("\n".join(lines)),
        document={
            "file": str(target.path),
            "line": None if added is None else added.line,
            "holder": None if added is None else added.holder,
            "review": predicate,
            "closes": [item.id for item in closes],
            "findings": [
                {
                    "id": item.check,
                    "status": item.status.value,
                    "subject": item.subject,
                    "message": item.message,
                }
                for item in _concerned(findings, closes)
            ],
        },
    )
