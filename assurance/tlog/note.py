"""Signed notes: a text and the signature lines below it.

Specification: C2SP signed-note v1.0.0. A note is UTF-8 without control characters other than
the newline; the text ends with a newline; an empty line stands between it and the lines
`— name base64(key hash, 4 bytes || signature)`. Lines of unknown keys are kept and do not
count; a known key's line that does not verify makes the whole note worthless.

Stricter than the specification: one spelling of base64, no key signs twice, and a name has at
most 255 characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assurance.errors import FormatError
from assurance.tlog import base64_strict
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.tlog.note_key import NoteKey

MAX_BYTES: Final = 1 << 20
"""Largest note that is read."""
MAX_SIGNATURES: Final = 100
"""Most signature lines that are read."""
KEY_HASH_BYTES: Final = 4

_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME: Final = re.compile(r"[^\s+]{1,255}")
_PREFIX: Final = "— "
_REMEDY: Final = "take the note again from where it was published"


class NoteSignature(Value):
    """One signature line."""

    name: str
    """The key's name: no spaces, no plus."""
    key_hash: bytes
    """Four bytes that say which key of that name."""
    signature: bytes
    """As the key's type has it; at least one byte."""

    def line(self) -> str:
        """Return the line with its newline."""
        return f"{_PREFIX}{self.name} {base64_strict.encode(self.key_hash + self.signature)}\n"


class Note(Value):
    """A text with its signatures. Nothing is verified yet: see `verified`."""

    text: str
    """With its last newline: exactly what the signatures cover."""
    signatures: tuple[NoteSignature, ...]
    """In the note's order; no (name, key hash) twice."""

    def encode(self) -> bytes:
        """Return the note's bytes: what `read` read."""
        return (self.text + "\n" + "".join(s.line() for s in self.signatures)).encode()


def _refuse(problem: str) -> FormatError:
    return FormatError(problem, remedy=_REMEDY)


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _refuse(f"the note has {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as err:
        raise _refuse(f"the note is not UTF-8 at byte {err.start}") from err
    if found := _CONTROL.search(text):
        raise _refuse(f"the note has a control character, U+{ord(found[0]):04X}")
    return text


def read_signature_lines(text: str) -> tuple[NoteSignature, ...]:
    """Read signature lines alone, as a witness answers them.

    Raises:
        FormatError: a line is not as the specification writes it, or a key stands twice.
    """
    if not text.endswith("\n"):
        raise _refuse("the last signature line does not end with a newline")
    lines = text[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _refuse(f"the note has more than {MAX_SIGNATURES} signature lines")
    signatures = tuple(_read_line(line, number) for number, line in enumerate(lines, 1))
    if len({(s.name, s.key_hash) for s in signatures}) != len(signatures):
        raise _refuse("a key's signature line stands twice")
    return signatures


def _read_line(line: str, number: int) -> NoteSignature:
    name, space, text = line.removeprefix(_PREFIX).partition(" ")
    if not line.startswith(_PREFIX) or not space or not _NAME.fullmatch(name):
        raise _refuse(f"signature line {number} is not `— name base64`")
    data = base64_strict.decode(text)
    if data is None:
        raise _refuse(f"signature line {number} is not canonical base64")
    if len(data) <= KEY_HASH_BYTES:
        raise _refuse(f"signature line {number} is too short for a key hash and a signature")
    return NoteSignature(name=name, key_hash=data[:KEY_HASH_BYTES], signature=data[KEY_HASH_BYTES:])


def read(data: bytes) -> Note:
    """Read a note.

    Raises:
        FormatError: it is not a signed note, or has no signature.
    """
    text = _decode(data)
    head, separator, tail = text.rpartition("\n\n")
    if not separator or not head:
        raise _refuse("the note has no empty line between its text and its signatures")
    if not tail:
        raise _refuse("the note has no signature")
    return Note(text=head + "\n", signatures=read_signature_lines(tail))


def leads(note: Note, signature: NoteSignature) -> bool:
    """Say whether a signature is the first one, but for others under the same name.

    A log writes its own lines above those of witnesses. It may have several: of the next key in
    a rotation, or of a type that is not read here (tlog-checkpoint, "Signatures").
    """
    before = note.signatures[: note.signatures.index(signature)]
    return all(item.name == signature.name for item in before)


def verified(note: Note, keys: Iterable[NoteKey]) -> tuple[tuple[NoteKey, NoteSignature], ...]:
    """Return the signatures of these keys, each verified, in the note's order.

    Lines of other keys are left out: they say nothing. It is up to the caller to ask for
    the keys that must be among them.

    Raises:
        FormatError: a line of one of these keys does not verify.
    """
    by_id = {(key.name, key.key_hash): key for key in keys}
    found = []
    for signature in note.signatures:
        key = by_id.get((signature.name, signature.key_hash))
        if key is None:
            continue
        if not key.verify(note.text.encode(), signature.signature):
            raise _refuse(f"the signature of {key.name} is wrong")
        found.append((key, signature))
    return tuple(found)
