"""SOURCE_DATE_EPOCH: the time that collectors take for now, so that a build can be repeated.

Specification: reproducible-builds.org, "SOURCE_DATE_EPOCH specification", 1.1.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assurance.errors import UsageError
from assurance.freshness import CLOCK_SKEW

if TYPE_CHECKING:
    from collections.abc import Mapping


def collector_time(now: datetime, environ: Mapping[str, str]) -> datetime:
    """Return what collectors take for now: SOURCE_DATE_EPOCH where it is set, else `now`.

    Raises:
        UsageError: SOURCE_DATE_EPOCH is no number of seconds, or lies in the future, which would
            make each collector's evidence worthless.
    """
    text = environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return now
    if not (text.isascii() and text.isdigit() and len(text) <= 11):  # noqa: PLR2004 - year 5138
        raise UsageError(
            f"SOURCE_DATE_EPOCH must be seconds since 1970, found {text!r:.40}",
            remedy="unset it, or set it to `git log -1 --format=%ct`",
            where="SOURCE_DATE_EPOCH",
        )
    moment = datetime.fromtimestamp(int(text), tz=UTC)
    if moment - now > CLOCK_SKEW:
        raise UsageError(
            f"SOURCE_DATE_EPOCH is in the future: {text} is {moment:%Y-%m-%dT%H:%M:%SZ}",
            remedy="unset it, or set it to `git log -1 --format=%ct`",
            where="SOURCE_DATE_EPOCH",
        )
    return moment
