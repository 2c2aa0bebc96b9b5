"""What `assurance explain` says at a terminal: a few labelled lines a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.report_text import calm, duration, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.cli.terminal import Terminal

SHOWN = 10
"""Findings, lines or changes of one check; `-v` shows all."""
_MESSAGE = 400
_LABEL = 9


def render(
    document: Mapping[str, Any], explained: Sequence[Mapping[str, Any]], terminal: Terminal
) -> str:
    """Return the text; the first line of each check is its answer."""
    parts = ["\n".join(_check(document, item, terminal)) for item in explained] or [
        "No check was made, so there is nothing to explain."
    ]
    if not document["signatures_checked"] and not terminal.quiet:
        parts.append("Signatures were not checked: this is what the bundle says about itself.")
    return terminal.fit("\n\n".join(parts))


def _check(document: Mapping[str, Any], item: Mapping[str, Any], terminal: Terminal) -> list[str]:
    lines = [_head(item, terminal)]
    if terminal.quiet:
        return lines
    room = None if terminal.verbose else SHOWN
    lines += _labelled("Why", _some((_why(why) for why in item["why"]), room), terminal)
    lines += _labelled("Read", _some((_read(read) for read in item["read"]), room), terminal)
    least = [_least(change) for change in item["least"]]
    lines += _labelled("Least", _some(least, room) or ["nothing has to change"], terminal)
    if item["waivable"]:
        lines += _labelled("Or", ["a waiver, approved by somebody else, until a date"], terminal)
    lines += _labelled("Then", [_then(document, item)], terminal)
    if item["source"]:
        controls = f" · supports {calm(', '.join(item['controls']))}" if item["controls"] else ""
        lines += _labelled("Rule", [f"{calm(item['source'])}{controls}"], terminal)
        lines += _labelled("", [calm(_one_line(item["description"]), _MESSAGE)], terminal)
    if item["least"]:
        lines += [
            terminal.next(calm(remedy, _MESSAGE))
            for remedy in item["remedies"] or ["ask the owner named above"]
        ]
    return lines


def _head(item: Mapping[str, Any], terminal: Terminal) -> str:
    status = item["status"]
    about = f"area {calm(item['area'])} · owner {calm(item['owner'] or 'nobody is named')}"
    weight = f" · weight {item['weight']}" if item["weight"] else ""
    blocks = "" if item["blocking"] else " · does not block"
    return (
        f"{terminal.word_symbol(status)} {terminal.word(status)}  {calm(item['id'])}   "
        f"{about}{weight}{blocks}"
    )


def _labelled(label: str, texts: Iterable[str], terminal: Terminal) -> list[str]:
    lines = []
    for number, text in enumerate(texts):
        shown = label if number == 0 else ""
        lines.append(f"{terminal.paint(f'{shown:<{_LABEL}}', 'bold')}{text}".rstrip())
    return lines


def _some(texts: Iterable[str], room: int | None) -> list[str]:
    found = list(texts)
    if room is None or len(found) <= room:
        return found
    return [*found[:room], f"… and {len(found) - room:,} more: -v shows all"]


def _why(why: Mapping[str, Any]) -> str:
    said = calm(why["message"], _MESSAGE)
    if why["subject"] and why["subject"] not in why["message"]:
        said = f"{calm(why['subject'])}: {said}"
    if why["would_be"]:
        said = f"{said} (would {why['would_be']})"
    values = [
        f"{word} {calm(why[key])}"
        for key, word in (("actual", "found"), ("required", "allowed"))
        if why[key] is not None
    ]
    return f"{said} ({' · '.join(values)})" if values else said


def _read(read: Mapping[str, Any]) -> str:
    if read["line"] is None:
        return f"{calm(read['kind'])}: not in the bundle"
    parts = [f"line {read['line']}", short(read["sha256"])]
    if read["says"]:
        parts.append(calm(read["says"]))
    if read["as_of"]:
        parts.append(f"as of {read['as_of'][:10]} {read['as_of'][11:16]} UTC")
        if read["max_age_seconds"] is not None:
            age, limit = duration(read["age_seconds"]), duration(read["max_age_seconds"])
            parts.append(f"{age} old, limit {limit}")
    if read["signers"]:
        parts.append(f"signed by {calm(', '.join(signer['holder'] for signer in read['signers']))}")
    return f"{calm(read['kind'])} ({', '.join(parts)})"


def _least(change: Mapping[str, Any]) -> str:
    subject = f"{calm(change['subject'])}: " if change["subject"] else ""
    now = f", now {calm(change['from'])}" if change["from"] else ""
    return f"{subject}{calm(change['to'], _MESSAGE)}{now}"


def _then(document: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    then = item["then"]
    grade = f"grade {document['grade']} → {then['grade']}"
    if not item["least"]:
        grade = f"grade {document['grade']}, needs {document['target_grade']}"
    if then["go"]:
        return f"{grade}, nothing else blocks: GO for {calm(str(document['environment']))}"
    others = then["blocking"]
    named = calm(", ".join(others[:3]) + (f" and {len(others) - 3} more" if others[3:] else ""))
    return f"{grade}, blocked by {named}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
