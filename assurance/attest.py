"""The attest stage: every Statement is signed by the role that its kind needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import envelope, statement
from assurance.errors import SignerError
from assurance.predicates import POLICY_SET, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance.interfaces import Signer
    from assurance.model import Release, Statement


def role_of(predicate_type: str) -> str:
    """Return the role that signs `predicate_type` when we make it."""
    return "policy" if predicate_type == POLICY_SET else kind_of(predicate_type).roles[0]


def attest(made: Statement, release: Release, signers: Mapping[str, Signer]) -> bytes:
    """Sign a statement and return its line.

    Args:
        made: What is claimed; without subjects it is about all of `release`.
        release: The release.
        signers: Role to open signer.

    Raises:
        SignerError: no signer for the role, or it does not sign.
        FormatError: the statement is not one.
    """
    role = role_of(made.predicate_type)
    signer = signers.get(role)
    if signer is None:
        raise SignerError(
            f"no key is configured for role {role}",
            remedy=f'add [sign.{role}] with a `uri`, such as "file:keys/development.pem"',
        )
    return attest_as(made, release, signer)


def attest_as(made: Statement, release: Release, signer: Signer) -> bytes:
    """Sign a statement with this signer, whatever its role, and return its line.

    Raises:
        SignerError: it does not sign.
        FormatError: the statement is not one.
    """
    payload = statement.write(made, release.subjects)
    return envelope.write(payload, signer.sign(envelope.pae(payload)), key_id=signer.key_id)
