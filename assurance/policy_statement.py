"""The policy-set statement: the policies a release is judged with, inside its bundle.

Type: `https://w3id.org/release-assurance/policy-set/v1`. The tar archive itself is embedded,
so that `verify` needs the bundle and nothing else; its SHA-256 is the policy digest that the
readiness, the VSA and the trust file name.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from assurance import strict_json
from assurance.errors import FormatError, RefusedError
from assurance.fields import Fields
from assurance.model import Statement
from assurance.predicates import POLICY_SET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from assurance.interfaces import PolicyEngine, PolicySet

MEDIA_TYPE = "application/x-tar"


def write(
    archive: bytes, policies: PolicySet, engine: PolicyEngine, *, name: str, now: datetime
) -> Statement:
    """Return the statement about `archive`, the packed `policies`."""
    predicate = {
        "policySet": {
            "name": name,
            "digest": {"sha256": sha256(archive).hexdigest()},
            "mediaType": MEDIA_TYPE,
            "content": base64.b64encode(archive).decode(),
        },
        "engine": {"name": engine.name, "version": engine.version},
        "checks": [check.id for check in policies.checks],
    }
    return Statement(
        predicate_type=POLICY_SET, predicate=strict_json.dumps(predicate), collected_at=now
    )


def archive_of(predicate: Mapping[str, Any], *, where: str) -> bytes:
    """Return the archive inside a policy-set predicate, its digest checked.

    Raises:
        FormatError: wrong shape, or content and digest disagree.
    """
    described = Fields(predicate, where=where).object("policySet")
    content = described.text("content")
    try:
        archive = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError(
            "`policySet.content` is not base64", remedy="decide again", where=where
        ) from error
    if base64.b64encode(archive).decode() != content:
        raise FormatError(
            "`policySet.content` is not canonical base64", remedy="decide again", where=where
        )
    found = sha256(archive).hexdigest()
    said = described.object("digest").sha256("sha256")
    if found != said:
        raise FormatError(
            f"the policy set has digest sha256:{found}, its statement says sha256:{said}",
            remedy="do not deploy: the policies were swapped",
            where=where,
        )
    return archive


def check_trusted(digest: str, *, pinned: tuple[str, ...] | None, signed: bool, where: str) -> None:
    """Check that a deployer trusts the policy set with this digest (ADR 6).

    Args:
        digest: SHA-256 of the archive.
        pinned: `verifier.policy_digests` of the trust file.
        signed: Whether it is signed in role `policy`.
        where: File and line of the statement.

    Raises:
        RefusedError: it is pinned nowhere, and where nothing is pinned, not so signed.
    """
    if not signed and (pinned is None or digest not in pinned):
        raise RefusedError(
            f"the policy set sha256:{digest} is neither pinned in the trust file nor signed by "
            "role policy",
            remedy="add its digest to verifier.policy_digests, or sign it with a policy key",
            where=where,
        )
    if pinned is not None and digest not in pinned:
        raise RefusedError(
            f"the policy set sha256:{digest} is not among the {len(pinned)} that the trust "
            "file pins",
            remedy="judge with a pinned policy set, or pin this one after reviewing it",
            where=where,
        )
