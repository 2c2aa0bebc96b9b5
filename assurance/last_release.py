"""Where the last release's bundle is: the file that settings or command line name, read.

What is wrong with it is a finding of the verdict, never an exit: evidence that is absent or
spoilt is a fact about the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import bundle
from assurance.bounded_file import read_file
from assurance.errors import AssuranceError, UsageError
from assurance.model import PreviousProblem, Status

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from assurance.evidence_files import EvidenceFiles
    from assurance.model import Previous, Release
    from assurance.settings import Settings
    from assurance.trust import Trust

_BUNDLE = ".intoto.jsonl"
_RECEIPT = ".tlog-proof"
_MAX_RECEIPT = 1 << 20


def check_place(settings: Settings, files: EvidenceFiles) -> None:
    """Check that the last release's bundle is not where this release's own will be written.

    Raises:
        UsageError: it is.
    """
    path = settings.release.previous
    if path is not None and path.resolve() in {item.resolve() for item in files.results}:
        raise UsageError(
            "the bundle of the last release is named where this release's own goes, which is "
            "removed first",
            remedy="keep the last release's bundle elsewhere, or under its own version",
            where=str(path),
        )


def read_last(
    settings: Settings, *, trust: Trust, release: Release, now: datetime
) -> Previous | PreviousProblem | None:
    """Read and verify the bundle that the settings name; None where they name none.

    Its receipt, the file of the same name that ends in `.tlog-proof`, is looked at where it is
    there: it may prove a time at which keys that have expired since were valid.
    """
    path = settings.release.previous
    if path is None:
        return None
    from assurance import previous

    if not path.exists():
        return PreviousProblem(
            status=Status.MISSING,
            problem="no such file",
            remedy="put the last release's bundle where [release] previous says, or take it out "
            "for a first release",
        )
    try:
        return previous.read(
            read_file(path, what="the bundle of the last release", limit=bundle.MAX_BYTES),
            trust=trust,
            release=release,
            now=now,
            where=path.name,
            receipt=_receipt(path),
        )
    except UsageError as error:
        # The file cannot be read; nobody knows what is in it.
        return PreviousProblem(
            status=Status.INDETERMINATE, problem=error.problem, remedy=error.remedy
        )
    except AssuranceError as error:
        return previous.problem(error)


def _receipt(path: Path) -> bytes | None:
    beside = path.with_name(f"{path.name.removesuffix(_BUNDLE)}{_RECEIPT}")
    if not path.name.endswith(_BUNDLE) or not beside.exists():
        return None
    return read_file(beside, what="the receipt of the last release", limit=_MAX_RECEIPT)
