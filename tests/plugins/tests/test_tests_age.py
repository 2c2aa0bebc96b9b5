"""Old reports make old evidence, and impossible times make none."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from assurance.errors import CollectError
from assurance_tests.report_age import Claim, as_of, commit_time

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.tests.conftest import Project

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
REPORT = '<testsuite name="s" tests="1" timestamp="{}" time="60"><testcase name="{}"/></testsuite>'


def claim(moment: datetime, *, zoned: bool = True) -> Claim:
    """Return a claim of a report."""
    return Claim(name="a.xml", moment=moment, zoned=zoned)


def test_no_claim_is_as_of_now() -> None:
    """A report without a time is as old as its collection."""
    assert NOW == as_of((), now=NOW, clock=NOW, committed=None)


def test_oldest_claim_counts() -> None:
    """One old report among new ones makes the evidence old."""
    claims = [claim(NOW - 2 * HOUR), claim(NOW - 90 * HOUR), claim(NOW - HOUR)]
    assert NOW - 90 * HOUR == as_of(claims, now=NOW, clock=NOW, committed=None)


def test_claims_never_make_it_younger() -> None:
    """A clock that is a little ahead does not reach past the run."""
    assert NOW == as_of([claim(NOW + 5 * MINUTE)], now=NOW, clock=NOW, committed=None)
    assert NOW == as_of([claim(NOW + 14 * HOUR, zoned=False)], now=NOW, clock=NOW, committed=None)


@pytest.mark.parametrize(
    ("ahead", "zoned"), [(6 * MINUTE, True), (14 * HOUR + 6 * MINUTE, False)], ids=["UTC", "local"]
)
def test_report_from_the_future(ahead: timedelta, *, zoned: bool) -> None:
    """A time that no clock shows yet, anywhere, is refused."""
    with pytest.raises(CollectError, match=r"a\.xml: .* is in the future") as caught:
        as_of([claim(NOW + ahead, zoned=zoned)], now=NOW, clock=NOW, committed=None)
    assert not caught.value.missing


def test_source_date_epoch_is_no_future() -> None:
    """With SOURCE_DATE_EPOCH the run is dated before its own tests; the real clock counts too."""
    epoch = NOW - 90 * HOUR
    assert epoch == as_of([claim(NOW)], now=epoch, clock=NOW, committed=None)


@pytest.mark.parametrize(
    ("before", "zoned"), [(6 * MINUTE, True), (12 * HOUR + 6 * MINUTE, False)], ids=["UTC", "local"]
)
def test_report_older_than_the_commit(before: timedelta, *, zoned: bool) -> None:
    """What ran before the commit was made did not run on it."""
    with pytest.raises(CollectError, match="before the commit that is released"):
        as_of([claim(NOW - HOUR - before, zoned=zoned)], now=NOW, clock=NOW, committed=NOW - HOUR)


def test_report_that_may_be_of_the_commit() -> None:
    """A local time that some offset puts after the commit is given the benefit."""
    claims = [claim(NOW - 12 * HOUR, zoned=False), claim(NOW - 4 * MINUTE)]
    assert NOW - 12 * HOUR == as_of(claims, now=NOW, clock=NOW, committed=NOW)


def test_age_of_both_statements(project: Project) -> None:
    """Last week's report gives last week's evidence: both statements are as old as it is."""
    project.add("a.xml", REPORT.format("2026-11-17T08:00:00+01:00", "a"))
    project.add("b.xml", REPORT.format("2026-11-24T06:00:00Z", "b"))
    collected = project.collect()
    assert {datetime(2026, 11, 17, 7, 0, tzinfo=UTC)} == {
        it.collected_at for it in collected.statements
    }
    assert "2026-11-17T07:00:00Z" == collected.detail["started"]
    assert "2026-11-24T06:01:00Z" == collected.detail["ended"]


@pytest.mark.parametrize(
    "text", ["2026-13-01T00:00:00Z", "yesterday", "", "9999-12-31T23:59:59-14:00"]
)
def test_unreadable_timestamp(text: str, project: Project) -> None:
    """A time that cannot be read is none."""
    project.add("a.xml", REPORT.format(text, "a"))
    assert project.collect().detail["started"] is None


def git(folder: Path, *words: str, **more: str) -> str:
    """Run git as nobody in particular."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{
            f"GIT_{who}_{what}": f"ines@{what}"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
        **more,
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *words],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def committed(project: Project) -> Project:
    """A project whose only commit was made on 23 November, 12:00 UTC."""
    git(project.root, "init", "--quiet")
    git(
        project.root,
        "commit",
        "--quiet",
        "--allow-empty",
        "--message=one\n\ncommitter x <y> 1 +0000",
        GIT_COMMITTER_DATE="2026-11-23T13:00:00+0100",
        GIT_AUTHOR_DATE="2020-01-01T00:00:00Z",
    )
    project.revision = git(project.root, "rev-parse", "HEAD")
    return project


def test_time_of_the_commit(committed: Project) -> None:
    """The committer's date counts, not the author's, and not what a message says."""
    assert datetime(2026, 11, 23, 12, 0, tzinfo=UTC) == commit_time(
        committed.root, committed.revision
    )


def test_no_commit_is_compared_with_nothing(committed: Project, tmp_path: Path) -> None:
    """Without revision, commit or repository there is nothing to compare with."""
    assert commit_time(committed.root, None) is None
    assert commit_time(committed.root, "0" * 40) is None
    (tmp_path / "bare").mkdir()
    assert commit_time(tmp_path / "bare", committed.revision) is None


def test_no_git_is_compared_with_nothing(
    committed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no git, reports are still read."""
    monkeypatch.setenv("PATH", "")
    assert commit_time(committed.root, committed.revision) is None


def test_left_over_report_is_refused(committed: Project) -> None:
    """A report that was there before the commit is not about it; one made after it is."""
    report = committed.add("a.xml", REPORT.format("2026-11-23T11:50:00Z", "a"))
    with pytest.raises(CollectError, match=r"a\.xml: .*2026-11-23 11:50 UTC, before the commit"):
        committed.collect()
    report.write_text(REPORT.format("2026-11-23T12:10:00Z", "a"))
    assert "PASSED" == committed.collect().result["result"]
