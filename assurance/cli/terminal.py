"""What a terminal can show: streams, colour, symbols, width, and foreign text made harmless.

Word, symbol and colour say the same thing, in that order of importance: everything reads
the same without colour and in ASCII. Light to import: `assurance --help` needs it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

STYLES = {
    "bold": "1",
    "dim": "2",
    "underline": "4",
    "inverse": "7",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "white": "37",
}
"""SGR parameters of ECMA-48; the 16-colour palette only."""

SYMBOLS = {
    "PASS": ("✓", "+", "green"),
    "WARN": ("!", "!", "yellow"),
    "FAIL": ("✗", "x", "red"),
    "STALE": ("◷", "@", "yellow"),
    "MISSING": ("○", "o", "white"),
    "INDETERMINATE": ("?", "?", "magenta"),
    "WAIVED": ("◇", "w", "blue"),
    "NOT_APPLICABLE": ("–", "-", "white"),
    "next": ("→", "->", "cyan"),
    "GO": ("✓", "+", "green"),
    "VERIFIED": ("✓", "+", "green"),
    "NO-GO": ("✗", "x", "red"),
    "REFUSED": ("✗", "x", "red"),
}
"""Word: symbol, the same in ASCII, colour."""

MAX_FOREIGN = 200
"""Characters of foreign text that are shown."""
_DEFAULT_WIDTH = 80


def escape(text: str, limit: int | None = MAX_FOREIGN) -> str:
    r"""Return foreign text so that it can be printed: nothing in it acts on a terminal.

    Control characters, ANSI sequences, bidirectional overrides, line breaks and lone
    surrogates become visible escapes such as `\x1b`; longer text than `limit` is cut.
    """
    cut = limit is not None and len(text) > limit
    shown = text[: limit - 1] if cut and limit is not None else text
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else _visible(c) for c in shown)
    return f"{shown}…" if cut else shown


def _visible(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class Terminal:
    """Standard output for results, standard error for everything else."""

    def __init__(
        self,
        stdout: TextIO | None,
        stderr: TextIO | None,
        environ: Mapping[str, str],
        *,
        quiet: bool = False,
        verbose: int = 0,
    ) -> None:
        """Look at the streams and variables once.

        Args:
            stdout: Where results go; None where it is closed.
            stderr: Where notes, progress and errors go; None where it is closed.
            environ: `NO_COLOR`, `FORCE_COLOR`, `CLICOLOR`, `TERM`, `COLUMNS`,
                `ASSURANCE_ASCII`.
            quiet: Say nothing but results and errors.
            verbose: How much more to say: 0, 1 or 2.
        """
        self.stdout = stdout
        self.stderr = stderr
        self.quiet = quiet
        self.verbose = verbose
        self.ascii = _is_ascii(stdout, environ)
        self.colour = _is_coloured(stdout, environ)
        self.colour_err = _is_coloured(stderr, environ)
        columns = environ.get("COLUMNS", "")
        self._columns = int(columns) if columns.isdecimal() and len(columns) < 5 else 0  # noqa: PLR2004 - no wider terminals

    @classmethod
    def standard(cls) -> Terminal:
        """Return the terminal of this process; text that it cannot encode is escaped."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return cls(sys.stdout, sys.stderr, os.environ)

    @classmethod
    def plain(cls) -> Terminal:
        """Return one without streams and colour, for text that goes into files."""
        return cls(None, None, {"NO_COLOR": "1"})

    @property
    def is_live(self) -> bool:
        """Whether progress may be redrawn in place: stderr is a terminal that can do it."""
        stream = self.stderr
        return stream is not None and stream.isatty() and not self.ascii

    @property
    def width(self) -> int:
        """Columns of the terminal, 80 where that is unknown."""
        if self._columns:
            return self._columns
        try:
            return os.get_terminal_size(2).columns or _DEFAULT_WIDTH
        except OSError:
            return _DEFAULT_WIDTH

    def out(self, text: str, *, utf8: bool = False) -> None:
        """Write a result to standard output, with a newline at its end.

        Args:
            text: The result.
            utf8: Write UTF-8 whatever the terminal's encoding is, as JSON must be.
        """
        buffer = getattr(self.stdout, "buffer", None) if utf8 else None
        if buffer is None:
            _write(self.stdout, text)
        else:
            buffer.write(text.encode("utf-8") + (b"" if text.endswith("\n") else b"\n"))
            buffer.flush()

    def note(self, text: str) -> None:
        """Write a remark to standard error; nothing with `-q`."""
        if not self.quiet:
            self.error(text)

    def detail(self, text: str) -> None:
        """Write a remark that only `-v` shows."""
        if self.verbose:
            self.note(text)

    def error(self, text: str) -> None:
        """Write an error to standard error, `-q` or not; nobody listening is no failure."""
        with suppress(OSError, ValueError):
            _write(self.stderr, text)

    def raw(self, text: str) -> None:
        """Write to standard error as it is, without a newline: for what is redrawn."""
        with suppress(OSError, ValueError):
            if self.stderr is not None:
                self.stderr.write(text)
                self.stderr.flush()

    def paint(self, text: str, *styles: str, err: bool = False) -> str:
        """Return `text` in `styles`, or as it is where there is no colour.

        Args:
            text: What to paint; foreign text must have gone through `escape`.
            styles: Names in `STYLES`.
            err: The text is for standard error.
        """
        if not (self.colour_err if err else self.colour) or not styles:
            return text
        codes = ";".join(STYLES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def symbol(self, word: str) -> str:
        """Return the symbol of a status, verdict or `next`, in ASCII where that is needed."""
        fancy, plain, _ = SYMBOLS.get(word, ("·", "*", "white"))
        return plain if self.ascii else fancy

    def word_symbol(self, word: str, *, err: bool = False) -> str:
        """Return the symbol of `word` in its colour."""
        colour = SYMBOLS.get(word, ("", "", "white"))[2]
        return self.paint(self.symbol(word), colour, err=err)

    def word(self, word: str, *, err: bool = False) -> str:
        """Return a status or verdict in its colour."""
        colour = SYMBOLS.get(word, ("", "", "white"))[2]
        return self.paint(word, "bold", colour, err=err)

    def next(self, remedy: str, *, err: bool = False) -> str:
        """Return `→ next: remedy`."""
        return f"{self.paint(self.symbol('next') + ' next:', 'cyan', err=err)} {remedy}"

    def fit(self, text: str) -> str:
        """Return our own text with its symbols in ASCII where the terminal needs that."""
        if not self.ascii:
            return text
        for fancy, plain in _ASCII.items():
            text = text.replace(fancy, plain)
        return text

    def json(self, text: str) -> str:
        """Return a JSON document so that it can be printed, and stays the same document.

        Where it goes on a terminal, what would act there becomes JSON's own escapes; so does what
        is not ASCII, where that cannot be shown. Elsewhere not a byte is changed.
        """
        live = self.stdout is not None and self.stdout.isatty()
        if not self.ascii and (not live or text.isprintable()):
            return text
        # Between its tokens JSON may have a carriage return, which would hide what stands before.
        calm = text.replace("\r", "\n") if live else text
        return "".join(c if self._can_show(c) else _json_escape(c) for c in calm)

    def _can_show(self, character: str) -> bool:
        if character in "\n\r\t":
            return True
        return character.isprintable() and (character.isascii() or not self.ascii)


_ASCII = {
    "✓": "+",
    "✗": "x",
    "→": "->",
    "…": "...",
    "·": "-",
    "│": "|",
    "–": "-",
    "×": "x",
    "≥": ">=",
    "≤": "<=",
}


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:
        stream.write(text if text.endswith("\n") else f"{text}\n")
        stream.flush()


def _is_ascii(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    if environ.get("ASSURANCE_ASCII", "") not in {"", "0"} or environ.get("TERM") == "dumb":
        return True
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "").replace("_", "") != "utf8"


def _is_coloured(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Follow no-color.org first, then force-color.org, then bixense.com/clicolors."""
    if stream is None or environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    if environ.get("CLICOLOR") == "0" or environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
