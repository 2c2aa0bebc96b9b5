"""Standard base64 (RFC 4648 section 4), one spelling a value.

A second spelling of the same bytes would let a note or a proof be changed without being
noticed, so that padding, alphabet and spare bits must all be as an encoder writes them.
"""

from __future__ import annotations

import binascii


def decode(text: str) -> bytes | None:
    """Return the bytes that `text` stands for; None where it is not canonical base64."""
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        return None
    return data if encode(data) == text else None


def encode(data: bytes) -> str:
    """Return `data` with padding, on one line."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")
