"""A difference of two bundles as short rows, the same for the terminal, Markdown and HTML.

Takes what `assurance.bundle_difference.difference` gives. Nothing is escaped here: a row's texts
come from the bundles, and each view makes them harmless its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance.predicates import kind_of
from assurance.report_text import STATUSES, short
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

TITLES: Final = {
    "verdict": "Verdict",
    "grade": "Grade",
    "checks": "Checks",
    "findings": "Findings",
    "artifacts": "Artifacts",
    "evidence": "Evidence",
    "components": "Components",
    "vulnerabilities": "Vulnerabilities",
    "waivers": "Waivers",
    "sign_offs": "Sign-offs",
    "weakenings": "Weakenings",
    "not_checked": "Not checked",
    "policies": "Policies",
    "collectors": "Collectors",
    "trust": "Trust",
    "signers": "Signers",
    "settings": "Settings",
}
"""Section of a difference: its heading, in the order of the views."""
_ADDED, _REMOVED, _CHANGED = "+", "-", "~"
_WELL: Final = ("PASS", "NOT_APPLICABLE")


class Row(Value):
    """One difference, in a line."""

    mark: str
    """`+` only bundle B has it, `-` only bundle A, `~` both and not the same."""
    what: str
    """An id, a name, a package; may be empty."""
    said: str
    tone: str = ""
    """`worse`, `better`, or empty where it is neither."""


def rows(difference: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Return the rows of each section that differs; sections that do not are left out."""
    return {name: list(_READERS[name](difference[name])) for name in difference["changed"]}


def unchanged(difference: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the headings of the sections that are the same in both bundles."""
    return tuple(title for name, title in TITLES.items() if name not in difference["changed"])


def _mark(item: Mapping[str, Any]) -> str:
    if item["from"] is None:
        return _ADDED
    return _REMOVED if item["to"] is None else _CHANGED


def _arrow(old: object, new: object) -> str:
    return f"{_said(old)} → {_said(new)}"


def _said(value: object) -> str:
    """Return a value in words: lists with commas, nothing as `none`."""
    if value is None or value in ([], ""):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def _verdict(section: Mapping[str, Any]) -> Iterator[Row]:
    order = ("GO", "INDETERMINATE", "NO-GO")
    old, new = section["from"], section["to"]
    tone = ""
    if old != new:
        tone = "worse" if order.index(new) > order.index(old) else "better"
    yield Row(mark=_CHANGED, what="", said=_arrow(old, new), tone=tone)
    environment = section["environment"]
    if environment["from"] != environment["to"]:
        said = f"for {_arrow(environment['from'], environment['to'])}"
        yield Row(mark=_CHANGED, what="environment", said=said)


def _grade(section: Mapping[str, Any]) -> Iterator[Row]:
    old, new, target = section["from"], section["to"], section["target"]
    tone = "" if old == new else "better" if new > old else "worse"
    yield Row(mark=_CHANGED, what="", said=_arrow(old, new), tone=tone)
    if target["from"] != target["to"]:
        # A lower target is easier to reach: a GO says less.
        tone = "worse" if target["to"] < target["from"] else ""
        said = _arrow(target["from"], target["to"])
        yield Row(mark=_CHANGED, what="target", said=said, tone=tone)
    for item in section["items"]:
        before, after = item["from"], item["to"]
        gained = (after["points"] if after else 0) - (before["points"] if before else 0)
        parts = [_part(before), _part(after)]
        tone = "" if not gained else "better" if gained > 0 else "worse"
        said = f"{' → '.join(parts)}, {gained:+.1f} points"
        yield Row(mark=_mark(item), what=item["check"], said=said, tone=tone)


def _part(item: Mapping[str, Any] | None) -> str:
    return "none" if item is None else f"{item['status']} of weight {item['weight']}"


def _checks(section: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in section:
        tone = {"gone": "worse", "new": ""}.get(item["turn"], item["turn"])
        said = _arrow(item["from"] or "not made", item["to"] or "no longer made")
        yield Row(mark=_mark(item), what=item["check"], said=said, tone=tone)


def _findings(section: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in sorted(section, key=_how_bad):
        before, after = item["from"], item["to"]
        old, new = before and before["status"], after and after["status"]
        subject = f"{item['subject']}: " if item["subject"] else ""
        message = (after or before)["message"]
        status = new or old
        if old and new and old != new:
            status = _arrow(old, new)
        what = f"{subject}{message}" if message != item["subject"] else message
        tone = ""
        if old is None and new not in _WELL:
            tone = "worse"
        elif old and new and old != new:
            tone = "worse" if STATUSES.index(new) < STATUSES.index(old) else "better"
        yield Row(mark=_mark(item), what=item["check"], said=f"{status}: {what}", tone=tone)


def _how_bad(item: Mapping[str, Any]) -> tuple[int, int]:
    """Order: what is there now, the worst first; then what has gone."""
    after = item["to"]
    if after is None:
        return 1, STATUSES.index(item["from"]["status"])
    return 0, STATUSES.index(after["status"])


def _artifacts(section: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in section:
        old, new = item["from"], item["to"]
        digests = _arrow(old and short(old["sha256"]), new and short(new["sha256"]))
        size = ""
        if old and new and None not in {old["size"], new["size"]}:
            size = f", {new['size'] - old['size']:+,} bytes"
        yield Row(mark=_mark(item), what=(new or old)["name"], said=f"{digests}{size}")


def _evidence(section: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in section:
        kind = kind_of(item["predicate_type"]).name
        lines = _arrow(*(item[side] or 0 for side in ("from", "to")))
        tone = "worse" if item["to"] is None else ""
        yield Row(mark=_mark(item), what=item["predicate_type"], said=f"{kind}, {lines}", tone=tone)


def _components(section: Mapping[str, Any]) -> Iterator[Row]:
    if not section["compared"]:
        yield Row(mark=_CHANGED, what="", said=f"not compared: {section['reason']}", tone="worse")
        return
    for item in section["packages"]:
        old, new = item["from"], item["to"]
        mark = _CHANGED if old and new else _ADDED if new else _REMOVED
        said = _arrow(old, new) if old and new else _said(old or new)
        back = item["direction"] == "down"
        yield Row(
            mark=mark,
            what=item["package"],
            said=f"{said}, an older version" if back else said,
            tone="worse" if back else "",
        )


def _vulnerabilities(section: Mapping[str, Any]) -> Iterator[Row]:
    if not section["compared"]:
        yield Row(mark=_CHANGED, what="", said=f"not compared: {section['reason']}", tone="worse")
        return
    for key, mark, tone in (("new", _ADDED, "worse"), ("fixed", _REMOVED, "better")):
        for item in section[key]:
            version = f" {item['version']}" if item["version"] else ""
            rated = "not rated" if item["severity"] == "unknown" else item["severity"]
            exploited = ", known to be exploited" if item["kev"] else ""
            fix = f", fixed in {item['fixed_in'][0]}" if item["fixed_in"] and key == "new" else ""
            word = "" if key == "new" else "no longer found: "
            said = f"{word}{rated}, {item['package']}{version}{fix}{exploited}"
            yield Row(mark=mark, what=item["id"], said=said, tone=tone)


def _waivers(section: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in section:
        shown = item["to"] or item["from"]
        subject = f"{item['subject']}, " if item["subject"] else ""
        until = f"until {shown['expires_at'][:10]}" if shown["expires_at"] else "without an end"
        by = f"approved by {shown['approver']}" if shown["approver"] else "not approved"
        tone = "worse" if item["from"] is None else ""
        said = f"{subject}{until}, {by}: {_said(shown['reason'])}"
        yield Row(mark=_mark(item), what=item["check"] or "no check", said=said, tone=tone)


def _sign_offs(section: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in section:
        before, after = item["from"], item["to"]
        tone = ""
        if after is None or (before and before["state"] == "GIVEN" != after["state"]):
            tone = "worse"
        elif before and before["state"] != "GIVEN" == after["state"]:
            tone = "better"
        said = _arrow(_signed(before), _signed(after) if after else "no longer asked for")
        yield Row(mark=_mark(item), what=item["area"], said=said, tone=tone)


def _signed(item: Mapping[str, Any] | None) -> str:
    if item is None:
        return "not asked for"
    by = f" by {', '.join(item['by'])}" if item["by"] else ""
    return f"{item['state']} {item['has']} of {item['needs']}{by}"


def _texts(section: Mapping[str, Any]) -> Iterator[Row]:
    for item in section["added"]:
        yield Row(mark=_ADDED, what="", said=item, tone="worse")
    for item in section["removed"]:
        yield Row(mark=_REMOVED, what="", said=item, tone="better")


def _policies(section: Mapping[str, Any]) -> Iterator[Row]:
    if section["from"] != section["to"]:
        old, new = (side and short(side) for side in (section["from"], section["to"]))
        yield Row(mark=_CHANGED, what="policy set", said=_arrow(old, new))
    engine = section["engine"]
    if engine["from"] != engine["to"]:
        yield Row(mark=_CHANGED, what="engine", said=_arrow(engine["from"], engine["to"]))
    for item in section["checks"]:
        if item["field"] is None:
            gone = item["to"] is None
            said = "the check is gone" if gone else "a new check"
            yield Row(
                mark=_REMOVED if gone else _ADDED,
                what=item["check"],
                said=said,
                tone="worse" if gone else "",
            )
            continue
        loosened = item["field"] == "blocking" and not item["to"]
        word = item["field"].replace("_seconds", " in seconds").replace("_", " ")
        yield Row(
            mark=_CHANGED,
            what=item["check"],
            said=f"{word} {_arrow(item['from'], item['to'])}",
            tone="worse" if loosened else "",
        )
    for item in section["files"]:
        word = {_ADDED: "a new file", _REMOVED: "the file is gone"}.get(_mark(item), "changed")
        yield Row(mark=_mark(item), what=item["path"], said=word)


def _collectors(section: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in section:
        before, after = item["from"], item["to"]
        if before is None or after is None:
            said = _arrow(before and _ran(before), after and _ran(after))
        else:
            keys = [key for key in before if before[key] != after[key] and key != "sha256"]
            said = ", ".join(
                f"{key.replace('_', ' ')} {_arrow(before[key], after[key])}" for key in keys
            )
        failed = bool(after) and after["status"] != "ok"
        tone = "worse" if after is None or (failed and before != after) else ""
        yield Row(mark=_mark(item), what=item["name"], said=said or "another build", tone=tone)


def _ran(item: Mapping[str, Any]) -> str:
    return f"{item['status']}, {item['distribution']} {item['version']}"


def _trust(section: Mapping[str, Any]) -> Iterator[Row]:
    old, new = section["from"], section["to"]
    said = _arrow(
        *(
            f"version {_said(side['version'])} ({short(side['sha256'] or '')})"
            for side in (old, new)
        )
    )
    back = None not in {old["version"], new["version"]} and new["version"] < old["version"]
    yield Row(mark=_CHANGED, what="", said=said, tone="worse" if back else "")


def _signers(section: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in section:
        shown = item["to"] or item["from"]
        who = shown["holder"] or f"key {item['key'][:16]}…"
        said = f"{'signs' if item['to'] else 'signed'} {_said(shown['kinds'])}"
        yield Row(mark=_mark(item), what=who, said=said)


def _settings(section: Mapping[str, Any]) -> Iterator[Row]:
    old, new = (side and short(side) for side in (section["from"], section["to"]))
    yield Row(mark=_CHANGED, what="", said=_arrow(old, new))


_READERS: Final[Mapping[str, Callable[[Any], Iterable[Row]]]] = {
    "verdict": _verdict,
    "grade": _grade,
    "checks": _checks,
    "findings": _findings,
    "artifacts": _artifacts,
    "evidence": _evidence,
    "components": _components,
    "vulnerabilities": _vulnerabilities,
    "waivers": _waivers,
    "sign_offs": _sign_offs,
    "weakenings": _texts,
    "not_checked": _texts,
    "policies": _policies,
    "collectors": _collectors,
    "trust": _trust,
    "signers": _signers,
    "settings": _settings,
}
