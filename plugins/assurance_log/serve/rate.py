"""Who is one client, and a token bucket for each of them, in bounded memory.

A client is an IPv4 address or an IPv6 /64, which is what one customer has. Behind a proxy all are
one client: let the proxy limit them, and this server not (`--rate 0`).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_CLIENTS: Final = 10_000
"""Buckets that are kept; whoever was not seen for longest loses theirs, which is full by then."""
_PREFIX_BYTES: Final = 8


class Buckets:
    """The tokens that clients have left."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        """Start with full buckets.

        Args:
            rate: Tokens a second; 0: nobody is limited.
            burst: Tokens in a full bucket.
            clock: Seconds that only go up.
        """
        self._rate = rate
        self._burst = float(burst)
        self._clock = clock
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> int:
        """Take a token; return 0, or the seconds after which there is one again."""
        if not self._rate:
            return 0
        key, now = client_key(client), self._clock()
        left, seen = self._left.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - seen) * self._rate)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        if len(self._left) > _CLIENTS:
            self._left.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - left) / self._rate))


def client_key(text: str) -> bytes:
    """Return what stands for a client, by its address as text."""
    try:
        address = ip_address(text)
    except ValueError:
        return text.encode()
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return address.packed[:_PREFIX_BYTES] if mapped is None else mapped.packed
    return address.packed
