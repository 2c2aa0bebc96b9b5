"""What every depth of a check looks at in the witnesses' lines: each verifies with a kept key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import AssuranceError
from assurance.tlog import note, note_key
from assurance_log import check_numbering, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

_Found = dict[str, str]
NO_KEY = "witness-key"
"""Kind of a finding: logs of schema 0001 kept lines without the keys that they verify with."""
_NONE_KEPT = "no key is kept that it verifies with; open the log once with its witness policy"


def problems(connection: Connection) -> Iterator[_Found]:
    """Yield what is wrong with the witnesses' keys, then with their lines."""
    yield from check_numbering.problems(connection, "cosignature", "cosignature")
    keys: dict[tuple[str, bytes], note_key.NoteKey] = {}
    for name, key_hash, vkey in rows.witness_keys(connection):
        where = f"witness_key {name}"
        try:
            key = note_key.read(vkey)
        except AssuranceError as err:
            yield {"kind": "key", "where": where, "message": err.problem}
            continue
        if (name, key_hash) != (key.name, key.key_hash):
            yield {"kind": "key", "where": where, "message": f"its vkey is {vkey}"}
        keys[key.name, key.key_hash] = key
    found = connection.exec_driver_sql(
        "SELECT c.size, c.name, c.key_hash, c.line, c.cosigned_at, p.note FROM cosignature AS c "
        "LEFT JOIN checkpoint AS p ON p.size = c.size ORDER BY c.size, c.name",
        execution_options=rows.STREAMED,
    )
    for size, name, key_hash, line, cosigned_at, signed in found:
        told = _problem((str(name), bytes(key_hash), cosigned_at), str(line), signed, keys)
        if told is not None:
            kind = NO_KEY if told is _NONE_KEPT else "cosignature"
            yield {"kind": kind, "where": f"cosignature {size} {name}", "message": told}


def _problem(
    said: tuple[str, bytes, int],
    line: str,
    signed: bytes | None,
    keys: dict[tuple[str, bytes], note_key.NoteKey],
) -> str | None:
    if signed is None:
        return "there is no checkpoint of this size"
    try:
        (signature,) = note.read_signature_lines(line)
        text = note.read(signed).text
    except (AssuranceError, ValueError) as err:
        return str(err)
    if said != (signature.name, signature.key_hash, note_key.cosigned_at(signature.signature)):
        return "its line says something else"
    key = keys.get(said[:2])
    if key is None:
        return _NONE_KEPT
    if not key.verify(text.encode(), signature.signature):
        return "its signature does not verify over the checkpoint"
    return None
