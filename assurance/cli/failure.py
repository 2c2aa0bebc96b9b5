"""What a failure looks like: problem, place, the line itself, and what to do next."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

from assurance.cli.terminal import escape
from assurance.errors import UndecidedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.cli.terminal import Terminal
    from assurance.errors import AssuranceError

_MAX_PROBLEM = 1000


class BugError(UndecidedError):
    """Something that is not an `AssuranceError` came up to the top."""

    code = "bug"


class InterruptedByUserError(UndecidedError):
    """Ctrl-C, or SIGINT from elsewhere."""

    code = "interrupted"


def show(error: AssuranceError, terminal: Terminal) -> None:
    """Write `error`, and those that it carries, to standard error."""
    for item in (error, *getattr(error, "others", ())):
        terminal.error(text(item, terminal))


def text(error: AssuranceError, terminal: Terminal) -> str:
    """Return one error in its three parts."""
    word = terminal.paint("error:", "bold", "red", err=True)
    lines = [f"{word} {escape(error.problem, _MAX_PROBLEM)}"]
    if error.where:
        lines.append(f"  --> {escape(error.where)}")
    if error.excerpt:
        lines += [escape(line) for line in error.excerpt.splitlines()]
    lines.append(terminal.next(escape(error.remedy, _MAX_PROBLEM), err=True))
    return terminal.fit("\n".join(lines))


def bug(error: BaseException, terminal: Terminal) -> BugError:
    """Turn an unexpected exception into an error; with `-v` its traceback is shown first."""
    frames = traceback.extract_tb(error.__traceback__)
    where = None
    if frames:
        last = frames[-1]
        where = f"{os.path.relpath(last.filename)}:{last.lineno}" if last.filename else None
    if terminal.verbose:
        terminal.error("".join(traceback.format_exception(error)))
        remedy = "this is our bug: report it with the lines above"
    else:
        remedy = "this is our bug: run the same with -v and report what it says"
    name = type(error).__name__
    said = str(error)
    return BugError(f"{name}: {said}" if said else name, remedy=remedy, where=where)


def translate(error: BaseException, terminal: Terminal) -> AssuranceError:
    """Return what to tell about an exception that is not ours."""
    if isinstance(error, KeyboardInterrupt):
        return InterruptedByUserError(
            str(error) or "stopped by Ctrl-C: nothing was decided", remedy="run it again"
        )
    return bug(error, terminal)


def unknown_command(given: Sequence[str]) -> UsageError:
    """Return the error for words that begin with no command there is."""
    from difflib import get_close_matches

    from assurance.cli.command_table import words

    if not given:
        return UsageError(
            f"no command given; there are {', '.join(words())}",
            remedy="assurance --help",
            where="command line",
        )
    word = given[0]
    if word.startswith("-"):
        return UsageError(
            f"the command comes before its options, found {word!r:.60}",
            remedy="assurance --help",
            where="command line",
        )
    known = words()
    close = get_close_matches(word, known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return UsageError(
        f"there is no command {word!r:.60}{hint}",
        remedy=f"assurance {close[0]} --help" if close else "assurance --help",
        where="command line",
    )


def asked_for_more(words: Sequence[str]) -> int:
    """Return how often `-v` stands in words that may not even parse."""
    return sum(
        1 for word in words if word == "--verbose" or (word[:2] == "-v" and not word.strip("-v"))
    )
