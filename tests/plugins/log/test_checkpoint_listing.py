"""Checkpoints are found by their key, whatever its bytes look like in base64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance_log.checkpoint_listing import CheckpointFilters, find

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_key_with_plus_signs(log_at: Callable[..., Any]) -> None:
    """The key's part of a vkey may have a `+` itself."""
    log = log_at(made=False)
    for seed in range(256):
        log.private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        if log.key.vkey().count("+") > 2:
            break
    assert 2 < log.key.vkey().count("+")
    log.create().writer().append([b"x"])
    with log.database(read_only=True).read() as connection:
        wanted = CheckpointFilters(key=log.key.key_hash.hex())
        assert [1, 0] == [found.size for found in find(connection, wanted, limit=9)]
        assert [] == list(find(connection, CheckpointFilters(key="00000000"), limit=9))
