"""Steps 1, 4 and 5 of deployment: trust file, release and artifacts, as they are expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import RefusedError, UndecidedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from assurance.deployment import Expectations, Presented
    from assurance.model import Release
    from assurance.trust import Expect, Trust


def check_in_force(trust: Trust, *, now: datetime, where: str | None = None) -> None:
    """Check that the trust file has not expired; `where` is its path, for messages.

    Raises:
        UndecidedError: it has: nobody can be trusted by it.
    """
    if trust.expires < now:
        raise UndecidedError(
            f"the trust file expired on {trust.expires:%Y-%m-%d %H:%M} UTC",
            remedy="fetch the current trust file",
            where=where,
        )


def check_trust(trust: Trust, expect: Expectations, *, now: datetime) -> str:
    """Check that the trust file is in force, new enough, and of an allowed profile.

    Raises:
        RefusedError: it is too old, or of profile development where that is not allowed.
        UndecidedError: it has expired: nobody can be trusted by it.
    """
    check_in_force(trust, now=now)
    if expect.min_trust_version is not None and trust.version < expect.min_trust_version:
        raise RefusedError(
            f"the trust file has version {trust.version}, at least "
            f"{expect.min_trust_version} is demanded",
            remedy="fetch the current trust file",
        )
    if trust.profile == "development" and not expect.allow_development:
        raise RefusedError(
            "the trust file has profile development",
            remedy="use a production trust file, or add --allow-development where nothing "
            "real is deployed",
        )
    return f"version {trust.version}, profile {trust.profile}, in force"


def check_release(release: Release, expect: Expectations, trusted: Expect, *, where: str) -> str:
    """Check name, version, environment and resource URI against flags and trust file.

    Raises:
        RefusedError: one is another.
    """
    name = f"{release.name}@{release.version}"
    for what, found, wanted in (
        ("release", name, expect.release),
        ("environment", release.environment, expect.environment),
        ("environment", release.environment, trusted.environment),
        ("resource URI", release.resource_uri, expect.resource_uri),
        ("resource URI", release.resource_uri, trusted.resource_uri),
    ):
        if wanted is not None and found != wanted:
            raise RefusedError(
                f"the bundle is for {what} {found}, expected {wanted}",
                remedy="fetch the bundle of the release that is to be deployed",
                where=where,
            )
    return f"{name} for {release.environment}"


def check_artifacts(release: Release, presented: Sequence[Presented], *, where: str) -> str:
    """Check that each artifact presented is in the release manifest, by digest.

    Raises:
        RefusedError: one is not, or none is presented.
    """
    by_digest = {artifact.sha256: artifact for artifact in release.artifacts}
    by_name = {artifact.name: artifact for artifact in release.artifacts}
    if not presented:
        raise RefusedError(
            "no artifact was presented",
            remedy="name the files that are about to be deployed, or --digest",
        )
    for item in presented:
        if item.sha256 in by_digest:
            continue
        same = by_name.get(item.name.rsplit("/", 1)[-1])
        by_digest_alone = item.name == f"sha256:{item.sha256}"
        raise RefusedError(
            f"{item.name} is not what was judged: "
            + ("" if by_digest_alone else f"found sha256:{item.sha256}, ")
            + (
                f"the release manifest says sha256:{same.sha256}"
                if same is not None
                else f"it is none of the {len(by_digest)} artifacts of the release manifest"
            ),
            remedy="fetch the artifact again from where CI stored it; if it differs again, "
            "treat it as tampered",
            where=where,
        )
    return ", ".join(f"{by_digest[item.sha256].name} = sha256:{item.sha256}" for item in presented)
