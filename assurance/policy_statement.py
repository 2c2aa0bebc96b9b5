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
from assurance.errors import FormatError
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
