"""Checks a log that somebody else keeps, with nothing but Python and `cryptography`.

Nothing here comes from the project that wrote the log: only the public specifications were used,
C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles and tlog-proof, RFC 6962 section 2.1
and RFC 9162 section 2.1.4.2.

    python verify_log.py tiles FOLDER VKEY              every entry of an export, to the signed root
    python verify_log.py growth FOLDER VKEY CHECKPOINT  an older checkpoint is part of it
    python verify_log.py receipt RECEIPT VKEY ENTRY     this entry is in the log
    python verify_log.py replay STREAM VKEY...          every checkpoint of a server's /v1/replay

The vkeys of witnesses may follow the first three: each of them must have signed the checkpoint too.
A replay takes all the vkeys that the log has had, in their order: no key signs after the next one.
Prints what holds and exits 0, or says what does not and exits 1.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, WITNESS = 1, 4
"""Types of keys: what Ed25519 signs is the note's text, or a time and the text."""


class Wrong(Exception):
    """Something does not hold."""


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf(entry):
    return sha256(b"\x00" + entry)


def node(left, right):
    return sha256(b"\x01" + left + right)


def number(text):
    """A decimal as the formats write it; Python's int() also takes `+7`, ` 7` and `0_7`."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0"):
        raise Wrong(f"{text[:40]!r} is not a number as the formats write it")
    return int(text)


def unbase64(text):
    """Bytes in their one canonical spelling; Python's decoder takes others too."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise Wrong(f"{text[:40]!r} is not base64 as an encoder writes it")
    return data


def text_of(path):
    """A file's text as it is: no line end but the newline, no other control character."""
    text = pathlib.Path(path).read_bytes().decode()
    if any(character < " " and character != "\n" for character in text):
        raise Wrong("there is a control character in it")
    return text


def root_of(leaves):
    """The definition of RFC 6962: split at the largest power of two below the size."""
    if not leaves:
        return sha256(b"")
    while len(leaves) > 1:
        pairs = [node(*leaves[i : i + 2]) for i in range(0, len(leaves) - 1, 2)]
        leaves = pairs + leaves[len(pairs) * 2 :]
    return leaves[0]


def signed(note, vkey, kind):
    """Check a key's signature over a note, and return the signer's name and the note's text."""
    name, key_id, key = vkey.split("+", 2)
    key = unbase64(key)
    if key[0] != kind or sha256(name.encode() + b"\n" + key)[:4].hex() != key_id:
        raise Wrong(f"the vkey of {name} is not an Ed25519 key of type {kind} with its own id")
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    if not lines.endswith("\n"):
        raise Wrong("the last line has no end")
    for line in lines[:-1].split("\n"):
        dash, signer, signature = line.split(" ")
        signature = unbase64(signature)
        if dash == "\u2014" and signer == name and signature[:4].hex() == key_id:
            message, signature = text.encode(), signature[4:]
            if kind == WITNESS:  # eight bytes of time come first, and are signed with the text
                time = int.from_bytes(signature[:8], "big")
                message = f"cosignature/v1\ntime {time}\n".encode() + message
                signature = signature[8:]
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature, message)
            except InvalidSignature:
                raise Wrong(f"the signature of {name} on the checkpoint is wrong") from None
            return name, text
    raise Wrong(f"{name} has not signed the checkpoint")


def opened(note, vkey, witnesses=()):
    """Check the signatures of log and witnesses over a checkpoint, and return (size, root)."""
    name, text = signed(note, vkey, LOG)
    origin, size, root = text.split("\n")[:3]
    if origin != name:
        raise Wrong(f"the checkpoint is of {origin}")
    for witness in witnesses:
        signed(note, witness, WITNESS)
    return number(size), unbase64(root)


def tile_path(kind, number, width) -> str:
    name = f"{number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        name = f"x{number % 1000:03d}/{name}"
    return f"tile/{kind}/{name}" + ("" if width == 256 else f".p/{width}")


def entries_of(folder, size):
    """Read every entry, and compare its hash with the tiles of level 0."""
    leaves = []
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        data = (folder / tile_path("entries", number, width)).read_bytes()
        hashes = (folder / tile_path("0", number, width)).read_bytes()
        here = []
        while data:
            length = int.from_bytes(data[:2], "big")
            if len(data) < 2 + length:
                raise Wrong(f"entry {len(leaves) + len(here)} is cut")
            here.append(leaf(data[2 : 2 + length]))
            data = data[2 + length :]
        if len(here) != width or b"".join(here) != hashes:
            raise Wrong(f"tile {number} does not have the hashes of its entries")
        leaves += here
    return leaves


def upper_tiles(folder, leaves) -> None:
    """Compare every tile above level 0 with what the leaves give."""
    level, row = 1, [root_of(leaves[i : i + 256]) for i in range(0, len(leaves) - 255, 256)]
    while row:
        for number in range((len(row) + 255) // 256):
            part = row[number * 256 : number * 256 + 256]
            if (folder / tile_path(level, number, len(part))).read_bytes() != b"".join(part):
                raise Wrong(f"tile {number} of level {level} is not what the entries give")
        level, row = level + 1, [root_of(row[i : i + 256]) for i in range(0, len(row) - 255, 256)]


def tiles(folder, vkey, *witnesses):
    folder = pathlib.Path(folder)
    size, root = opened(text_of(folder / "checkpoint"), vkey, witnesses)
    leaves = entries_of(folder, size)
    upper_tiles(folder, leaves)
    if root_of(leaves) != root:
        raise Wrong("the entries do not give the signed root")
    return leaves, f"{size} entries give the signed root"


def growth(folder, vkey, checkpoint, *witnesses):
    leaves, _ = tiles(folder, vkey, *witnesses)
    size, root = opened(text_of(checkpoint), vkey)
    if size > len(leaves) or root_of(leaves[:size]) != root:
        raise Wrong("the older checkpoint is not of this log: its history was changed")
    return leaves, f"the first {size} of {len(leaves)} entries give the older signed root"


def receipt(name, vkey, entry, *witnesses):
    head, _, note = text_of(name).partition("\n\n")
    lines = head.split("\n")
    if lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Wrong("not a tlog-proof")
    if lines[0].startswith("extra "):
        unbase64(lines.pop(0).removeprefix("extra "))
    word, _, index = lines.pop(0).partition(" ")
    if word != "index":
        raise Wrong("there is no index")
    index = number(index)
    proof = [unbase64(line) for line in lines]
    size, root = opened(note, vkey, witnesses)
    position, last, found = index, size - 1, leaf(pathlib.Path(entry).read_bytes())
    for part in proof:
        if position % 2 or position == last:
            found = node(part, found)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            found = node(found, part)
        position, last = position // 2, last // 2
    if last or found != root or not 0 <= index < size:
        raise Wrong("the proof does not lead from the entry to the signed root")
    return [], f"entry {index} of {size} is in the log"


def grown(stack, entry) -> None:
    """Add a leaf to a tree that is kept as the roots of its full subtrees, widest first."""
    stack.append((1, leaf(entry)))
    while len(stack) > 1 and stack[-2][0] == stack[-1][0]:
        (width, left), (_, right) = stack[-2:]
        stack[-2:] = [(2 * width, node(left, right))]


def stack_root(stack):
    found = sha256(b"") if not stack else stack[-1][1]
    for _, left in reversed(stack[:-1]):
        found = node(left, found)
    return found


def follows(old, new, old_root, root, proof) -> bool:
    """Whether the proof shows that the tree of `new` leaves begins with that of `old`."""
    if old in {0, new}:
        return not proof and (old == 0 or old_root == root)
    parts = list(proof) if old & (old - 1) else [old_root, *proof]
    if not parts:
        return False
    position, last = old - 1, new - 1
    while position % 2:
        position, last = position // 2, last // 2
    first = second = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if position % 2 or position == last:
            first, second = node(part, first), node(part, second)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            second = node(second, part)
        position, last = position // 2, last // 2
    return last == 0 and (first, second) == (old_root, root)


class Replay:
    """A history as far as it was gone through, in memory that does not grow with it."""

    def __init__(self, vkeys):
        self.vkeys = list(vkeys)
        self.stack = []
        self.added = self.checkpoints = self.size = 0
        self.root = sha256(b"")
        self.ended = None

    def line(self, line):
        if self.ended is not None:
            raise Wrong("the stream goes on after its end")
        {"log": self.log, "checkpoint": self.checkpoint, "entry": self.entry, "end": self.end}[
            line["type"]
        ](line)

    def log(self, line):
        if line["from"] != 0 or self.checkpoints:
            raise Wrong("the stream does not begin at the beginning")

    def whole(self):
        """See that the entries since the last checkpoint give the root that it signs."""
        if self.added != self.size:
            raise Wrong(f"there are {self.added} entries, and the checkpoint is of {self.size}")
        if stack_root(self.stack) != self.root:
            raise Wrong(f"the entries do not give the signed root of {self.size} entries")

    def checkpoint(self, line):
        self.whole()
        new, root = self.opened(line["note"])
        proof = [unbase64(part) for part in line["consistency"]["hashes"]]
        if new < self.size or (self.checkpoints and new == self.size):
            raise Wrong(f"the checkpoint of {new} entries comes after the one of {self.size}")
        if not follows(self.size, new, self.root, root, proof):
            raise Wrong(f"the proof from {self.size} to {new} entries does not hold")
        self.size, self.root = new, root
        self.checkpoints += 1

    def opened(self, note):
        """Check the signature of the key whose turn it is; the next one's ends its turn."""
        while True:
            try:
                return opened(note, self.vkeys[0])
            except Wrong:
                if len(self.vkeys) == 1:
                    raise
                del self.vkeys[0]

    def entry(self, line):
        if line["index"] != self.added:
            raise Wrong(f"entry {line['index']} stands where {self.added} belongs")
        grown(self.stack, unbase64(line["entry"]))
        self.added += 1

    def end(self, line):
        self.whole()
        self.ended = line["checkpoints"]


def replay(stream, *vkeys):
    found = Replay(vkeys)
    with pathlib.Path(stream).open(encoding="utf-8", newline="\n") as lines:
        for text in lines:
            found.line(json.loads(text))
    if found.ended is None or found.ended != found.checkpoints:
        raise Wrong("the stream was cut")
    counts = f"{found.checkpoints} checkpoints, {found.size} entries"
    return [], f"{counts}: every signed root comes out again"


def main(arguments) -> int:
    commands = {
        "tiles": (tiles, 2),
        "growth": (growth, 3),
        "receipt": (receipt, 3),
        "replay": (replay, 2),
    }
    command, count = commands.get(arguments[0] if arguments else "", (None, 0))
    given = len(arguments) - 1
    if command is None or given < count:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(command(*arguments[1:])[1])
    except (Wrong, OSError, ValueError, LookupError, TypeError) as err:
        print(f"does not hold: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
