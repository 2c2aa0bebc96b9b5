"""One line of a bundle: a Sigstore bundle v0.3 with a DSSE envelope, read and written.

Specifications: DSSE v1.0.2 (`envelope.md`, `protocol.md`) and the protobuf JSON of
`dev.sigstore.bundle.v1.Bundle` v0.3. We read a strict subset: exactly one signature, a
public-key hint in place of a certificate, canonical base64, no unknown fields. Nothing is
verified here: `assurance.keys` checks the signature over `pae(payload)`.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import FormatError
from assurance.model import Attestation

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
"""DSSE payload type of an in-toto Statement."""
MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_BYTES: Final = 90 * 1024 * 1024
"""Limit of one line: a 64 MiB payload in base64, and its envelope."""

_MAX_DEPTH: Final = 32
_MAX_SIGNATURE: Final = 8192
_MAX_HINT: Final = 1024
_REMEDY: Final = "fetch the bundle again from where it was stored; do not use this one"


def pae(payload: bytes) -> bytes:
    """Return the bytes that a signature over `payload` covers.

    DSSE v1 `protocol.md`, pre-authentication encoding, with the in-toto payload type.
    Lengths are decimal numbers of bytes.
    """
    kind = PAYLOAD_TYPE.encode("ascii")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def write(payload: bytes, signature: bytes, *, key_id: str) -> bytes:
    """Return the line, without its newline, of `payload` signed with `signature`.

    Args:
        payload: A Statement, as it was signed.
        signature: Over `pae(payload)`.
        key_id: SHA-256 of the signer's SPKI, hex; becomes the public-key hint.
    """
    return strict_json.dumps(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {"publicKey": {"hint": key_id}},
            "dsseEnvelope": {
                "payload": _encode(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": _encode(signature)}],
            },
        }
    )


def read(line: bytes, *, where: str) -> Attestation:
    """Take one line apart; the signature is not verified.

    Args:
        line: Without its newline, at most `MAX_BYTES`.
        where: `file:line`, for messages.

    Raises:
        FormatError: the line is not of the strict subset that this module describes.
    """
    value = strict_json.loads(line, what=where, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH)
    bundle = _object(value, "the line", where)
    media_type = bundle.get("mediaType")
    if media_type != MEDIA_TYPE:
        raise _error(f"`mediaType` is {_short(media_type)}, expected {MEDIA_TYPE!r}", where)
    if "messageSignature" in bundle:
        raise _error("the line signs a bare message; a DSSE envelope is expected", where)
    _keys(bundle, "the line", where, {"mediaType", "verificationMaterial", "dsseEnvelope"})
    hint = _hint(bundle["verificationMaterial"], where)

    envelope = _object(bundle["dsseEnvelope"], "`dsseEnvelope`", where)
    _keys(envelope, "`dsseEnvelope`", where, {"payload", "payloadType", "signatures"})
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise _error(
            f"`payloadType` is {_short(envelope['payloadType'])}, expected {PAYLOAD_TYPE!r}", where
        )
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        count = len(signatures) if isinstance(signatures, list) else "no list of"
        raise _error(f"the envelope has {count} signatures, expected exactly one", where)
    signature = _object(signatures[0], "`signatures[0]`", where)
    _keys(signature, "`signatures[0]`", where, {"sig"}, {"keyid"})
    keyid = signature.get("keyid")
    if keyid is not None:
        _text(keyid, "`keyid`", where)
    sig = _decode(signature["sig"], "`sig`", where)
    if not 0 < len(sig) <= _MAX_SIGNATURE:
        raise _error(f"the signature has {len(sig):,} bytes", where)
    return Attestation(
        line=line,
        payload=_decode(envelope["payload"], "`payload`", where),
        signature=sig,
        hint=hint,
        keyid=keyid,
    )


def _hint(value: object, where: str) -> str:
    material = _object(value, "`verificationMaterial`", where)
    for name in ("certificate", "x509CertificateChain"):
        if name in material:
            raise FormatError(
                f"the line is signed with a certificate (`{name}`), which is not supported yet",
                remedy="sign with a key that the trust file lists",
                where=where,
            )
    _keys(
        material,
        "`verificationMaterial`",
        where,
        {"publicKey"},
        {"tlogEntries", "timestampVerificationData"},
    )
    # Both only tolerated: whoever wants their proof of time reads them from the line.
    if not isinstance(material.get("tlogEntries", []), list):
        raise _error("`tlogEntries` must be a list", where)
    _object(material.get("timestampVerificationData", {}), "`timestampVerificationData`", where)
    public_key = _object(material["publicKey"], "`publicKey`", where)
    _keys(public_key, "`publicKey`", where, {"hint"})
    return _text(public_key["hint"], "`hint`", where)


def _encode(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _decode(value: object, name: str, where: str) -> bytes:
    """Accept only what `_encode` writes: RFC 4648 section 4, one encoding for each value."""
    if not isinstance(value, str):
        raise _error(f"{name} must be base64 text, found {_short(value)}", where)
    try:
        # Strictly: only the alphabet, and padding only where it belongs. Bits that are left over
        # in the last four characters are all that it lets through.
        data = binascii.a2b_base64(value, strict_mode=True)
    except ValueError as err:
        raise _error(f"{name} {_not_strict(value)}", where) from err
    if _encode(data[-(len(data) % 3 or 3) :]) != value[-4:]:
        raise _error(f"{name} is not canonical base64", where)
    return data


def _not_strict(value: str) -> str:
    """Say what is wrong with text that is no strict base64: some decoders would take it."""
    try:
        binascii.a2b_base64(value)
    except ValueError as lenient:
        return f"is not base64: {lenient}"
    return "is not canonical base64"


def _text(value: object, name: str, where: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_HINT or not value.isprintable():
        raise _error(f"{name} must be 1 to {_MAX_HINT} printable characters", where)
    return value


def _object(value: object, name: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _error(f"{name} must be an object, found {_short(value)}", where)
    return value


def _keys(
    value: dict[str, Any],
    name: str,
    where: str,
    required: AbstractSet[str],
    optional: AbstractSet[str] = frozenset(),
) -> None:
    for key in sorted(value.keys() - required - optional):
        raise _error(f"{name} has the unknown field {_short(key)}", where)
    for key in sorted(required - value.keys()):
        raise _error(f"{name} lacks the field `{key}`", where)


def _error(problem: str, where: str) -> FormatError:
    return FormatError(problem, remedy=_REMEDY, where=where)


def _short(value: object) -> str:
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - part of one line
