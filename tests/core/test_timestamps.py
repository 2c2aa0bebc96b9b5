"""RFC 3339 times, read strictly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance import timestamps
from assurance.errors import FormatError

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T12:00:00Z", NOON),
        ("2026-11-23T12:00:00+00:00", NOON),
        ("2026-11-23T12:00:00-00:00", NOON),
        ("2026-11-23T14:30:00+02:30", NOON),
        ("2026-11-22T23:00:00-13:00", NOON),
        ("2026-11-23T12:00:00.5Z", NOON.replace(microsecond=500_000)),
        ("2026-11-23T12:00:00.123456789Z", NOON.replace(microsecond=123_456)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_reads(text: str, moment: datetime) -> None:
    """Every RFC 3339 form gives its moment in UTC; fractions are cut, never rounded up."""
    found = timestamps.parse(text, what="x")
    assert moment == found
    assert UTC is found.tzinfo


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T12:00:00",
        "2026-11-23 12:00:00Z",
        "2026-11-23t12:00:00z",
        "2026-11-23T12:00Z",
        "2026-11-23T12:00:60Z",
        "2026-11-23T24:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "20261123T120000Z",
        "2026-W48-1T00:00:00Z",
        "2026-11-23T12:00:00+24:00",
        "2026-11-23T12:00:00+01:60",
        "2026-11-23T12:00:00+0100",
        "2026-11-23T12:00:00.Z",
        "2026-11-23T12:00:00,5Z",
        "2026-11-23T12:00:00Z\n",
        " 2026-11-23T12:00:00Z",
        "+2026-11-23T12:00:00Z",
        "٢٠٢٦-11-23T12:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "1_00-11-23T12:00:00Z",
    ],
)
def test_refuses(text: str) -> None:
    """Anything else is refused, with its place."""
    with pytest.raises(FormatError, match="is not an RFC 3339 time") as caught:
        timestamps.parse(text, what="file:7")
    assert "file:7" == caught.value.where


def test_refusal_shows_little_of_a_long_text() -> None:
    """A message stays short whatever was presented."""
    with pytest.raises(FormatError, match=r"'x{37}\.\.\.' is not") as caught:
        timestamps.parse("x" * 10_000, what="x")
    assert len(str(caught.value)) < 200


def test_writes_utc_with_seconds() -> None:
    """Times are written in UTC with Z and without a fraction, years with four digits."""
    east = timezone(timedelta(hours=2))
    assert "2026-11-23T10:00:00Z" == timestamps.format_utc(
        datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=east)
    )
    assert "0001-01-01T00:00:00Z" == timestamps.format_utc(datetime(1, 1, 1, tzinfo=UTC))


def test_time_without_zone_is_a_bug() -> None:
    """A naive time is never guessed to be UTC."""
    with pytest.raises(ValueError, match="a time without a zone"):
        timestamps.format_utc(datetime(2026, 1, 1))  # noqa: DTZ001 - the defect


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=OFFSETS))  # noqa: DTZ001
def test_write_then_read_is_identity(moment: datetime) -> None:
    """What is written is read back, to the second."""
    found = timestamps.parse(timestamps.format_utc(moment), what="x")
    assert moment.astimezone(UTC).replace(microsecond=0) == found


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=OFFSETS))  # noqa: DTZ001
def test_agrees_with_the_standard_library(moment: datetime) -> None:
    """What `datetime.isoformat` writes with minutes of offset names the same moment."""
    assert moment == timestamps.parse(moment.isoformat(), what="x")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No input raises anything but `FormatError`."""
    try:
        assert UTC is timestamps.parse(text, what="x").tzinfo
    except FormatError as err:
        assert err.remedy  # noqa: PT017 - either answer is right, and both say something
