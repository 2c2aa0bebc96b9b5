"""Write the vectors of sealed bundles: each is one call of `assurance verify` and its answer.

    python tests/vectors/make_bundles.py [FOLDER]

`good.intoto.jsonl` is GO, `last.intoto.jsonl` the GO of the release before, and
`no-go.intoto.jsonl` a NO-GO of this release; `trust.json` trusts one key a role. Each
`NAME.json` is named after its defect: `bundle` says what to verify (the number of a line of
`good`, or text, or base64), `words` what else to type, `trust` and `files` what lies there
instead, `exit` the exit code, and `says` a pattern that the answer must match.
"""

from __future__ import annotations

import base64
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bundle_parts as parts
from bundle_parts import (
    BUNDLE_MANIFEST,
    CYCLONEDX,
    KEYS,
    LAST,
    LAST_WHEEL,
    NOW,
    POLICY_SET,
    READINESS,
    RELEASE,
    TEST_RESULT,
    TEXT,
    THIS,
    VSA,
    WHEEL,
    Line,
    Lines,
    lines_of,
    mutated,
    rebuild,
    trust_file,
    with_key,
)
from datetime import timedelta

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = parts.sealed(THIS, NOW)
LAST_GOOD = parts.sealed(LAST, NOW - timedelta(hours=6))
NO_GO = parts.sealed(THIS, NOW, "FAILED")
TRUST = trust_file()
STRANGER = KEYS["stranger"].key_id
_GOOD_LINES = {line: number for number, line in enumerate(lines_of(GOOD), 1)}


class Writer:
    """Writes the vectors of one folder, each once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, bundle: bytes | list[Any], code: int, says: str, **more: Any) -> None:
        if name in self.names:
            raise ValueError(name)
        self.names.add(name)
        content = bundle if isinstance(bundle, list) else described(bundle)
        vector = {"bundle": content, "exit": code, "says": says, **more}
        text = json.dumps(vector, indent=1, sort_keys=True, ensure_ascii=True)
        (self.folder / f"{name}.json").write_text(text + "\n", encoding="ascii")


def described(data: bytes) -> list[Any]:
    """Return `data` with the lines of `good` as their numbers."""
    found: list[Any] = []
    for line in data.split(b"\n"):
        if line in _GOOD_LINES:
            found.append(_GOOD_LINES[line])
            continue
        try:
            found.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            found.append({"base64": base64.b64encode(line).decode()})
    return found


def edited(edit: Callable[[list[bytes]], Any]) -> bytes:
    """Return `good` with its list of lines edited."""
    lines = lines_of(GOOD)
    edit(lines)
    return b"".join(line + b"\n" for line in lines)


def in_line(number: int, edit: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return `good` with the envelope of one line edited, its signature as it was."""
    return edited(
        lambda lines: lines.__setitem__(number - 1, mutated(lines[number - 1], edit))
    )


def in_bytes(number: int, old: bytes, new: bytes) -> bytes:
    """Return `good` with bytes of one line replaced."""

    def edit(lines: list[bytes]) -> None:
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new, 1)

    return edited(edit)


def payload_of(number: int, change: Callable[[bytes], bytes]) -> bytes:
    """Return `good` with the payload bytes of one line changed, its signature as it was."""

    def edit(value: dict[str, Any]) -> None:
        payload = base64.b64decode(value["dsseEnvelope"]["payload"])
        value["dsseEnvelope"]["payload"] = base64.b64encode(change(payload)).decode()

    return in_line(number, edit)


def resigned(number: int, change: Callable[[bytes], bytes], key: str) -> bytes:
    """Return `good` with a payload changed and signed again, nothing else told."""

    def edit(lines: list[bytes]) -> None:
        payload = json.loads(lines[number - 1])["dsseEnvelope"]["payload"]
        lines[number - 1] = parts.signed(change(base64.b64decode(payload)), key)

    return edited(edit)


def of_type(predicate_type: str, edit: Callable[[Line], Any], **more: Any) -> bytes:
    """Return `good` rebuilt with one statement changed by somebody who holds its key."""
    return rebuild(GOOD, lambda lines: edit(lines.of(predicate_type)), **more)


def set_in(predicate_type: str, **changes: Any) -> bytes:
    return of_type(predicate_type, lambda line: line.predicate.update(changes))


def signed_by(predicate_type: str, key: str) -> bytes:
    return of_type(predicate_type, lambda line: setattr(line, "key", key))


def the_whole_file(add: Callable[..., None]) -> None:
    """What a damaged or hostile file may be, before anything is read from it."""
    add("empty", [], 1, "REFUSED  the bundle is empty")
    add("cut-in-a-line", described(GOOD[:30_000]), 1, "does not end with a newline: it is cut")
    add("cut-newline", described(GOOD[:-1]), 1, "does not end with a newline: it is cut")
    add("cut-last-line", [1, 2, 3, 4, 5, 6, ""], 1, "the last line is not the bundle manifest")
    add("cut-two-last-lines", [1, 2, 3, 4, 5, ""], 1, "the last line is not the bundle manifest")
    add("cut-first-line", [2, 3, 4, 5, 6, 7, ""], 1, "has 0 statements of type https://in-toto")
    add("cut-sbom", [1, 3, 4, 5, 6, 7, ""], 1, "has 5 lines before its manifest, which lists 6")
    add("cut-policies", [1, 2, 3, 5, 6, 7, ""], 1, "has 0 statements of type .*/policy-set/v1")
    add("cut-readiness", [1, 2, 3, 4, 6, 7, ""], 1, "has 0 statements of type .*/readiness/v1")
    add("cut-vsa", [1, 2, 3, 4, 5, 7, ""], 1, "has 0 statements of type .*summary/v1")
    add("draft", [1, 2, 3, ""], 1, "the bundle is cut or not sealed")
    add("reordered-evidence", [1, 3, 2, 4, 5, 6, 7, ""], 1, "it belongs at line 3")
    add("reordered-summary", [1, 2, 3, 4, 6, 5, 7, ""], 1, "it belongs at line 6")
    add("reversed", [7, 6, 5, 4, 3, 2, 1, ""], 1, "the last line is not the bundle manifest")
    add("doubled-line", [1, 2, 2, 3, 4, 5, 6, 7, ""], 1, "line 3 repeats line 2")
    add("doubled-line-apart", [1, 2, 3, 2, 4, 5, 6, 7, ""], 1, "line 4 repeats line 2")
    add("doubled-file", [*range(1, 8), *range(1, 8), ""], 1, "line 8 repeats line 1")
    add("empty-line", [1, 2, "", 3, 4, 5, 6, 7, ""], 1, r"empty line in the bundle\n  this.intoto.jsonl:3\n")
    add("empty-line-at-the-end", [1, 2, 3, 4, 5, 6, 7, "", ""], 1, "empty line in the bundle")
    add("line-of-another-bundle", edited(lambda lines: lines.__setitem__(1, lines_of(LAST_GOOD)[1])), 1, "line 2 is not the one in the bundle manifest: it was changed")
    add("windows-newlines", GOOD.replace(b"\n", b"\r\n"), 1, "it was changed")
    add("byte-order-mark", b"\xef\xbb\xbf" + GOOD, 1, "byte-order mark")
    add("utf-16", edited(lambda lines: lines.__setitem__(1, lines[1].decode().encode("utf-16"))), 1, "not UTF-8")
    add("invalid-utf-8", edited(lambda lines: lines.insert(2, b'{"a":"\xff"}')), 1, r"not UTF-8: byte 6 is wrong\n  this.intoto.jsonl:3\n")
    add("not-json", edited(lambda lines: lines.insert(2, b"dsse")), 1, r"not JSON: Expecting value at line 1 column 1\n  this.intoto.jsonl:3\n")
    add("an-array", edited(lambda lines: lines.insert(2, b"[]")), 1, "the line must be an object")
    add("one-array-of-lines", b"[" + b",".join(lines_of(GOOD)) + b"]\n", 1, "the line must be an object")
    add("line-of-100-mb", [1, {"text": "a", "times": 100_000_000, "before": '{"x":"', "after": '"}'}, 2, ""], 1, "the line has 100,000,008 bytes; the limit is 94,371,840")
    add("depth-10000", [1, {"text": "[", "times": 10_000, "after": "]" * 3}, 2, ""], 1, "nested (too deeply for the parser|deeper than 64 levels)")
    add("nan", in_bytes(2, b'{"dsseEnvelope"', b'{"x":NaN,"dsseEnvelope"'), 1, "`NaN` is not a JSON number")
    add("infinity", in_bytes(2, b'{"dsseEnvelope"', b'{"x":-Infinity,"dsseEnvelope"'), 1, "`-Infinity` is not a JSON number")
    add("number-too-large", in_bytes(2, b'{"dsseEnvelope"', b'{"x":1e999,"dsseEnvelope"'), 1, "too large")
    add("integer-of-5000-digits", in_bytes(2, b'{"dsseEnvelope"', b'{"x":' + b"7" * 5000 + b',"dsseEnvelope"'), 1, "does not fit into 64 bits")
    add("lone-surrogate", in_bytes(2, b'{"dsseEnvelope"', b'{"\\ud800":1,"dsseEnvelope"'), 1, "lone surrogate")
    add("duplicate-key", in_bytes(2, b'"mediaType":', b'"mediaType":"x","mediaType":'), 1, 'the key "mediaType" stands twice')
    add("duplicate-key-by-escape", in_bytes(2, b'"mediaType":', b'"mediaTyp\\u0065":"x","mediaType":'), 1, 'the key "mediaType" stands twice')
    add("space-in-a-line", in_bytes(2, b"{", b"{ "), 1, "line 2 is not the one in the bundle manifest: it was changed")
    add("space-in-the-last-line", in_bytes(7, b"{", b"{ "), 1, "the bundle manifest's line is not written the one way that it may be")
    add("keyid-in-the-last-line", in_line(7, lambda value: value["dsseEnvelope"]["signatures"][0].update(keyid="x")), 1, "the bundle manifest's line is not written the one way")
    add("tlog-entries-in-the-last-line", in_line(7, lambda value: value["verificationMaterial"].update(tlogEntries=[])), 1, "the bundle manifest's line is not written the one way")
    add("escape-in-the-last-line", in_bytes(7, b'"mediaType"', b'"mediaTyp\\u0065"'), 1, "the bundle manifest's line is not written the one way")


def the_envelope(add: Callable[..., None]) -> None:
    """What may be wrong with one line, its signature as it was."""

    def envelope(edit: Callable[[dict[str, Any]], Any], number: int = 2) -> bytes:
        return in_line(number, lambda value: edit(value["dsseEnvelope"]))

    def signature(edit: Callable[[str], str], number: int = 2) -> bytes:
        return envelope(
            lambda value: value["signatures"][0].update(sig=edit(value["signatures"][0]["sig"])),
            number,
        )

    add("payload-changed", payload_of(2, lambda data: data.replace(b"h11", b"h12")), 1, "line 2 is not the one in the bundle manifest: it was changed")
    add("payload-changed-in-the-last-line", payload_of(7, lambda data: data.replace(b'"count":6', b'"count":5')), 1, "counts 5 lines and lists 6")
    add("payload-space-in-the-last-line", payload_of(7, lambda data: data + b" "), 1, "the signature of line 7 .* does not verify")
    add("payload-of-another-line", in_line(2, lambda value: value["dsseEnvelope"].update(payload=json.loads(lines_of(GOOD)[2])["dsseEnvelope"]["payload"])), 1, "line 2 is not the one in the bundle manifest: it was changed")
    add("payload-duplicate-key", resigned(2, lambda data: data.replace(b'{"_type"', b'{"predicate":{},"_type"'), "collector"), 1, 'the key "predicate" stands twice')
    add("payload-nan", resigned(2, lambda data: data.replace(b'"0.14.0"', b"NaN"), "collector"), 1, "`NaN` is not a JSON number")
    add("payload-depth-10000", resigned(2, lambda data: data.replace(b'"0.14.0"', b"[" * 10_000 + b"]" * 10_000), "collector"), 1, "nested (too deeply for the parser|deeper than 64 levels)")
    add("payload-invalid-utf-8", resigned(2, lambda data: data.replace(b"h11", b"h\xff1"), "collector"), 1, "not UTF-8")
    add("payload-unknown-field", resigned(2, lambda data: data.replace(b'{"_type"', b'{"extra":1,"_type"'), "collector"), 1, "the statement has the unknown field 'extra'")
    add("payload-not-a-statement", resigned(2, lambda _: b'{"a":1}', "collector"), 1, "the statement has the unknown field 'a'")
    add("payload-not-base64", envelope(lambda value: value.update(payload="!" + value["payload"][1:])), 1, "`payload` is not base64: Invalid base64-encoded string")
    add("payload-base64-stray-bits", payload_stray(), 1, "`payload` is not canonical base64")
    add("payload-base64-newline", envelope(lambda value: value.update(payload=value["payload"] + "\n")), 1, "`payload` is not canonical base64")
    add("payload-base64-url-alphabet", envelope(lambda value: value.update(payload="-_" + value["payload"][2:])), 1, "`payload` is not canonical base64")
    add("payload-base64-no-padding", in_line(*without_padding()), 1, "`payload` is not base64")
    add("payload-type-other", envelope(lambda value: value.update(payloadType="application/json")), 1, "`payloadType` is 'application/json'")
    add("signature-changed", signature(lambda text: flipped(text)), 1, "it was changed")
    add("signature-changed-in-the-last-line", signature(lambda text: flipped(text), 7), 1, "the signature of line 7 .* does not verify with the key of verifier")
    add("signature-of-another-line", signature(lambda _: json.loads(lines_of(GOOD)[5])["dsseEnvelope"]["signatures"][0]["sig"], 7), 1, "the signature of line 7 .* does not verify")
    add("signature-of-zeros", signature(lambda _: base64.b64encode(bytes(64)).decode(), 7), 1, "the signature of line 7 .* does not verify")
    add("signature-cut", signature(lambda text: base64.b64encode(base64.b64decode(text)[:63]).decode(), 7), 1, "the signature of line 7 .* does not verify")
    add("signature-empty", signature(lambda _: "", 7), 1, "the signature has 0 bytes")
    add("signature-base64-stray-bits", signature(stray, 7), 1, "`sig` is not canonical base64")
    add("signatures-two", envelope(lambda value: value["signatures"].append(value["signatures"][0]), 7), 1, "has 2 signatures, expected exactly one")
    add("signatures-none", envelope(lambda value: value["signatures"].clear(), 7), 1, "has 0 signatures, expected exactly one")
    add("media-type-v0.2", in_line(7, lambda value: value.update(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.2")), 1, "`mediaType` is")
    add("unknown-field", in_line(7, lambda value: value.update(extra=1)), 1, "unknown field 'extra'")
    add("certificate", in_line(7, lambda value: value.update(verificationMaterial={"certificate": {"rawBytes": "AA=="}})), 1, "signed with a certificate")
    add("hint-of-nobody", in_line(7, lambda value: value["verificationMaterial"]["publicKey"].update(hint="0" * 64)), 1, "line 7 .* is signed by key 0000000000000000…, which the trust file does not know")
    add("hint-of-another-key", in_line(7, lambda value: value["verificationMaterial"]["publicKey"].update(hint=KEYS["collector"].key_id)), 1, "the signature of line 7 .* does not verify with the key of collector")
    add("hint-uppercase", in_line(7, lambda value: value["verificationMaterial"]["publicKey"].update(hint=KEYS["verifier"].key_id.upper())), 1, "which the trust file does not know")


def flipped(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[5] ^= 1
    return base64.b64encode(bytes(data)).decode()


def stray(text: str) -> str:
    """Return the same bytes in base64 whose unused bits are not zero."""
    assert text.endswith("=")
    at = len(text.rstrip("=")) - 1
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:at] + alphabet[alphabet.index(text[at]) + 1] + text[at + 1 :]


def payload_stray() -> bytes:
    number, _ = without_padding()
    return in_line(
        number,
        lambda value: value["dsseEnvelope"].update(payload=stray(value["dsseEnvelope"]["payload"])),
    )


def without_padding() -> tuple[int, Callable[[dict[str, Any]], Any]]:
    """Return a line whose payload is padded, and how to take that off."""
    number = next(
        number
        for number, line in enumerate(lines_of(GOOD), 1)
        if json.loads(line)["dsseEnvelope"]["payload"].endswith("=")
    )
    return number, lambda value: value["dsseEnvelope"].update(
        payload=value["dsseEnvelope"]["payload"].rstrip("=")
    )


def who_signed(add: Callable[..., None]) -> None:
    """Keys that may not: unknown, too old, too young, revoked, for other things, in other roles."""
    hours = timedelta(hours=1)
    add("key-unknown", signed_by(BUNDLE_MANIFEST, "stranger"), 1, f"signed by key {STRANGER[:16]}…, which the trust file does not know")
    add("key-unknown-signed-all", rebuild(GOOD, lambda lines: [setattr(line, "key", "stranger") for line in lines]), 1, r"line 1 .* which the trust file does not know \(and 6 more\)")
    add("key-expired", GOOD, 1, "line 5 is signed by a key of verifier of the gate that expired on 2026-11-23 13:05 UTC", trust=with_key("verifier", not_after=NOW - hours))
    add("key-not-valid-yet", GOOD, 1, "a key of collector of the gate that is not valid before 2026-11-23 15:05 UTC", trust=with_key("collector", not_before=NOW + hours))
    add("key-revoked", GOOD, 1, "a key of collector of the gate that was revoked: laptop lost", trust=with_key("collector", revoked=parts.trust.Revoked(reason="laptop lost")))
    add("key-revoked-later-in-a-log", GOOD, 1, "that was revoked: laptop lost", trust=with_key("collector", revoked=parts.trust.Revoked(reason="laptop lost", log="log.example.com/ledger", index=10**9)))
    add("key-for-another-predicate", GOOD, 1, "the key of collector of the gate may not sign https://in-toto.io/attestation/test-result", trust=with_key("collector", predicate_types=(CYCLONEDX,)))
    add("key-for-another-role", GOOD, 1, "line 2 .* is signed by collector of the gate: 0 of 1 holders with role collector", trust=with_key("collector", "reviewer"))
    add("key-under-another-id", GOOD, 2, "the id is not that of the key, which is", trust=trust_file().replace(KEYS["verifier"].key_id, STRANGER))
    for predicate_type, name, wrong in (
        (RELEASE, "release-manifest", "collector"),
        (CYCLONEDX, "sbom", "verifier"),
        (TEST_RESULT, "tests", "releaser"),
        (READINESS, "readiness", "collector"),
        (VSA, "vsa", "releaser"),
        (BUNDLE_MANIFEST, "bundle-manifest", "policy"),
    ):
        add(f"role-{name}-by-{wrong}", signed_by(predicate_type, wrong), 1, f"is signed by {wrong} of the gate: 0 of 1 holders with role {parts.SIGNS[predicate_type]}")
    add("role-policies-by-collector", signed_by(POLICY_SET, "collector"), 1, "is signed by collector of the gate: 0 of 1 holders with role")
    add("role-policies-by-verifier", signed_by(POLICY_SET, "verifier"), 1, "neither pinned in the trust file nor signed by role policy")
    two = trust_file(
        tuple(parts.trust_key(name) for name in ("releaser", "collector", "policy", "verifier"))
        + (parts.trust_key("second", "verifier", holder="second of the gate"),),
        roles=(("verifier", 2),),
    )
    add("readiness-without-collectors", set_in(READINESS, collectors=[]), 1, "the readiness tells of other collectors' runs than the release manifest")
    manifest = base64.b64decode(json.loads(lines_of(GOOD)[6])["dsseEnvelope"]["payload"])
    beside = parts.signed(manifest, "collector")
    add("role-beside-the-bundle-manifest", edited(lambda lines: lines.append(beside)), 1, "line 8 .* is signed by collector of the gate too, without role verifier")
    add("role-before-the-bundle-manifest", edited(lambda lines: lines.insert(6, beside)), 1, "line 7 .* is signed by collector of the gate too, without role verifier")
    add("threshold-one-of-two", GOOD, 1, "1 of 2 holders with role verifier", trust=two)
    backup = json.loads(two)
    backup["keys"].append(
        json.loads(trust_file((parts.trust_key("backup", "verifier"),)))["keys"][0]
        | {"holder": "verifier of the gate"}
    )
    def twice(lines: Lines) -> None:
        at = next(at for at, line in enumerate(lines) if line.type == READINESS)
        other = Line(lines_of(GOOD)[at])
        other.key = "backup"
        lines.insert(at + 1, other)

    add("threshold-two-keys-of-one-holder", rebuild(GOOD, twice), 1, "1 of 2 holders with role verifier", trust=json.dumps(backup, indent=2))


def which_release(add: Callable[..., None]) -> None:
    """Another release, an older one, or other artifacts."""
    last = described_last()
    artifact = f"ledger_api-{THIS.version}-py3-none-any.whl"

    def from_last(lines: Lines) -> None:
        for at, line in enumerate(lines):
            if line.type == CYCLONEDX:
                lines[at] = Line(lines_of(LAST_GOOD)[1])

    add("evidence-of-another-release", rebuild(GOOD, from_last), 1, "line 2 .* is for another release: its subjects are not this release's artifacts")
    add("evidence-of-another-revision", of_type(TEST_RESULT, lambda line: line.statement["subject"][0].update(digest={"gitCommit": "07" * 20})), 1, "line 3 .* is for another release: its subjects are not this release's source revision")
    add("subject-digest-changed", of_type(CYCLONEDX, lambda line: line.statement["subject"][0].update(digest={"sha256": "0" * 64})), 1, "line 2 .* is for another release")
    add("subject-name-changed", of_type(CYCLONEDX, lambda line: line.statement["subject"][0].update(name="other.whl")), 1, "line 2 .* is for another release")
    add("subject-added", of_type(CYCLONEDX, lambda line: line.statement["subject"].append({"name": "b.whl", "digest": {"sha256": "0" * 64}})), 1, "line 2 .* is for another release")
    add("subject-missing", resigned(2, lambda data: data[: data.index(b'"subject"')] + b'"subject":[]}', "collector"), 1, "`subject` must be a list of at least one subject")
    add("subject-of-the-readiness", of_type(READINESS, lambda line: line.statement["subject"][0].update(digest={"sha256": "0" * 64})), 1, "line 5 .* is for another release")
    add("last-releases-bundle", last, 1, f"{artifact} is not what was judged: found sha256:")
    add("last-releases-bundle-and-wheel", last, 1, "the bundle is for release ledger-api@2.4.0, expected ledger-api@2.4.1", artifacts=["last"], words=["--release", "ledger-api@2.4.1"])
    accepted = {
        "schema": "https://w3id.org/release-assurance/accepted/v1",
        "accepted": [
            {
                "release": "ledger-api",
                "version": "2.4.1",
                "environment": "production",
                "decided_at": TEXT,
                "bundle": sha256(GOOD).hexdigest(),
                "accepted_at": TEXT,
                "rollback": False,
            }
        ],
    }
    files = {"accepted.json": json.dumps(accepted)}
    add("replay-of-the-last-release", last, 1, "older than one you already accepted: given 2.4.0 of 2026-11-23 08:05 UTC, accepted 2.4.1 of 2026-11-23 14:05 UTC", artifacts=["last"], words=["--accepted", "accepted.json"], files=files)
    add("replay-with-a-rollback-to-another", last, 1, "older than one you already accepted", artifacts=["last"], words=["--accepted", "accepted.json", "--allow-rollback", "2.3.0"], files=files)
    add("replay-with-a-damaged-memory", last, 2, "this is no accepted file", artifacts=["last"], words=["--accepted", "accepted.json"], files={"accepted.json": '{"accepted": []'})
    add("replay-with-an-empty-memory-file", last, 2, "this is no accepted file", artifacts=["last"], words=["--accepted", "accepted.json"], files={"accepted.json": ""})
    add("replay-older-than-demanded", last, 1, "of 2026-11-23 08:05 UTC is older than 2026-11-23 14:00 UTC", artifacts=["last"], words=["--not-older-than", "2026-11-23T14:00:00Z"])
    add("replay-older-than-trusted", last, 1, "is older than the trust file allows", artifacts=["last"], trust=trust_file(expect={"max_verdict_age": 3600}))
    add("artifact-changed", GOOD, 1, f"{artifact} is not what was judged: found sha256:.*, the release manifest says sha256:{THIS.artifacts[0].sha256}", artifacts=["changed"])
    add("artifact-one-of-two", GOOD, 1, "other.bin is not what was judged: .*, it is none of the 1 artifacts", artifacts=["this", "other"])
    add("artifact-none", GOOD, 2, "no artifact and no --digest was given", artifacts=[])
    add("artifact-not-there", GOOD, 2, "the artifact cannot be read: No such file", artifacts=["absent"])
    add("digest-of-another", GOOD, 1, "sha256:0{64} is not what was judged: it is none of the 1 artifacts", artifacts=[], words=["--digest", "sha256:" + "0" * 64])
    add("digest-uppercase", GOOD, 2, "--digest must be sha256: and 64 lowercase hex digits", artifacts=[], words=["--digest", "sha256:" + THIS.artifacts[0].sha256.upper()])
    add("digest-md5", GOOD, 2, "--digest must be sha256:", artifacts=[], words=["--digest", "md5:" + "0" * 32])
    add("environment-other", GOOD, 1, "the bundle is for environment production, expected staging", words=["--environment", "staging"])
    add("environment-other-in-trust", GOOD, 1, "the bundle is for environment production, expected staging", trust=trust_file(expect={"environment": "staging"}))
    add("resource-uri-other", GOOD, 1, "the bundle is for resource URI pkg:pypi/ledger-api, expected pkg:pypi/other", words=["--resource-uri", "pkg:pypi/other"])
    add("release-other", GOOD, 1, "the bundle is for release ledger-api@2.4.1, expected ledger-api@2.4.2", words=["--release", "ledger-api@2.4.2"])


def described_last() -> list[Any]:
    return [{"of": "last", "line": number} for number in range(1, 8)] + [""]


def what_it_says(add: Callable[..., None]) -> None:
    """Signed by whom it must be, and still not to be believed."""
    no_go = [{"of": "no-go", "line": number} for number in range(1, 8)] + [""]
    add("no-go", no_go, 1, "the bundle says NO-GO for production: qa.tests: the tests say FAILED")

    def claim_go(lines: Lines) -> None:
        good = Lines(Line(raw) for raw in lines_of(GOOD))
        for predicate_type in (READINESS, VSA):
            lines.of(predicate_type).statement["predicate"] = good.of(predicate_type).predicate

    add("no-go-said-to-be-go", rebuild(NO_GO, claim_go), 1, "judged again, qa.tests is FAIL, the readiness says otherwise")

    def drop_tests(lines: Lines) -> None:
        lines[:] = [line for line in lines if line.type != TEST_RESULT]
        manifest = lines.of(RELEASE).predicate
        manifest["collectors"] = [item for item in manifest["collectors"] if item["name"] != "tests"]
        claim_go(lines)

    add("collector-dropped", rebuild(NO_GO, drop_tests), 1, "judged again, qa.tests is MISSING, the readiness says otherwise")

    def failed_collector(lines: Lines) -> None:
        lines.of(RELEASE).predicate["collectors"][0].update(status="INDETERMINATE", reason="killed")

    add("collector-failed-and-not-said", rebuild(GOOD, failed_collector), 3, "judged again, collect.sbom could not be decided: collector sbom: killed")
    add("collector-self-test-failed", rebuild(GOOD, lambda lines: lines.of(RELEASE).predicate["collectors"][0].update(selfTest="failed")), 3, "did not find the defect planted for it")

    add("evidence-not-listed", rebuild(GOOD, lambda lines: lines.insert(2, extra_sbom()), agree=False), 1, "which lists 6: lines were cut or added")
    add("evidence-added-after-collection", rebuild(GOOD, lambda lines: lines.insert(3, unlisted())), 1, "it was added after collection")
    readiness = (
        ("result-unknown", {"result": "YES"}, "must be one of GO, NO-GO, INDETERMINATE"),
        ("grade-higher", {"grade": {"value": 101, "target": 60}}, "judged again, the grade is 100, the readiness says 101"),
        ("other-environment", {"environment": "staging"}, "the readiness is about another release"),
        ("finding-dropped", {"findings": []}, "judged again, .* is PASS, the readiness says otherwise"),
        ("other-settings", {"settingsDigest": {"sha256": "0" * 64}}, "names other settings than the release manifest"),
        ("time-without-zone", {"decidedAt": "2026-11-23T14:05:00"}, "is not an RFC 3339 time"),
        ("other-artifacts-at-seal", {"artifactsAtSeal": []}, "judged again, .* is FAIL"),
    )
    for name, change, says in readiness:
        add(f"readiness-{name}", set_in(READINESS, **change), 1, says)
    add("readiness-over-other-evidence", of_type(READINESS, lambda line: line.predicate.update(evidenceDigest={"sha256": "0" * 64}), agree=False), 1, "line 5 is not the one in the bundle manifest")
    add("readiness-from-the-future", both_times("2026-11-23T14:11:00Z"), 3, "the verdict is dated in the future: 2026-11-23T14:11:00Z")
    vsa = (
        ("other-verifier", {"verifier": {"id": "https://evil.example/gate"}}, "the VSA is by verifier https://evil.example/gate, the trust file https://ci.example.com/gate"),
        ("other-resource", {"resourceUri": "pkg:pypi/other"}, "the VSA is for pkg:pypi/other, expected resource URI pkg:pypi/ledger-api"),
        ("failed", {"verificationResult": "FAILED"}, "the VSA says FAILED, the readiness GO"),
        ("result-in-lowercase", {"verificationResult": "passed"}, "`verificationResult` must be PASSED or FAILED, found 'passed'"),
        ("no-levels", {"verifiedLevels": []}, "the VSA does not verify RELEASE_ASSURANCE_GO"),
        ("other-policies", {"policy": {"uri": "x", "digest": {"sha256": "0" * 64}}}, "the VSA and the readiness name different policy sets"),
        ("other-time", {"timeVerified": "2026-11-23T14:04:59Z"}, "the VSA and the readiness name different times of decision"),
    )
    for name, change, says in vsa:
        add(f"vsa-{name}", set_in(VSA, **change), 1, says)
    add("vsa-other-subject", of_type(VSA, lambda line: line.statement["subject"][0].update(digest={"sha256": "0" * 64})), 1, "line 6 .* is for another release")
    add("vsa-of-another-type", of_type(VSA, lambda line: line.statement.update(predicateType="https://slsa.dev/verification_summary/v0.2")), 1, "has 0 statements of type https://slsa.dev/verification_summary/v1")
    add("vsa-other-inputs", other_inputs(), 1, "the VSA's input attestations are not the lines before it")
    add("vsa-level-that-trust-expects", GOOD, 1, "the VSA does not verify SLSA_BUILD_LEVEL_3", trust=trust_file(expect={"levels": ("SLSA_BUILD_LEVEL_3",)}))


def extra_sbom() -> Line:
    found = Line(lines_of(GOOD)[1])
    found.predicate["components"].append({"type": "library", "name": "x"})
    return found


def unlisted() -> Line:
    """Return a line in the role collector of a type that `rebuild` does not list."""
    found = Line(lines_of(GOOD)[2])
    found.statement["predicateType"] = "https://w3id.org/release-assurance/tests-detail/v1"
    return found


def both_times(text: str) -> bytes:
    def edit(lines: Lines) -> None:
        lines.of(READINESS).predicate["decidedAt"] = text
        lines.of(VSA).predicate["timeVerified"] = text

    return rebuild(GOOD, edit)


def other_inputs() -> bytes:
    """Return `good` whose VSA leaves the tests out of its inputs; the manifest agrees."""
    lines = Lines(Line(raw) for raw in lines_of(GOOD))
    made: list[bytes] = []
    for line in lines:
        if line.type == VSA:
            del line.predicate["inputAttestations"][2]
        if line.type == BUNDLE_MANIFEST:
            for entry, raw, other in zip(line.predicate["lines"], made, lines, strict=False):
                entry["lineSha256"] = sha256(raw).hexdigest()
                entry["payloadSha256"] = sha256(parts.compact(other.statement)).hexdigest()
        made.append(parts.signed(parts.compact(line.statement), line.key))
    return b"".join(line + b"\n" for line in made)


def which_policies(add: Callable[..., None]) -> None:
    """Policies that are not those that the verdict rests on, or that nobody trusts."""
    pass_all = b"package assurance.qa.tests\n\napplies := true\n\nevaluated := true\n\nfindings := set()\n"

    def content_only(line: Line) -> None:
        digest = line.predicate["policySet"]["digest"]
        parts.with_policies(line.predicate, module(pass_all))
        line.predicate["policySet"]["digest"] = digest

    add("policies-swapped-content", of_type(POLICY_SET, content_only), 1, "the policy set has digest sha256:.*, its statement says sha256:")
    add("policies-swapped", of_type(POLICY_SET, lambda line: parts.with_policies(line.predicate, module(pass_all))), 1, "the readiness was judged with policies sha256:.*, the bundle carries sha256:")

    def everywhere(lines: Lines) -> None:
        good = Lines(Line(raw) for raw in lines_of(GOOD))
        for predicate_type in (READINESS, VSA):
            lines.of(predicate_type).statement["predicate"] = good.of(predicate_type).predicate
        digest = parts.with_policies(lines.of(POLICY_SET).predicate, module(pass_all))
        lines.of(POLICY_SET).key = "verifier"
        for predicate_type in (READINESS, VSA):
            lines.of(predicate_type).predicate["policy"]["digest"] = {"sha256": digest}

    add("policies-swapped-everywhere", rebuild(NO_GO, everywhere), 1, "neither pinned in the trust file nor signed by role policy")
    pinned = sha256(base64.b64decode(Line(lines_of(GOOD)[3]).predicate["policySet"]["content"])).hexdigest()
    add("policies-not-pinned", GOOD, 1, "is not among the 1 that the trust file pins", trust=trust_file(policy_digests=("0" * 64,)))
    add("policies-pinned", GOOD, 0, "VERIFIED  ledger-api 2.4.1, GO for production", trust=trust_file(policy_digests=(pinned,)))
    add("policies-not-base64", of_type(POLICY_SET, lambda line: line.predicate["policySet"].update(content="%%%")), 1, "`policySet.content` is not base64")
    add("policies-base64-newline", of_type(POLICY_SET, lambda line: line.predicate["policySet"].update(content=line.predicate["policySet"]["content"] + "\n")), 1, "`policySet.content` is not base64")
    add("policies-cut", rebuild(GOOD, cut_archive), 1, "the policy set is cut: it does not end as a ustar archive does")
    own = {"own/rule.rego": OWN_RULE}
    add("own-policy-blocks", GOOD, 1, "your own policy own.never: nothing may go out", words=["--policy", "own"], files=own)
    add("own-policy-undecided", GOOD, 3, "your own policy own.never: could not decide", words=["--policy", "own"], files={"own/rule.rego": OWN_RULE.replace("evaluated := true", "evaluated if count(input.evidence) > 100").replace('"message": "nothing may go out"}', '"message": "nothing may go out"} if count(input.evidence) > 100')})
    add("own-policy-not-rego", GOOD, 2, r"has no `# METADATA` right above its package\n  --> own/rule\.rego:1", words=["--policy", "own"], files={"own/rule.rego": "package assurance.own.never\n\nfindings contains {\n"})
    add("own-policy-without-checks", GOOD, 2, "the policy folders hold no check", words=["--policy", "own"], files={"own/README.md": "nothing\n"})
    add("own-policy-folder-absent", GOOD, 2, "the policy folder is not there", words=["--policy", "own"])


def cut_archive(lines: Lines) -> None:
    """Cut the archive, and let everything that names its digest agree."""
    described = lines.of(POLICY_SET).predicate["policySet"]
    content = base64.b64decode(described["content"])[:-512]
    digest = {"sha256": sha256(content).hexdigest()}
    described.update(content=base64.b64encode(content).decode(), digest=digest)
    for predicate_type in (READINESS, VSA):
        lines.of(predicate_type).predicate["policy"]["digest"] = digest


def module(text: bytes) -> bytes:
    """Return `text` with its package at the line where the check is said to be."""
    source = Path(parts.HERE / "policies" / "tests_passed.rego").read_bytes()
    return source[: source.index(b"package")] + text


OWN_RULE = """# METADATA
# title: Nothing goes out
# description: A freeze.
# custom:
#   severity: high
#   weight: 1
#   blocking: true
#   owner: deploy
#   remedy: wait for the end of the freeze
package assurance.own.never

import rego.v1

applies := true

evaluated := true

findings contains {"status": "FAIL", "message": "nothing may go out"}
"""


def hide_weakening(lines: Lines) -> None:
    """Let the release manifest tell of a weakening that the verdict keeps to itself."""
    said = "the working tree has changes that revision 8f8f does not contain"
    lines.of(RELEASE).predicate["weakenings"] = [said]
    lines.of(READINESS).predicate["weakenings"] = []


def trust_and_time(add: Callable[..., None]) -> None:
    """The deployer's side: the trust file, the clock, the receipt, the words."""
    add("trust-expired", GOOD, 3, "could not decide: the trust file expired on 2026-11-23 14:04 UTC", trust=trust_file(expires=NOW - timedelta(minutes=1)))
    add("trust-not-json", GOOD, 2, r"not JSON: .*\n  --> trust.json", trust="{")
    add("trust-empty", GOOD, 2, r"not JSON: .*\n  --> trust.json", trust="")
    add("trust-duplicate-key", GOOD, 2, 'the key "version" stands twice', trust=TRUST.replace('"version": 7', '"version": 7, "version": 8'))
    add("trust-is-the-bundle", GOOD, 2, "not JSON: Extra data at line 2 column 1", words=["--trust", "this.intoto.jsonl"])
    add("trust-is-a-folder", GOOD, 2, "the trust file cannot be read: Is a directory", words=["--trust", "."])
    add("trust-without-an-end", GOOD, 2, "4,194,305 bytes of JSON; the limit is 4,194,304", words=["--trust", "/dev/zero"])
    add("trust-absent", GOOD, 2, "the trust file cannot be read: No such file", words=["--trust", "none.json"])
    add("trust-too-old", GOOD, 1, "the trust file has version 7, at least 8 is demanded", words=["--min-trust-version", "8"])
    add("trust-of-development", GOOD, 1, "the trust file has profile development", trust=trust_file(profile="development"))
    add("trust-of-development-allowed", GOOD, 0, "VERIFIED", trust=trust_file(profile="development"), words=["--allow-development"])
    refuse = ["--refuse-weakenings"]
    now = f"verified as at {TEXT}, given with --now"
    add("weakening-refused", GOOD, 1, "the verdict is weaker than it could be: no log\n", words=[*refuse, "--tolerate", "verified as at"])
    add("weakening-now-refused", GOOD, 1, f"the verdict is weaker than it could be: {now}\n", words=[*refuse, "--tolerate", "no log"])
    add("weakenings-tolerated", GOOD, 0, "weakenings    2, each tolerated by name", words=[*refuse, "--tolerate", "no log", "--tolerate", now])
    add("weakening-hidden", rebuild(GOOD, hide_weakening), 1, "the verdict is weaker than it could be: the working tree has changes", words=[*refuse, "--tolerate", "verified as at"])
    add("weakening-hidden-is-shown", rebuild(GOOD, hide_weakening), 0, "  ! the working tree has changes that revision 8f8f does not contain")
    refused = {"refuse_weakenings": ("",), "tolerate": ("verified as at",)}
    add("weakening-refused-by-trust", GOOD, 1, "the trust file refuses this weakening of a verdict: no log\n", trust=trust_file(expect=refused))
    add("weakening-refused-by-trust-whatever-flags-tolerate", GOOD, 1, "the trust file refuses this weakening of a verdict: no log\n", trust=trust_file(expect=refused), words=[*refuse, "--tolerate", "no log", "--tolerate", now])
    add("weakening-now-refused-by-trust", GOOD, 1, f"the trust file refuses this weakening of a verdict: {now}\n", trust=trust_file(expect={"refuse_weakenings": ("verified as at",)}))
    add("weakenings-tolerated-by-trust", GOOD, 0, "weakenings    2, each tolerated by name", trust=trust_file(expect=refused | {"tolerate": ("no log", "verified as at")}))
    add("weakenings-others-refused-by-trust", GOOD, 0, "weakenings    2, none that the trust file refuses, listed below", trust=trust_file(expect={"refuse_weakenings": ("check ", "one key")}))
    add("weakening-tolerated-by-trust-and-refused-by-flag", GOOD, 1, "the verdict is weaker than it could be: no log\n", trust=trust_file(expect=refused | {"tolerate": ("no log", "verified as at")}), words=refuse)
    add("weakening-tolerate-everything", GOOD, 2, "--tolerate needs a text", words=[*refuse, "--tolerate", " "])
    add("weakening-tolerate-alone", GOOD, 2, "--tolerate says nothing without --refuse-weakenings", words=["--tolerate", "no log"])
    add("stale-tests", GOOD, 1, "tests evidence is too old for production: as of 2026-11-23 14:05 UTC, at most 1 d old", now="2026-11-24T14:05:01Z")
    add("fresh-at-the-limit", GOOD, 0, "VERIFIED", now="2026-11-24T14:05:00Z")
    add("evidence-from-the-future", GOOD, 3, "tests evidence is dated in the future", now="2026-11-23T13:59:59Z")
    add("receipt-demanded", GOOD, 1, "the trust file demands a receipt, and none was given", trust=trust_file(expect={"receipt": "required"}))
    add("receipt-no-receipt", GOOD, 1, "the receipt has no empty line before its checkpoint", words=["--receipt", "r.tlog-proof"], files={"r.tlog-proof": "hello\n"})
    add("receipt-without-an-end", GOOD, 1, "the receipt has 1048577 bytes; at most 1048576 are read", words=["--receipt", "/dev/zero"])
    add("receipt-absent", GOOD, 2, "the receipt cannot be read: No such file", words=["--receipt", "none"])
    add("bundle-absent", GOOD, 2, "the bundle cannot be read: No such file", bundle_name="none.intoto.jsonl")
    add("bundle-is-a-folder", GOOD, 2, "the bundle cannot be read: Is a directory", bundle_name=".")
    add("now-no-time", GOOD, 2, "'yesterday' is not an RFC 3339 time", now="yesterday")
    add("now-end-of-time", GOOD, 3, "the trust file expired", now="9999-12-31T23:59:59Z")
    add("now-beginning-of-time", GOOD, 1, "is not valid before", now="0001-01-01T00:00:00Z")
    add("rollback-without-memory", GOOD, 2, "--allow-rollback needs --accepted FILE", words=["--allow-rollback", "2.4.1"])
    add("trust-version-no-number", GOOD, 2, "argument --min-trust-version: must be a whole number, found '1_0'", words=["--min-trust-version", "1_0"])
    add("unknown-flag", GOOD, 2, "unrecognized arguments: --skip signatures", words=["--skip", "signatures"])


def main(folder: Path) -> None:
    """Write all files into `folder`."""
    writer = Writer(folder)
    (folder / "good.intoto.jsonl").write_bytes(GOOD)
    (folder / "last.intoto.jsonl").write_bytes(LAST_GOOD)
    (folder / "no-go.intoto.jsonl").write_bytes(NO_GO)
    (folder / "trust.json").write_text(TRUST)
    (folder / "this.whl").write_bytes(WHEEL)
    (folder / "last.whl").write_bytes(LAST_WHEEL)
    writer.add("good", GOOD, 0, "VERIFIED  ledger-api 2.4.1, GO for production, grade 100")
    writer.add("good-last-release", described_last(), 0, "VERIFIED  ledger-api 2.4.0", artifacts=["last"])
    writer.add("good-by-digest", GOOD, 0, "VERIFIED", artifacts=[], words=["--digest", "sha256:" + THIS.artifacts[0].sha256])
    for family in (
        the_whole_file,
        the_envelope,
        who_signed,
        which_release,
        what_it_says,
        which_policies,
        trust_and_time,
    ):
        family(writer.add)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else parts.HERE)
