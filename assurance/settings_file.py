"""Where every key and value of a TOML text stands, for errors that point at them.

`places` scans a text that `tomllib` has already accepted, so it only has to find its way,
not to refuse anything (TOML v1.0.0). `Place.excerpt` quotes the line with marks under it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from assurance.value import Value

Path = tuple[str | int, ...]
"""Keys and array indexes from the root of the document, such as `("import", 0, "path")`."""

_BARE_END = frozenset(",]}#\n")
_BLANK = " \t"
_SPACE = " \t\r\n"
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


class Span(Value):
    """A stretch of one line. All numbers are 1-based characters."""

    line: int
    column: int
    length: int
    text: str
    """The whole line."""

    def where(self, file: str) -> str:
        """Return `file:line:column`."""
        return f"{file}:{self.line}:{self.column}"

    def excerpt(self, hint: str = "") -> str:
        """Return the line, numbered, with marks and `hint` below what is meant."""
        number = str(self.line)
        text = self.text.replace("\t", " ")
        start = max(0, self.column - 60) if len(text) > _WIDTH else 0
        shown = text[start : start + _WIDTH]
        room = max(1, len(shown) - (self.column - 1 - start))
        marks = "^" * min(max(1, self.length), room)
        margin = " " * len(number)
        below = f"{' ' * (self.column - 1 - start)}{marks} {hint}".rstrip()
        return f"{number} | {shown}\n{margin} | {below}"


_WIDTH = 120


@dataclass(slots=True)
class Places:
    """Spans of keys and of values, by path."""

    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)

    def key(self, path: Path) -> Span | None:
        """Return where the key at `path` stands, or the nearest one above it."""
        return self._nearest(self.keys, path)

    def value(self, path: Path) -> Span | None:
        """Return where the value at `path` stands, or its key, or the nearest key above."""
        return self.values.get(path) or self._nearest(self.keys, path)

    def _nearest(self, spans: dict[Path, Span], path: Path) -> Span | None:
        for end in range(len(path), 0, -1):
            found = spans.get(path[:end]) or self.values.get(path[:end])
            if found is not None:
                return found
        return None


def places(text: str) -> Places:
    """Return where each key and value of `text` stands; `text` must be valid TOML."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        # tomllib reads CRLF as LF; a lone CR is no line end in TOML.
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.found = Places()
        self.tables: dict[Path, int] = {}
        self.starts = [0]
        for index, character in enumerate(self.text):
            if character == "\n":
                self.starts.append(index + 1)

    def scan(self) -> Places:
        table: Path = ()
        while self._skip(_SPACE) < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._header(2, array=True)
            elif self.text[self.at] == "[":
                table = self._header(1, array=False)
            else:
                self._pair(table)
        return self.found

    def _span(self, start: int, end: int) -> Span:
        line = bisect_right(self.starts, start)
        begin = self.starts[line - 1]
        stop = self.starts[line] - 1 if line < len(self.starts) else len(self.text)
        return Span(
            line=line,
            column=start - begin + 1,
            length=max(1, min(end, stop) - start),
            text=self.text[begin:stop],
        )

    def _skip(self, blanks: str) -> int:
        """Go past blanks, and comments where line ends count as blanks."""
        while self.at < len(self.text):
            if self.text[self.at] in blanks:
                self.at += 1
            elif self.text[self.at] == "#" and "\n" in blanks:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                break
        return self.at

    def _header(self, brackets: int, *, array: bool) -> Path:
        self.at += brackets
        keys = self._keys()
        path: Path = ()
        for number, (key, span) in enumerate(keys, 1):
            path = (*path, key)
            self.found.keys.setdefault(path, span)
            if number < len(keys) and path in self.tables:
                path = (*path, self.tables[path] - 1)
        if array:
            index = self.tables.get(path, 0)
            self.tables[path] = index + 1
            path = (*path, index)
        self.found.keys.setdefault(path, keys[-1][1])
        self.at += brackets
        return path

    def _pair(self, table: Path) -> None:
        path = table
        for key, span in self._keys():
            path = (*path, key)
            self.found.keys.setdefault(path, span)
        self.at += 1  # the equals sign
        self._value(path)

    def _keys(self) -> list[tuple[str, Span]]:
        """Read a dotted key up to, and not including, what ends it."""
        found = []
        while True:
            self._skip(_BLANK)
            start = self.at
            if self.text[start] in "\"'":
                key = self._quoted()
            else:
                while self.text[self.at] not in " \t.=]":
                    self.at += 1
                key = self.text[start : self.at]
            found.append((key, self._span(start, self.at)))
            self._skip(_BLANK)
            if self.text[self.at] != ".":
                return found
            self.at += 1

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        start = self.at
        first = self.text[start]
        if first in "\"'":
            self._quoted()
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in _BARE_END:
                self.at += 1
        end = self.at
        while self.text[end - 1] in _SPACE:
            end -= 1
        self.found.values[path] = self._span(start, end)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.text[self._skip(_SPACE)] != "]":
            self._value((*path, index))
            index += 1
            if self.text[self._skip(_SPACE)] == ",":
                self.at += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self.text[self._skip(_SPACE)] != "}":
            self._pair(path)
            if self.text[self._skip(_SPACE)] == ",":
                self.at += 1
        self.at += 1

    def _quoted(self) -> str:
        """Read any of the four kinds of string and return what a key of it would read."""
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(mark)
        characters = []
        while not self.text.startswith(mark, self.at):
            character = self.text[self.at]
            self.at += 1
            if character == "\\" and quote == '"':
                character = self._escape()
            characters.append(character)
        self.at += len(mark)
        # Up to two quotes may stand right before the closing three.
        while len(mark) > 1 and self.text.startswith(quote, self.at):
            self.at += 1
        return "".join(characters)

    def _escape(self) -> str:
        name = self.text[self.at]
        self.at += 1
        digits = {"u": 4, "U": 8}.get(name, 0)
        if not digits:
            return _ESCAPES.get(name, "")
        code = self.text[self.at : self.at + digits]
        self.at += digits
        return chr(int(code, 16))
