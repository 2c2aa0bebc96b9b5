"""A ledger: entries chained by hash, over HTTP."""

from __future__ import annotations

__version__ = "2.4.1"
