"""The trust file: `read` it strictly, `write` it, or make a `development` one.

It is the only place that trust comes from (design section 5). The values are in
`assurance.trust_model`, the rules in `assurance.trust_reader`; this is the module to import.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from assurance import keys, strict_json
from assurance.errors import FormatError, TrustFileError
from assurance.timestamps import format_utc
from assurance.trust_model import (
    ALL,
    ROLES,
    SIGN_OFF,
    Expect,
    LogKey,
    Revoked,
    Trust,
    TrustedLog,
    TrustKey,
)
from assurance.trust_node import Node
from assurance.trust_reader import identity_id, read_trust

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ALL",
    "MAX_BYTES",
    "ROLES",
    "SIGN_OFF",
    "Expect",
    "LogKey",
    "Revoked",
    "Trust",
    "TrustKey",
    "TrustedLog",
    "development",
    "format_duration",
    "identity_id",
    "read",
    "to_json",
    "write",
]

MAX_BYTES: Final = 4 * 1024 * 1024
"""A larger trust file is refused."""

_BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def read(data: bytes, *, where: str) -> Trust:
    """Return what a trust file says.

    Whether it has expired is for the caller to ask: nothing here reads a clock.

    Args:
        data: The whole file; its SHA-256 becomes `Trust.digest`.
        where: The file's name, for messages.

    Raises:
        TrustFileError: it is not strict JSON, or breaks a rule of `assurance.trust_reader`.
    """
    try:
        value = strict_json.loads(data, what=where, max_bytes=MAX_BYTES)
    except FormatError as err:
        raise TrustFileError(err.problem, remedy=err.remedy, where=where) from err
    node = Node(value=value, file=where, source=data.decode("utf-8"))
    return read_trust(node, digest=sha256(data).hexdigest())


def write(trust: Trust) -> bytes:
    """Return the file of `trust`: indented JSON for people, sorted keys, one newline at the end.

    `read` gives the same value back, apart from `digest`. Nothing is checked here.
    """
    import json

    text = json.dumps(to_json(trust), sort_keys=True, indent=2, ensure_ascii=False)
    return text.encode("utf-8") + b"\n"


def development(
    public_pem: bytes,
    *,
    holder: str,
    verifier_id: str,
    resource_uri: str,
    environment: str,
    expires: datetime,
    areas: Iterable[str] = (),
    logs: tuple[TrustedLog, ...] = (),
) -> bytes:
    """Return a trust file of profile development: one key in every role.

    Args:
        public_pem: SPKI PEM of the key.
        holder: Who has the private key.
        verifier_id: URI that the VSA names as its verifier.
        resource_uri: From where the release is fetched.
        environment: Where the release is to go.
        expires: End of the file and of the key, UTC.
        areas: Sign-off areas that the key may sign for too.
        logs: Transparency logs whose receipts count.

    Raises:
        FormatError: the key is not a public key that may sign.
        TrustFileError: another argument is not as a trust file wants it.
    """
    public = keys.load_public(public_pem, where="development key")
    roles = sorted({*ROLES, *(f"{SIGN_OFF}{area}" for area in areas)})
    data = write(
        Trust(
            version=1,
            expires=expires,
            profile="development",
            verifier_id=verifier_id,
            policy_digests=None,
            expect=Expect(resource_uri=resource_uri, environment=environment, receipt="if-present"),
            keys=(
                TrustKey(
                    id=public.key_id,
                    holder=holder,
                    roles=tuple(roles),
                    not_before=_BEGINNING,
                    not_after=expires,
                    public=public,
                ),
            ),
            logs=logs,
        )
    )
    read(data, where="development trust file")
    return data


def to_json(trust: Trust) -> dict[str, Any]:
    """Return `trust` as the object of the file, every key of the schema present."""
    expect = trust.expect
    age = expect.max_verdict_age
    return {
        "version": trust.version,
        "expires": format_utc(trust.expires),
        "profile": trust.profile,
        "verifier": {
            "id": trust.verifier_id,
            "policy_digests": _list_or_none(trust.policy_digests),
        },
        "expect": {
            "resource_uri": expect.resource_uri,
            "environment": expect.environment,
            "levels": list(expect.levels),
            "max_verdict_age": None if age is None else format_duration(age),
            "receipt": expect.receipt,
            **_weakenings(expect),
        },
        "keys": [_key(key) for key in trust.keys],
        "roles": {role: {"threshold": threshold} for role, threshold in trust.roles},
        "logs": [_log(log) for log in trust.logs],
        "trusted_root": None
        if trust.trusted_root is None
        else strict_json.loads(trust.trusted_root, what="trusted_root"),
    }


def format_duration(seconds: int) -> str:
    """Return `seconds` (1 or more) in the largest unit that gives a whole number: `7d`."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"


def _weakenings(expect: Expect) -> dict[str, Any]:
    """Return the keys of an additive contract: an older reader takes a file that has none."""
    found: dict[str, Any] = {}
    if expect.refuse_weakenings:
        found["refuse_weakenings"] = (
            "all" if expect.refuse_weakenings == ALL else list(expect.refuse_weakenings)
        )
    if expect.tolerate:
        found["tolerate"] = list(expect.tolerate)
    return found


def _key(key: TrustKey) -> dict[str, Any]:
    value: dict[str, Any] = {
        "id": key.id,
        "holder": key.holder,
        "roles": list(key.roles),
        "predicate_types": _list_or_none(key.predicate_types),
        "not_before": format_utc(key.not_before),
        "not_after": format_utc(key.not_after),
        "revoked": None,
    }
    if key.public is not None:
        value["pem"] = key.public.pem.decode("ascii")
    else:
        value["identity"] = key.identity
        value["issuer"] = key.issuer
    if key.revoked is not None:
        value["revoked"] = {
            "log": key.revoked.log,
            "index": key.revoked.index,
            "reason": key.revoked.reason,
        }
    return value


def _log(log: TrustedLog) -> dict[str, Any]:
    return {
        "origin": log.origin,
        "vkeys": [
            {"vkey": key.vkey, "from_size": key.from_size, "to_size": key.to_size}
            for key in log.vkeys
        ],
        "witnesses": list(log.witnesses),
        "quorum": log.quorum,
    }


def _list_or_none(texts: tuple[str, ...] | None) -> list[str] | None:
    return None if texts is None else list(texts)
