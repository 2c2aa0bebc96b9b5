"""The strict reader of trust files.

Rules, in the order in which they are checked: the shape (closed objects, types, times,
durations, role names); of each key that its id is the SHA-256 of its SPKI and its times are
in order; of all keys that none is listed twice and no two holders' names differ in case
only; of each role that its threshold can be met. `schemas/trust.schema.json` says the shape
again for editors; the other rules are only here.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance import keys, strict_json, vkey
from assurance.errors import FormatError
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

if TYPE_CHECKING:
    from assurance.trust_node import Node

_AREA: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_LEVEL: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_HOLDER: Final = re.compile(r"\S(?:.{0,198}\S)?")
_BEGINNING: Final = re.compile(r"\S.*")
_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def identity_id(identity: str, issuer: str) -> str:
    """Return the id of a Sigstore identity: SHA-256 (hex) of `issuer LF identity LF`."""
    return sha256(f"{issuer}\n{identity}\n".encode()).hexdigest()


def read_trust(root: Node, *, digest: str) -> Trust:
    """Return what the file's root object says; see the module for the rules.

    Raises:
        TrustFileError: a rule is broken.
    """
    root.closed(
        required=("version", "expires", "profile", "verifier", "expect", "keys"),
        optional=("roles", "logs", "trusted_root"),
    )
    verifier = root.member("verifier")
    verifier.closed(required=("id",), optional=("policy_digests",))
    trusted_root = root.member_or_none("trusted_root")
    if trusted_root is not None:
        trusted_root.members()
    trust_keys = tuple(_key(node) for node in root.member("keys").items(least=1))
    _check_keys(root.member("keys"), trust_keys)
    roles = root.member_or_none("roles")
    logs_node = root.member_or_none("logs")
    logs = () if logs_node is None else tuple(_log(node) for node in logs_node.items())
    if logs_node is not None and len({log.origin for log in logs}) != len(logs):
        logs_node.fail("one origin stands twice: give a log its keys and witnesses in one place")
    return Trust(
        version=root.member("version").whole(least=1),
        expires=root.member("expires").time(),
        profile=root.member("profile").choice("production", "development"),
        verifier_id=verifier.member("id").text("a URI", _URI),
        policy_digests=_digests(verifier.member_or_none("policy_digests")),
        expect=_expect(root.member("expect")),
        keys=trust_keys,
        roles=() if roles is None else _thresholds(roles, trust_keys),
        logs=logs,
        trusted_root=None if trusted_root is None else strict_json.dumps(trusted_root.value),
        digest=digest,
    )


def _digests(node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    wanted = "a SHA-256 as 64 lowercase hex digits"
    return node.unique(tuple(item.text(wanted, _SHA256) for item in node.items(least=1)))


def _expect(node: Node) -> Expect:
    node.closed(
        required=("resource_uri", "environment"),
        optional=("levels", "max_verdict_age", "receipt", "refuse_weakenings", "tolerate"),
    )
    levels = node.member_or_none("levels")
    age = node.member_or_none("max_verdict_age")
    receipt = node.member_or_none("receipt")
    refused = node.member_or_none("refuse_weakenings")
    tolerated = node.member_or_none("tolerate")
    if tolerated is not None and refused is None:
        tolerated.fail("`tolerate` says nothing without `refuse_weakenings`")
    wanted = "a level such as RELEASE_ASSURANCE_GO"
    return Expect(
        resource_uri=node.member("resource_uri").text("a URI", _URI),
        environment=node.member("environment").text("a lower-case name", _NAME),
        levels=()
        if levels is None
        else levels.unique(tuple(item.text(wanted, _LEVEL) for item in levels.items())),
        max_verdict_age=None if age is None else _duration(age),
        receipt="required" if receipt is None else receipt.choice("required", "if-present"),
        refuse_weakenings=() if refused is None else _refused(refused),
        tolerate=() if tolerated is None else _beginnings(tolerated),
    )


def _refused(node: Node) -> tuple[str, ...]:
    if isinstance(node.value, list):
        return _beginnings(node)
    node.choice("all")
    return ALL


def _beginnings(node: Node) -> tuple[str, ...]:
    """Return beginnings of weakenings; an empty one would begin everything."""
    wanted = "the beginning of a weakening, without space before it"
    return node.unique(tuple(item.text(wanted, _BEGINNING) for item in node.items(least=1)))


def _duration(node: Node) -> int:
    text = node.text("a duration such as 7d, 24h, 30m or 45s", _DURATION)
    return int(text[:-1]) * _SECONDS[text[-1]]


def _key(node: Node) -> TrustKey:
    node.closed(
        required=("id", "holder", "roles", "not_before", "not_after"),
        optional=("pem", "identity", "issuer", "predicate_types", "revoked"),
    )
    key_id = node.member("id").text("a SHA-256 as 64 lowercase hex digits", _SHA256)
    pem = node.member_or_none("pem")
    identity, issuer = node.member_or_none("identity"), node.member_or_none("issuer")
    if (pem is None) == (identity is None) or (identity is None) != (issuer is None):
        node.fail("a key has either `pem` or both `identity` and `issuer`")
    public = None if pem is None else _public(pem)
    if public is not None:
        computed = public.key_id
    else:
        computed = identity_id(
            "" if identity is None else identity.text(), "" if issuer is None else issuer.text()
        )
    if computed != key_id:
        node.member("id").fail(
            f"the id is not that of the key, which is {computed}",
            remedy="find out which of the two is wrong before you correct it",
        )
    types = node.member_or_none("predicate_types")
    revoked = node.member_or_none("revoked")
    key = TrustKey(
        id=key_id,
        holder=_holder(node.member("holder")),
        roles=node.member("roles").unique(
            tuple(_role(item) for item in node.member("roles").items(least=1))
        ),
        not_before=node.member("not_before").time(),
        not_after=node.member("not_after").time(),
        public=public,
        identity=None if identity is None else identity.text(),
        issuer=None if issuer is None else issuer.text(),
        predicate_types=None
        if types is None
        else types.unique(tuple(item.text("a URI", _URI) for item in types.items(least=1))),
        revoked=None if revoked is None else _revoked(revoked),
    )
    if key.not_before > key.not_after:
        node.fail("`not_before` is after `not_after`")
    return key


def _public(node: Node) -> keys.PublicKey:
    if not isinstance(node.value, str):
        node.text("a PEM as text")
    try:
        return keys.load_public(node.value.encode("utf-8"), where=node.file)
    except FormatError as err:
        node.fail(err.problem, remedy=err.remedy)


def _holder(node: Node) -> str:
    holder = node.text("a name of 1 to 200 characters without space around it", _HOLDER)
    if not holder.isascii():
        from unicodedata import is_normalized  # seldom needed, and 1 MB large

        if not is_normalized("NFC", holder):
            node.fail("the holder's name is not in Unicode form NFC, so it looks like another")
    return holder


def _role(node: Node) -> str:
    role = node.text("a role")
    if role in ROLES or (
        role.startswith(SIGN_OFF) and _AREA.fullmatch(role.removeprefix(SIGN_OFF))
    ):
        return role
    from difflib import get_close_matches

    near = get_close_matches(role, ROLES, n=1)
    known = f"roles are {', '.join(ROLES)} and `{SIGN_OFF}<area>`"
    hint = f"did you mean `{near[0]}`?" if near else known
    return node.fail(f"unknown role {role!r}; {hint}")


def _revoked(node: Node) -> Revoked:
    node.closed(required=("reason",), optional=("log", "index"))
    log, index = node.member_or_none("log"), node.member_or_none("index")
    if (log is None) != (index is None):
        node.fail("`log` and `index` stand together or not at all")
    return Revoked(
        reason=node.member("reason").text(),
        log=None if log is None else log.text(),
        index=None if index is None else index.whole(least=0),
    )


def _check_keys(node: Node, trust_keys: tuple[TrustKey, ...]) -> None:
    first: dict[str, int] = {}
    holders: dict[str, str] = {}
    for index, (item, key) in enumerate(zip(node.items(), trust_keys, strict=True)):
        earlier = first.setdefault(key.id, index)
        if earlier != index:
            item.fail(f"the key {key.id} is listed twice, first as key {earlier}")
        spelt = holders.setdefault(key.holder.casefold(), key.holder)
        if spelt != key.holder:
            item.member("holder").fail(
                f"the holders {spelt!r} and {key.holder!r} differ in case only"
            )


def _thresholds(node: Node, trust_keys: tuple[TrustKey, ...]) -> tuple[tuple[str, int], ...]:
    found = []
    for role, entry in node.members():
        _role(_named(entry, role))
        entry.closed(required=("threshold",))
        threshold = entry.member("threshold").whole(least=1)
        holders = {key.holder for key in trust_keys if role in key.roles}
        if threshold > len(holders):
            entry.member("threshold").fail(
                f"the role `{role}` needs {threshold} holders and has {len(holders)}"
            )
        found.append((role, threshold))
    return tuple(sorted(found))


def _named(node: Node, name: str) -> Node:
    """Return the key of an object's member as a value with the member's place."""
    from assurance.trust_node import Node

    return Node(value=name, file=node.file, source=node.source, pointer=node.pointer)


def _log(node: Node) -> TrustedLog:
    node.closed(required=("origin", "vkeys"), optional=("witnesses", "quorum"))
    origin = node.member("origin").text()
    witnesses = node.member_or_none("witnesses")
    quorum = node.member_or_none("quorum")
    log = TrustedLog(
        origin=origin,
        vkeys=tuple(_log_key(item, origin) for item in node.member("vkeys").items(least=1)),
        witnesses=()
        if witnesses is None
        else witnesses.unique(tuple(_vkey(item, vkey.COSIGNATURE) for item in witnesses.items())),
        quorum=0 if quorum is None else quorum.whole(least=0),
    )
    if witnesses is not None and len({vkey.key_of(text) for text in log.witnesses}) != len(
        log.witnesses
    ):
        witnesses.fail("two witnesses have one key: it would count twice for the quorum")
    if log.quorum > len(log.witnesses):
        node.fail(f"a quorum of {log.quorum} of {len(log.witnesses)} witnesses cannot be met")
    return log


def _log_key(node: Node, origin: str) -> LogKey:
    node.closed(required=("vkey",), optional=("from_size", "to_size"))
    text = _vkey(node.member("vkey"), vkey.ED25519)
    if vkey.name_of(text) != origin:
        node.member("vkey").fail(f"the vkey's name is not the log's origin {origin!r}")
    start, end = node.member_or_none("from_size"), node.member_or_none("to_size")
    key = LogKey(
        vkey=text,
        from_size=0 if start is None else start.whole(least=0),
        to_size=None if end is None else end.whole(least=0),
    )
    if key.to_size is not None and key.to_size < key.from_size:
        node.fail("`to_size` is less than `from_size`")
    return key


def _vkey(node: Node, signature_type: int) -> str:
    text = node.text("a vkey")
    problem = vkey.problem_with(text, signature_type=signature_type)
    if problem is not None:
        node.fail(problem)
    return text
