"""What `assurance backtest` says: progress while it judges, then what would have been another."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from assurance.report_text import calm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assurance.cli.terminal import Terminal

SHOWN: Final = 20
"""Bundles, and checks of the summary; `-v` shows all."""
_SHOWN_OF_ONE: Final = 5
_MESSAGE: Final = 400
_REDRAW_SECONDS: Final = 0.1
_LINE_SECONDS: Final = 30.0


class Progress:
    """How many have been judged: redrawn on a terminal, else a line every 30 seconds."""

    def __init__(
        self, terminal: Terminal, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Tell `terminal` about `total` bundles; `clock` counts seconds."""
        self._terminal = terminal
        self._total = total
        self._clock = clock
        self._done = self._others = self._failed = 0
        self._last = clock()
        self._drawn = False

    def judged(self, item: Mapping[str, Any]) -> None:
        """Count one."""
        self._done += 1
        self._failed += item["error"] is not None
        self._others += _is_another(item)
        every = _REDRAW_SECONDS if self._terminal.is_live else _LINE_SECONDS
        if self._terminal.quiet or self._clock() - self._last < every:
            return
        self._last = self._clock()
        failed = f", {self._failed:,} could not be judged" if self._failed else ""
        text = (
            f"judged {self._done:,} of {self._total:,} bundles, {self._others:,} with another "
            f"verdict{failed}"
        )
        if self._terminal.is_live:
            self._drawn = True
            self._terminal.raw(f"\r  {text}\x1b[K")
        else:
            self._terminal.note(f"assurance: {text}")

    def end(self) -> None:
        """Take the redrawn line away."""
        if self._drawn:
            self._terminal.raw("\r\x1b[K")


def _is_another(item: Mapping[str, Any]) -> bool:
    return item["error"] is None and item["from"]["verdict"] != item["to"]["verdict"]


def summed(told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the bundles with what they come to: verdicts then and now, and checks that changed."""
    judged = [item for item in told if item["error"] is None]
    verdicts = Counter((item["from"]["verdict"], item["to"]["verdict"]) for item in judged)
    checks = Counter(
        (change["check"], change["from"], change["to"])
        for item in judged
        for change in item["changes"]
    )
    return {
        "judged": len(judged),
        "not_judged": len(told) - len(judged),
        "verdicts": [
            {"from": old, "to": new, "bundles": count}
            for (old, new), count in sorted(verdicts.items())
        ],
        "checks": [
            {"check": name, "from": old, "to": new, "bundles": count}
            for (name, old, new), count in sorted(
                checks.items(), key=lambda entry: (-entry[1], tuple(map(str, entry[0])))
            )
        ],
        "bundles": [dict(item) for item in told],
    }


def render(found: Mapping[str, Any], terminal: Terminal) -> str:
    """Return the text; the first line is the answer."""
    bundles = found["bundles"]
    others = [item for item in bundles if _is_another(item)]
    failed = [item for item in bundles if item["error"] is not None]
    lines = [_headline(found, len(others), len(failed))]
    if terminal.quiet:
        return terminal.fit(lines[0])
    for item in found["verdicts"]:
        same = item["from"] == item["to"]
        words = item["to"] if same else f"{item['from']} → {item['to']}"
        lines.append(f"  {item['bundles']:>5,}  {words}{' as before' if same else ''}")
    room = None if terminal.verbose else SHOWN
    if others:
        lines.append("Another verdict:")
        lines += _cut([_bundle(item, terminal) for item in others], room)
    if found["checks"]:
        lines.append("Checks that say something else, by bundles:")
        lines += _cut([_check(item) for item in found["checks"]], room)
    if failed:
        lines.append("Not judged:")
        lines += _cut([_failed(item, terminal) for item in failed], room)
    return terminal.fit("\n".join(lines))


def _headline(found: Mapping[str, Any], others: int, failed: int) -> str:
    said = "every verdict would have been the same"
    if others:
        said = f"{others:,} {'verdict' if others == 1 else 'verdicts'} would have been another"
    left = f"; {failed:,} could not be judged" if failed else ""
    if not found["judged"]:
        said, left = "none of them could be judged", ""
    return f"{found['judged']:,} of {len(found['bundles']):,} bundles judged: {said}{left}"


def _cut(parts: Sequence[str], room: int | None) -> list[str]:
    if room is None or len(parts) <= room:
        return list(parts)
    return [*parts[:room], f"  … and {len(parts) - room:,} more: -v shows all"]


def _bundle(item: Mapping[str, Any], terminal: Terminal) -> str:
    release = item["release"]
    old, new = item["from"], item["to"]
    about = f"{calm(release['name'])} {calm(release['version'])} for {calm(item['environment'])}"
    words = f"{old['verdict']} → {new['verdict']}, grade {old['grade']} → {new['grade']}"
    symbol = terminal.word_symbol(new["verdict"])
    lines = [f"  {symbol} {about}: {words}   {calm(item['path'])}"]
    shown = item["changes"] if terminal.verbose else item["changes"][:_SHOWN_OF_ONE]
    for change in shown:
        words = f"{change['from'] or 'not made'} → {change['to'] or 'no longer made'}"
        message = f": {calm(change['message'], _MESSAGE)}" if change["message"] else ""
        lines.append(f"      {calm(change['check'])}  {words}{message}")
    if len(item["changes"]) > len(shown):
        lines.append(f"      … and {len(item['changes']) - len(shown)} more checks: -v shows all")
    return "\n".join(lines)


def _check(item: Mapping[str, Any]) -> str:
    words = f"{item['from'] or 'not made'} → {item['to'] or 'no longer made'}"
    return f"  {item['bundles']:>5,}  {calm(item['check'])}  {words}"


def _failed(item: Mapping[str, Any], terminal: Terminal) -> str:
    error = item["error"]
    word = "INDETERMINATE" if error["exit"] == 3 else "FAIL"  # noqa: PLR2004 - the exit code of UndecidedError
    place = f" ({calm(error['where'])})" if error["where"] else ""
    return (
        f"  {terminal.word_symbol(word)} {calm(item['path'])}: "
        f"{calm(error['problem'], _MESSAGE)}{place}"
    )
