"""Write the vectors of the format modules: json, envelope, statement, trust, keys.

    python tests/vectors/make_formats.py [FOLDER]

Each file is named after its defect and holds the input and either the expected value or a
pattern that the refusal's message must match. Everything comes from fixed keys, so a second
run writes the same bytes; a test compares.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, ed448, rsa

ED = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"vector key").digest())
ED_2 = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"second key").digest())
EC_SCALAR = int.from_bytes(hashlib.sha256(b"vector key p256").digest(), "big")
EC = ec.derive_private_key(EC_SCALAR, ec.SECP256R1())
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
RSA_NUMBERS = rsa.RSAPublicNumbers(65537, 2**2047 + 2**1024 + 1)


def spki(key: Any, encoding: Any = serialization.Encoding.DER) -> bytes:
    return key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def pem(der: bytes, label: str = "PUBLIC KEY") -> str:
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return f"-----BEGIN {label}-----\n" + "\n".join(lines) + f"\n-----END {label}-----\n"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def pae(payload: bytes) -> bytes:
    kind = b"application/vnd.in-toto+json"
    return b" ".join(
        (b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload)
    )


def ecdsa(message: bytes, *, high: bool) -> tuple[int, int]:
    """Sign with a nonce that depends on the message only: for vectors, never for use."""
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    nonce = int.from_bytes(hashlib.sha256(b"nonce" + message).digest(), "big") % ORDER
    r = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers().x % ORDER
    s = pow(nonce, -1, ORDER) * (digest + r * EC_SCALAR) % ORDER
    return r, (max if high else min)(s, ORDER - s)


def integer(value: int) -> bytes:
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(content)]) + content


def der(r: int, s: int) -> bytes:
    content = integer(r) + integer(s)
    return b"\x30" + bytes([len(content)]) + content


class Folder:
    """Collects the vectors of one folder."""

    def __init__(self, root: Path, name: str) -> None:
        self.path = root / name
        self.path.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, **vector: Any) -> None:
        text = json.dumps(vector, indent=1, sort_keys=True, ensure_ascii=True)
        (self.path / f"{name}.json").write_text(text + "\n", encoding="ascii")


def make_json(root: Path) -> None:
    """`input` is a list of [text, times], or `hex` is the bytes."""
    add = Folder(root, "json").add
    for name, text, value in (
        ("good-object", '{"a":[1,-2.5,"\\u00e9",true,null]}', {"a": [1, -2.5, "é", True, None]}),
        ("good-space-around", " \n{}\t", {}),
        ("good-surrogate-pair", '"\\ud83d\\ude00"', "\U0001f600"),
        ("good-escaped-backslash-before-u", '"\\\\ud800"', "\\ud800"),
        ("good-brackets-in-strings", '["[[[{{{", "\\"[", "\\\\", "]"]', ["[[[{{{", '"[', "\\", "]"]),
        ("good-largest-integer", "18446744073709551615", 2**64 - 1),
        ("good-smallest-integer", "-9223372036854775808", -(2**63)),
        ("good-same-key-in-two-objects", '[{"a":1},{"a":1}]', [{"a": 1}, {"a": 1}]),
    ):
        add(name, input=[[text, 1]], value=value)
    add("good-depth-at-the-limit", input=[["[", 64], ["]", 64]])
    for name, text, error in (
        ("empty", "", "not JSON: Expecting value at line 1 column 1"),
        ("duplicate-key", '{"a":1,"b":2,"a":3}', 'the key "a" stands twice'),
        ("duplicate-key-by-escape", '{"a":1,"\\u0061":2}', 'the key "a" stands twice'),
        ("duplicate-key-deep", '[{"x":{"y":1,"y":1}}]', 'the key "y" stands twice'),
        ("nan", "[NaN]", "`NaN` is not a JSON number"),
        ("infinity", "[Infinity]", "`Infinity` is not"),
        ("minus-infinity", "[-Infinity]", "`-Infinity` is not"),
        ("number-overflows-to-infinity", "[1e999]", 'the number "1e999" is too large'),
        ("number-overflows-to-minus-infinity", "[-1e999]", "too large"),
        ("integer-above-64-bits", "18446744073709551616", "does not fit into 64 bits"),
        ("integer-below-64-bits", "-9223372036854775809", "does not fit into 64 bits"),
        ("integer-with-underscore", "[1_0]", "not JSON"),
        ("integer-with-plus", "[+5]", "not JSON"),
        ("integer-with-leading-zero", "[01]", "not JSON"),
        ("lone-high-surrogate", '["\\ud800"]', "lone surrogate"),
        ("lone-low-surrogate", '{"\\uDFFF":1}', "lone surrogate"),
        ("surrogates-in-wrong-order", '"\\ude00\\ud83d"', "lone surrogate"),
        ("surrogate-after-escaped-backslash", '"\\\\\\ud800"', "lone surrogate"),
        ("byte-order-mark", "\ufeff{}", "byte-order mark"),
        ("trailing-data", "{} {}", "not JSON: Extra data at line 1 column 4"),
        ("trailing-comma", "[1,]", "not JSON"),
        ("cut", '{"a": [1, 2', "not JSON"),
        ("unclosed-string", '["a', "not JSON: Unterminated string"),
        ("control-character-in-string", '"a\nb"', "not JSON: Invalid control character"),
        ("single-quotes", "{'a': 1}", "not JSON"),
        ("comment", "{} // no", "not JSON"),
        ("unknown-escape", '"\\x41"', "not JSON: Invalid .?escape"),
        ("unbalanced-brackets", "]][[", "not JSON"),
        ("nul", "\x00", "not JSON"),
    ):
        add(name, input=[[text, 1]], error=error)
    add("integer-of-5000-digits", input=[["9", 5000]], error="does not fit into 64 bits")
    add("depth-65", input=[["[", 65], ["]", 65]], error="nested deeper than 64")
    add("depth-65-of-objects", input=[['{"a":', 65], ["1", 1], ["}", 65]], error="deeper than 64")
    add("depth-10000", input=[["[", 10_000], ["]", 10_000]], error="nested deeper than 64")
    add("depth-10000-cut", input=[["[", 10_000]], error="nested too deeply|not JSON")
    add("depth-hidden-behind-quotes", input=[['["\\\\",', 70], ["1", 1], ["]", 70]], error="deeper")
    add(
        "too-many-containers",
        input=[["[", 1], ["{},", 4_000_000], ["{}]", 1]],
        error="4,000,002 objects and arrays in the JSON; the limit is 4,000,000",
    )
    add("size-100-mb", input=[['"', 1], ["x", 100_000_000], ['"', 1]], error="the limit is 67,108,864")
    for name, data, error in (
        ("utf-8-invalid-byte", b'["\xff"]', "not UTF-8: byte 2"),
        ("utf-8-cut", b'"\xe2\x82', "not UTF-8"),
        ("utf-8-overlong", b'"\xc0\xaf"', "not UTF-8"),
        ("utf-8-encoded-surrogate", b'"\xed\xa0\x80"', "not UTF-8"),
        ("utf-16", '{"a":1}'.encode("utf-16"), "not UTF-8"),
    ):
        add(name, hex=data.hex(), error=error)


STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "a.whl", "digest": {"sha256": "ab" * 32}}],
    "predicateType": "https://example.org/thing/v1",
    "predicate": {"answer": 42},
}


def compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a copy with one field set; `...` deletes it."""
    copied = copy.deepcopy(value)
    place = copied
    for step in path[:-1]:
        place = place[step]
    if new is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return copied


def make_statement(root: Path) -> None:
    """`text` is the payload."""
    add = Folder(root, "statement").add
    good = STATEMENT
    digest = ("subject", 0, "digest")
    add("good-v1", text=compact(good), version="v1")
    old = changed(good, ("_type",), "https://in-toto.io/Statement/v0.1")
    add("good-v0.1", text=compact(old), version="v0.1")
    for name, path, new in (
        ("good-git-commit-sha1", digest, {"gitCommit": "a" * 40}),
        ("good-git-commit-sha256", digest, {"gitCommit": "a" * 64}),
        ("good-two-digests", digest, {"sha256": "a" * 64, "sha512": "b" * 128}),
        ("good-unknown-algorithm", digest, {"dirHash": "h1:abc="}),
        ("good-descriptor-fields", ("subject", 0, "mediaType"), "text/plain"),
        ("good-same-name-two-digests", ("subject",), [
            {"name": "x", "digest": {"sha256": "a" * 64}}, {"name": "x", "digest": {"sha256": "b" * 64}}]),
    ):
        add(name, text=compact(changed(good, path, new)), version="v1")
    first = good["subject"][0]
    for name, path, new, error in (
        ("type-missing", ("_type",), ..., "lacks the field `_type`"),
        ("type-unknown", ("_type",), "https://in-toto.io/Statement/v2", "`_type` is 'https://in-toto.io/Statement/v2'"),
        ("type-is-a-list", ("_type",), [], "`_type` is a list"),
        ("unknown-field", ("extra",), 1, "unknown field 'extra'"),
        ("predicate-missing", ("predicate",), ..., "lacks the field `predicate`"),
        ("predicate-null", ("predicate",), None, "`predicate` must be an object"),
        ("predicate-a-list", ("predicate",), [], "`predicate` must be an object"),
        ("predicate-type-empty", ("predicateType",), "", "`predicateType` is ''"),
        ("predicate-type-not-a-uri", ("predicateType",), "thing", "expected a URI"),
        ("predicate-type-with-space", ("predicateType",), "https://x/ y", "expected a URI"),
        ("predicate-type-a-number", ("predicateType",), 1, "expected a URI"),
        ("subjects-missing", ("subject",), ..., "lacks the field `subject`"),
        ("subjects-empty", ("subject",), [], "at least one subject"),
        ("subjects-an-object", ("subject",), {}, "at least one subject"),
        ("subject-twice", ("subject",), [first, first], r"`subject\[1\]` repeats `subject\[0\]`"),
        ("subject-a-string", ("subject", 0), "a.whl", r"`subject\[0\]` must be an object"),
        ("subject-unknown-field", ("subject", 0, "sha256"), "x", "unknown field 'sha256'"),
        ("subject-without-digest", digest, ..., "has no digest"),
        ("subject-empty-digest", digest, {}, "has no digest"),
        ("subject-digest-a-string", digest, "ab" * 32, "has no digest"),
        ("subject-name-empty", ("subject", 0, "name"), "", "`name` must be 1 to 4096"),
        ("subject-name-a-number", ("subject", 0, "name"), 3, "`name` must be"),
        ("subject-uri-null", ("subject", 0, "uri"), None, "`uri` must be"),
        ("digest-uppercase", digest, {"sha256": "AB" * 32}, "64 lowercase hex digits"),
        ("digest-short", digest, {"sha256": "ab" * 31}, "64 lowercase hex digits"),
        ("digest-long", digest, {"sha256": "ab" * 33}, "64 lowercase hex digits"),
        ("digest-with-prefix", digest, {"sha256": "sha256:" + "ab" * 32}, "64 lowercase hex"),
        ("digest-with-newline", digest, {"sha256": "ab" * 32 + "\n"}, "must be text"),
        ("digest-fullwidth-digits", digest, {"sha256": "\uff11" * 64}, "64 lowercase hex"),
        ("digest-null", digest, {"sha256": None}, "must be text, found a NoneType"),
        ("digest-sha512-short", digest, {"sha512": "ab" * 32}, "128 lowercase hex"),
        ("digest-git-commit-abbreviated", digest, {"gitCommit": "abcdef1"}, "40 or 64 lowercase"),
        ("digest-algorithm-odd", digest, {"sha-256": "ab" * 32}, "algorithm 'sha-256'"),
        ("digest-one-good-one-bad", digest, {"sha256": "ab" * 32, "sha512": "x"}, "128 lowercase"),
    ):
        add(name, text=compact(changed(good, path, new)), error=error)
    many = [{"digest": {"sha256": f"{number:064x}"}} for number in range(3)]
    add("subjects-too-many", text=compact(changed(good, ("subject",), many)), limit=2,
        error="3 subjects; the limit is 2")
    add("not-an-object", text="[]", error="must be an object")
    add("not-json", text="hello", error="not JSON")
    add("duplicate-predicate", text=compact(good)[:-1] + ',"predicate":{}}', error="stands twice")


def make_envelope(root: Path) -> None:
    """`text` is the line."""
    add = Folder(root, "envelope").add
    payload = compact(STATEMENT).encode()
    signature = ED.sign(pae(payload))
    key_id = hashlib.sha256(spki(ED.public_key())).hexdigest()
    good = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": key_id}},
        "dsseEnvelope": {
            "payload": b64(payload),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": b64(signature)}],
        },
    }
    material, env = ("verificationMaterial",), ("dsseEnvelope",)
    sig = ("dsseEnvelope", "signatures", 0)
    add("good", text=compact(good), payload=payload.decode(), hint=key_id, keyid=None)
    for name, path, new in (
        ("good-keyid", (*sig, "keyid"), "abc"),
        ("good-tlog-entries", (*material, "tlogEntries"), []),
        ("good-timestamps", (*material, "timestampVerificationData"), {"rfc3161Timestamps": []}),
    ):
        keyid = new if isinstance(new, str) else None
        add(name, text=compact(changed(good, path, new)), payload=payload.decode(), hint=key_id, keyid=keyid)
    two = [good["dsseEnvelope"]["signatures"][0]] * 2
    text = b64(b"payload!" + b"?>")  # standard alphabet differs from the URL-safe one here
    url_safe = base64.urlsafe_b64encode(b"\xfb\xff\xfe").decode()
    for name, path, new, error in (
        ("media-type-missing", ("mediaType",), ..., "`mediaType` is nothing"),
        ("media-type-v0.2", ("mediaType",), "application/vnd.dev.sigstore.bundle+json;version=0.2", "`mediaType` is '.*0.2', expected '.*v0.3"),
        ("media-type-a-list", ("mediaType",), [], "`mediaType` is a list"),
        ("unknown-field", ("extra",), 1, "the line has the unknown field 'extra'"),
        ("message-signature", ("messageSignature",), {}, "signs a bare message"),
        ("material-missing", material, ..., "lacks the field `verificationMaterial`"),
        ("material-a-string", material, "x", "`verificationMaterial` must be an object"),
        ("material-unknown-field", (*material, "extra"), 1, "`verificationMaterial` has the unknown field"),
        ("certificate", (*material, "certificate"), {"rawBytes": "AAAA"}, "certificate.*not supported yet"),
        ("certificate-chain", (*material, "x509CertificateChain"), {}, "certificate.*not supported yet"),
        ("tlog-entries-an-object", (*material, "tlogEntries"), {}, "`tlogEntries` must be a list"),
        ("timestamps-a-list", (*material, "timestampVerificationData"), [], "`timestampVerificationData` must be an object"),
        ("public-key-missing", (*material, "publicKey"), ..., "lacks the field `publicKey`"),
        ("hint-missing", (*material, "publicKey"), {}, "lacks the field `hint`"),
        ("hint-empty", (*material, "publicKey", "hint"), "", "`hint` must be 1 to 1024 printable"),
        ("hint-control-character", (*material, "publicKey", "hint"), "a\u001b[2J", "`hint` must be"),
        ("hint-bidi-override", (*material, "publicKey", "hint"), "a\u202eb", "`hint` must be"),
        ("hint-raw-key-too", (*material, "publicKey", "rawBytes"), "AAAA", "unknown field 'rawBytes'"),
        ("envelope-missing", env, ..., "lacks the field `dsseEnvelope`"),
        ("envelope-null", env, None, "`dsseEnvelope` must be an object, found nothing"),
        ("envelope-unknown-field", (*env, "extra"), 1, "`dsseEnvelope` has the unknown field"),
        ("payload-type-other", (*env, "payloadType"), "application/json", "`payloadType` is 'application/json'"),
        ("payload-missing", (*env, "payload"), ..., "lacks the field `payload`"),
        ("payload-a-number", (*env, "payload"), 7, "`payload` must be base64 text, found 7"),
        ("payload-not-base64", (*env, "payload"), "abc", "`payload` is not base64"),
        ("payload-not-ascii", (*env, "payload"), "aé==", "`payload` is not base64"),
        ("payload-without-padding", (*env, "payload"), "YQ", "`payload` is not base64"),
        ("payload-extra-padding", (*env, "payload"), "YWJj====", "`payload` is not canonical base64"),
        ("payload-stray-bits", (*env, "payload"), "YR==", "`payload` is not canonical base64"),
        ("payload-newline", (*env, "payload"), text[:4] + "\n" + text[4:], "`payload` is not canonical"),
        ("payload-space", (*env, "payload"), text + " ", "`payload` is not canonical base64"),
        ("payload-url-safe-alphabet", (*env, "payload"), url_safe, "`payload` is not canonical base64"),
        ("signatures-none", (*env, "signatures"), [], "has 0 signatures, expected exactly one"),
        ("signatures-two", (*env, "signatures"), two, "has 2 signatures, expected exactly one"),
        ("signatures-an-object", (*env, "signatures"), {}, "has no list of signatures"),
        ("signature-a-string", sig, "AAAA", r"`signatures\[0\]` must be an object"),
        ("signature-missing", (*sig, "sig"), ..., "lacks the field `sig`"),
        ("signature-empty", (*sig, "sig"), "", "the signature has 0 bytes"),
        ("signature-too-long", (*sig, "sig"), b64(b"x" * 8193), "the signature has 8,193 bytes"),
        ("signature-stray-bits", (*sig, "sig"), "YR==", "`sig` is not canonical base64"),
        ("signature-certificate", (*sig, "cert"), "x", "unknown field 'cert'"),
        ("keyid-a-number", (*sig, "keyid"), 1, "`keyid` must be"),
        ("keyid-empty", (*sig, "keyid"), "", "`keyid` must be"),
    ):
        add(name, text=compact(changed(good, path, new)), error=error)
    line = compact(good)
    add("duplicate-payload", text=line.replace('"payload":', '"payload":"","payload":', 1), error="stands twice")
    add("cut", text=line[:-20], error="not JSON")
    add("an-array", text=f"[{line}]", error="the line must be an object")
    add("two-lines", text=f"{line}\n{line}", error="not JSON: Extra data")


def make_keys(root: Path) -> None:
    """`pem` is a public key; with `message` and `signature` (hex), `verifies` says the answer."""
    add = Folder(root, "keys").add
    ed, p256 = spki(ED.public_key()), spki(EC.public_key())
    for name, key, kind in (("good-ed25519", ed, "ed25519"), ("good-ecdsa-p256", p256, "ecdsa-p256")):
        add(name, pem=pem(key), type=kind, id=hashlib.sha256(key).hexdigest())
    add("good-crlf", pem=pem(ed).replace("\n", "\r\n"), type="ed25519", id=hashlib.sha256(ed).hexdigest())
    add("good-no-last-newline", pem=pem(ed).rstrip(), type="ed25519", id=hashlib.sha256(ed).hexdigest())
    p384 = ec.derive_private_key(EC_SCALAR, ec.SECP384R1()).public_key()
    k256 = ec.derive_private_key(EC_SCALAR, ec.SECP256K1()).public_key()
    ed448_key = ed448.Ed448PrivateKey.from_private_bytes(b"\x07" * 57).public_key()
    field = 2**255 - 19
    order_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022

    def point(y: int) -> bytes:
        return ed[:12] + y.to_bytes(32, "little")

    for name, text, error in (
        ("empty", "", "not one PEM block"),
        ("not-pem", "hello", "not one PEM block"),
        ("text-before", "key:\n" + pem(ed), "not one PEM block"),
        ("text-after", pem(ed) + "x", "not one PEM block"),
        ("two-keys", pem(ed) + pem(p256), "base64 is wrong|strict form"),
        ("private-key", pem(b"x" * 48, "PRIVATE KEY"), "this is a private key"),
        ("certificate", pem(ed, "CERTIFICATE"), "not one PEM block"),
        ("cut", pem(ed)[:-10], "not one PEM block"),
        ("base64-broken", pem(ed).replace("A=", "A", 1) if "A=" in pem(ed) else pem(ed).replace("=", "", 1), "base64 is wrong|strict form"),
        ("base64-with-space", pem(ed).replace("MCow", "MCow ", 1), "strict form"),
        ("line-too-long", pem(p256).replace("\n", "", 2).replace("-----", "-----\n", 2).replace("\n", "", 1), "not one PEM|strict form"),
        ("line-wrapped-at-32", "-----BEGIN PUBLIC KEY-----\n" + b64(ed)[:32] + "\n" + b64(ed)[32:] + "\n-----END PUBLIC KEY-----\n", "strict form"),
        ("too-large", pem(ed + b"\0" * 8192), "not one PEM block"),
        ("der-trailing-byte", pem(ed + b"\0"), "not the SPKI"),
        ("der-cut", pem(ed[:-1]), "not the SPKI"),
        ("der-empty", pem(b""), "strict form|base64 is wrong|not the SPKI"),
        ("der-long-form-length", pem(b"\x30\x81\x2a" + ed[2:]), "not the SPKI"),
        ("rsa", pem(spki(RSA_NUMBERS.public_key())), "an RSA key cannot be used"),
        ("ecdsa-p384", pem(spki(p384)), "an ECDSA P-384 key cannot"),
        ("ecdsa-secp256k1", pem(spki(k256)), "an ECDSA secp256k1 key cannot"),
        ("ed448", pem(spki(ed448_key)), "an Ed448 key cannot"),
        ("p256-compressed", pem(bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + bytes([2 + p256[-1] % 2]) + p256[27:59]), "another form than the uncompressed point"),
        ("p256-all-zero-point", pem(p256[:27] + b"\0" * 64), "not a point on the curve"),
        ("p256-point-off-the-curve", pem(p256[:-1] + bytes([p256[-1] ^ 1])), "not a point on the curve"),
        ("p256-hybrid-point", pem(p256[:26] + b"\x06" + p256[27:]), "another form than the uncompressed"),
        ("ed25519-all-zero", pem(point(0)), "small order"),
        ("ed25519-identity", pem(point(1)), "small order"),
        ("ed25519-identity-with-sign", pem(point(1 + 2**255)), "small order"),
        ("ed25519-order-2", pem(point(field - 1)), "small order"),
        ("ed25519-order-8", pem(point(order_8)), "small order"),
        ("ed25519-order-8-negative", pem(point(field - order_8)), "small order"),
        ("ed25519-not-canonical", pem(point(field + 3)), "not canonical"),
        ("ed25519-all-ones", pem(point(2**256 - 1)), "not canonical"),
    ):
        add(name, pem=text, error=error)

    message = b"DSSEv1 message"
    good = ED.sign(message)
    ed_order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(good[32:], "little")
    r, low = ecdsa(message, high=False)
    _, high = ecdsa(message, high=True)
    raw = r.to_bytes(32, "big") + low.to_bytes(32, "big")
    padded = b"\x02" + bytes([len(integer(r)) - 1]) + b"\0" + integer(r)[2:]
    for name, key, signature, verifies in (
        ("signature-ed25519-good", ed, good, True),
        ("signature-ed25519-other-key", spki(ED_2.public_key()), good, False),
        ("signature-ed25519-empty", ed, b"", False),
        ("signature-ed25519-63-bytes", ed, good[:-1], False),
        ("signature-ed25519-65-bytes", ed, good + b"\0", False),
        ("signature-ed25519-all-zero", ed, b"\0" * 64, False),
        ("signature-ed25519-s-plus-order", ed, good[:32] + (s + ed_order).to_bytes(32, "little"), False),
        ("signature-ed25519-bit-in-r", ed, bytes([good[0] ^ 1]) + good[1:], False),
        ("signature-ed25519-bit-in-s", ed, good[:-1] + bytes([good[-1] ^ 1]), False),
        ("signature-p256-low-s", p256, der(r, low), True),
        ("signature-p256-high-s", p256, der(r, high), True),
        ("signature-p256-empty", p256, b"", False),
        ("signature-p256-raw-r-s", p256, raw, False),
        ("signature-p256-trailing-byte", p256, der(r, low) + b"\0", False),
        ("signature-p256-trailing-inside", p256, b"\x30" + bytes([len(der(r, low))]) + der(r, low)[2:] + b"\x05\x00"[:2], False),
        ("signature-p256-long-form-length", p256, b"\x30\x81" + der(r, low)[1:], False),
        ("signature-p256-padded-integer", p256, b"\x30" + bytes([len(padded + integer(low))]) + padded + integer(low), False),
        ("signature-p256-cut", p256, der(r, low)[:-1], False),
        ("signature-p256-r-zero", p256, der(0, low), False),
        ("signature-p256-s-zero", p256, der(r, 0), False),
        ("signature-p256-both-zero", p256, der(0, 0), False),
        ("signature-p256-s-plus-order", p256, der(r, low + ORDER), False),
        ("signature-p256-ed25519-signature", p256, good, False),
    ):
        add(name, pem=pem(key), message=message.hex(), signature=signature.hex(), verifies=verifies)
    add("signature-ed25519-other-message", pem=pem(ed), message=(message + b"!").hex(), signature=good.hex(), verifies=False)
    add("signature-p256-other-message", pem=pem(p256), message=(message + b"!").hex(), signature=der(r, low).hex(), verifies=False)


def vkey_text(name: str, data: bytes) -> str:
    digest = hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8]
    return f"{name}+{digest}+{b64(data)}"


def make_trust(root: Path) -> None:
    """`text` is the file; `schema` false where only the reader can see the defect."""
    add = Folder(root, "trust").add

    def trusted(key: Any, holder: str, *roles: str, **more: Any) -> dict[str, Any]:
        der_bytes = spki(key.public_key())
        return {
            "id": hashlib.sha256(der_bytes).hexdigest(),
            "pem": pem(der_bytes),
            "holder": holder,
            "roles": list(roles),
            "predicate_types": None,
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2027-01-01T00:00:00Z",
            "revoked": None,
            **more,
        }

    raw = ED.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    log_key = vkey_text("log.example.org/a", b"\x01" + raw)
    witness = vkey_text("witness.example.org", b"\x04" + raw)
    identity, issuer = "release@example.org", "https://issuer.example.org"
    identity_id = hashlib.sha256(f"{issuer}\n{identity}\n".encode()).hexdigest()
    good: dict[str, Any] = {
        "version": 7,
        "expires": "2027-01-01T00:00:00Z",
        "profile": "production",
        "verifier": {"id": "https://gate.example.org/v1", "policy_digests": ["ab" * 32]},
        "expect": {
            "resource_uri": "pkg:pypi/inkwell",
            "levels": ["SLSA_BUILD_LEVEL_2"],
            "environment": "production",
            "max_verdict_age": "7d",
            "receipt": "required",
        },
        "keys": [
            trusted(ED, "gate", "collector", "releaser", "verifier", "policy"),
            trusted(ED_2, "ana", "sign-off:security", "waiver-approver",
                    predicate_types=["https://w3id.org/release-assurance/sign-off/v1"]),
            trusted(EC, "ben", "sign-off:security", "vex", revoked={"log": "log.example.org/a", "index": 12, "reason": "lost"}),
            {"id": identity_id, "identity": identity, "issuer": issuer, "holder": "ci", "roles": ["reviewer"],
             "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"},
        ],
        "roles": {"sign-off:security": {"threshold": 2}},
        "logs": [{"origin": "log.example.org/a", "vkeys": [{"vkey": log_key, "from_size": 0, "to_size": None}],
                  "witnesses": [witness], "quorum": 1}],
        "trusted_root": {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
    }

    def write(value: Any) -> str:
        return json.dumps(value, indent=1)

    least = {
        "version": 1, "expires": "2027-01-01T00:00:00Z", "profile": "development", "verifier": {"id": "urn:x"},
        "expect": {"resource_uri": "pkg:pypi/x", "environment": "development"},
        "keys": [{name: value for name, value in trusted(ED, "me", "verifier").items() if value is not None}],
    }
    add("good-everything", text=write(good), schema=True)
    add("good-holder-beyond-ascii", text=write(changed(good, ("keys", 1, "holder"), "Jos\u00e9")), schema=True)
    weak = {"refuse_weakenings": ["check ", "one key"], "tolerate": ["one key of gate"]}
    add("good-refuse-weakenings", text=write(changed(good, ("expect",), {**good["expect"], **weak})), schema=True)
    every = {"refuse_weakenings": "all", "tolerate": None}
    add("good-refuse-all", text=write(changed(good, ("expect",), {**good["expect"], **every})), schema=True)
    tolerant = changed(good, ("expect",), {**good["expect"], "refuse_weakenings": "all", "tolerate": "all"})
    add("expect-tolerate-all", text=write(tolerant), error="an array expected", schema=False)
    add("good-least", text=write(least), schema=True)
    key = ("keys", 0)
    swapped = changed(good, (*key, "pem"), good["keys"][1]["pem"])
    for name, path, new, error in (
        ("version-missing", ("version",), ..., "the key `version` is not there"),
        ("version-zero", ("version",), 0, "/version: 0 found, an integer of at least 1"),
        ("version-a-string", ("version",), "7", '/version: "7" found'),
        ("version-true", ("version",), True, "/version: true found"),
        ("version-a-fraction", ("version",), 1.5, "/version: 1.5 found"),
        ("version-too-large", ("version",), 2**53, "an integer of at least 1"),
        ("unknown-key", ("key",), [], "/key: unknown key \"key\"; did you mean `keys`"),
        ("unknown-key-far", ("zzz",), [], "/zzz: unknown key \"zzz\"$"),
        ("expires-missing", ("expires",), ..., "the key `expires` is not there"),
        ("expires-a-date", ("expires",), "2027-01-01", "/expires: .* a time such as"),
        ("expires-without-zone", ("expires",), "2027-01-01T00:00:00", "a time such as"),
        ("expires-null", ("expires",), None, "/expires: null found"),
        ("profile-unknown", ("profile",), "staging", "`production` or `development` expected"),
        ("profile-a-list", ("profile",), ["production"], "an array found, `production`"),
        ("verifier-missing", ("verifier",), ..., "the key `verifier` is not there"),
        ("verifier-id-no-uri", ("verifier", "id"), "gate", "/verifier/id: \"gate\" found, a URI"),
        ("verifier-unknown-key", ("verifier", "policy_digest"), [], "did you mean `policy_digests`"),
        ("policy-digests-empty", ("verifier", "policy_digests"), [], "the array is empty"),
        ("policy-digest-with-prefix", ("verifier", "policy_digests", 0), "sha256:" + "ab" * 32, "64 lowercase hex"),
        ("policy-digest-uppercase", ("verifier", "policy_digests", 0), "AB" * 32, "64 lowercase hex"),
        ("policy-digest-twice", ("verifier", "policy_digests"), ["ab" * 32] * 2, "stands twice"),
        ("expect-missing", ("expect",), ..., "the key `expect` is not there"),
        ("expect-unknown-key", ("expect", "enviroment"), "x", "did you mean `environment`"),
        ("expect-environment-missing", ("expect", "environment"), ..., "/expect: the key `environment`"),
        ("expect-environment-null", ("expect", "environment"), None, "/expect/environment: null found"),
        ("expect-environment-uppercase", ("expect", "environment"), "Production", "a lower-case name"),
        ("expect-resource-uri-missing", ("expect", "resource_uri"), ..., "the key `resource_uri`"),
        ("expect-resource-uri-empty", ("expect", "resource_uri"), "", "a URI expected"),
        ("expect-level-lowercase", ("expect", "levels", 0), "slsa2", "a level such as"),
        ("expect-levels-a-string", ("expect", "levels"), "SLSA_BUILD_LEVEL_2", "an array expected"),
        ("expect-age-a-number", ("expect", "max_verdict_age"), 7, "a duration such as"),
        ("expect-age-without-unit", ("expect", "max_verdict_age"), "7", "a duration such as"),
        ("expect-age-zero", ("expect", "max_verdict_age"), "0d", "a duration such as"),
        ("expect-age-negative", ("expect", "max_verdict_age"), "-1d", "a duration such as"),
        ("expect-age-underscore", ("expect", "max_verdict_age"), "1_0d", "a duration such as"),
        ("expect-age-arabic-digit", ("expect", "max_verdict_age"), "\u0667d", "a duration such as"),
        ("expect-age-in-weeks", ("expect", "max_verdict_age"), "1w", "a duration such as"),
        ("expect-refuse-unknown", ("expect", "refuse_weakenings"), "every", "`all` expected"),
        ("expect-refuse-nothing", ("expect", "refuse_weakenings"), [], "the array is empty"),
        ("expect-refuse-empty-text", ("expect", "refuse_weakenings"), [""], "the beginning of a weakening"),
        ("expect-refuse-space", ("expect", "refuse_weakenings"), [" "], "the beginning of a weakening"),
        ("expect-refuse-twice", ("expect", "refuse_weakenings"), ["no log", "no log"], "stands twice"),
        ("expect-refuse-true", ("expect", "refuse_weakenings"), True, "`all` expected"),
        ("expect-receipt-unknown", ("expect", "receipt"), "optional", "`required` or `if-present`"),
        ("keys-missing", ("keys",), ..., "the key `keys` is not there"),
        ("keys-empty", ("keys",), [], "/keys: the array is empty"),
        ("keys-an-object", ("keys",), {}, "/keys: an object found, an array expected"),
        ("key-a-string", key, "x", "/keys/0: \"x\" found, an object"),
        ("key-unknown-key", (*key, "role"), [], "/keys/0/role: unknown key \"role\"; did you mean `roles`"),
        ("key-id-uppercase", (*key, "id"), "AB" * 32, "/keys/0/id: .*64 lowercase hex"),
        ("key-without-pem", (*key, "pem"), ..., "either `pem` or both"),
        ("key-pem-and-identity", (*key, "identity"), "x", "either `pem` or both"),
        ("key-identity-without-issuer", ("keys", 3, "issuer"), ..., "either `pem` or both"),
        ("key-pem-a-list", (*key, "pem"), [], "/keys/0/pem: an array found, a PEM"),
        ("key-holder-missing", (*key, "holder"), ..., "/keys/0: the key `holder`"),
        ("key-holder-empty", (*key, "holder"), "", "a name of 1 to 200"),
        ("key-holder-space-around", (*key, "holder"), " ana", "without space around"),
        ("key-holder-control-character", (*key, "holder"), "a\u001bb", "a name of 1 to 200"),
        ("key-holder-bidi-override", (*key, "holder"), "a\u202eb", "a name of 1 to 200"),
        ("key-roles-empty", (*key, "roles"), [], "/keys/0/roles: the array is empty"),
        ("key-role-unknown", (*key, "roles", 0), "colector", "unknown role 'colector'; did you mean `collector`"),
        ("key-role-unknown-far", (*key, "roles", 0), "zzz", "roles are collector, policy"),
        ("key-role-sign-off-without-area", (*key, "roles", 0), "sign-off:", "unknown role 'sign-off:'"),
        ("key-role-sign-off-odd-area", (*key, "roles", 0), "sign-off:QA Team", "unknown role"),
        ("key-role-twice", (*key, "roles"), ["vex", "vex"], "\"vex\" stands twice"),
        ("key-not-before-missing", (*key, "not_before"), ..., "the key `not_before`"),
        ("key-not-after-bad", (*key, "not_after"), "2027-13-30T00:00:00Z", "a time such as"),
        ("key-predicate-types-empty", (*key, "predicate_types"), [], "the array is empty"),
        ("key-predicate-type-no-uri", (*key, "predicate_types"), ["vex"], "a URI expected"),
        ("key-revoked-true", (*key, "revoked"), True, "/keys/0/revoked: true found, an object"),
        ("key-revoked-without-reason", (*key, "revoked"), {}, "the key `reason`"),
        ("key-revoked-index-negative", ("keys", 2, "revoked", "index"), -1, "at least 0"),
        ("roles-an-array", ("roles",), [], "/roles: an array found, an object"),
        ("role-unknown", ("roles", "vefirier"), {"threshold": 1}, "/roles/vefirier: unknown role .*`verifier`"),
        ("threshold-missing", ("roles", "sign-off:security"), {}, "the key `threshold`"),
        ("threshold-zero", ("roles", "sign-off:security", "threshold"), 0, "at least 1"),
        ("threshold-a-string", ("roles", "sign-off:security", "threshold"), "2", "an integer"),
        ("log-without-keys", ("logs", 0, "vkeys"), [], "/logs/0/vkeys: the array is empty"),
        ("log-unknown-key", ("logs", 0, "url"), "x", "unknown key \"url\""),
        ("log-from-size-negative", ("logs", 0, "vkeys", 0, "from_size"), -1, "at least 0"),
        ("trusted-root-a-string", ("trusted_root",), "x", "/trusted_root: \"x\" found, an object"),
    ):
        add(name, text=write(changed(good, path, new)), error=error, schema=False)
    for name, value, error in (
        ("key-id-of-another-key", swapped, "the id is not that of the key, which is"),
        ("key-listed-twice", changed(good, ("keys",), [*good["keys"], good["keys"][0]]), "/keys/4: the key [0-9a-f]{64} is listed twice, first as key 0"),
        ("identity-id-wrong", changed(good, ("keys", 3, "identity"), "other@example.org"), "the id is not that of the key"),
        ("key-pem-broken", changed(good, (*key, "pem"), good["keys"][0]["pem"][:-9]), "/keys/0/pem: not one PEM block"),
        ("key-pem-rsa", changed(good, (*key, "pem"), pem(spki(RSA_NUMBERS.public_key()))), "/keys/0/pem: an RSA key"),
        ("key-pem-private", changed(good, (*key, "pem"), pem(b"x" * 48, "PRIVATE KEY")), "this is a private key"),
        ("key-times-in-wrong-order", changed(good, (*key, "not_before"), "2027-01-02T00:00:00Z"), "`not_before` is after `not_after`"),
        ("key-holders-differ-in-case", changed(good, ("keys", 1, "holder"), "Gate"), "'gate' and 'Gate' differ in case only"),
        ("key-holder-not-nfc", changed(good, ("keys", 1, "holder"), "Jose\u0301"), "not in Unicode form NFC"),
        ("key-revoked-log-without-index", changed(good, ("keys", 2, "revoked", "index"), None), "`log` and `index` stand together"),
        ("threshold-above-holders", changed(good, ("roles", "sign-off:security", "threshold"), 3), "needs 3 holders and has 2"),
        ("threshold-met-by-one-holder-twice", changed(good, ("keys", 2, "holder"), "ana"), "needs 2 holders and has 1"),
        ("threshold-of-role-nobody-has", changed(good, ("roles", "sign-off:qa"), {"threshold": 1}), "needs 1 holders and has 0"),
        ("expect-tolerate-alone", changed(good, ("expect", "tolerate"), ["no log"]), "says nothing without `refuse_weakenings`"),
        ("log-vkey-of-another-name", changed(good, ("logs", 0, "vkeys", 0, "vkey"), vkey_text("log.example.org/b", b"\x01" + raw)), "name is not the log's origin"),
        ("log-vkey-wrong-hash", changed(good, ("logs", 0, "vkeys", 0, "vkey"), log_key.replace("+", "+00000000+", 1).replace(log_key.split("+")[1] + "+", "", 1)), "hash does not belong"),
        ("log-vkey-of-a-witness", changed(good, ("logs", 0, "vkeys", 0, "vkey"), vkey_text("log.example.org/a", b"\x04" + raw)), "not of type 1"),
        ("log-vkey-no-vkey", changed(good, ("logs", 0, "vkeys", 0, "vkey"), "x"), "not a vkey"),
        ("log-vkey-base64-odd", changed(good, ("logs", 0, "vkeys", 0, "vkey"), "log.example.org/a+00000000+AAAAA"), "base64 is wrong"),
        ("log-vkey-base64-stray-bits", changed(good, ("logs", 0, "vkeys", 0, "vkey"), "log.example.org/a+00000000+YR=="), "not canonical"),
        ("log-sizes-in-wrong-order", changed(good, ("logs", 0, "vkeys", 0), {"vkey": log_key, "from_size": 5, "to_size": 4}), "`to_size` is less"),
        ("log-quorum-above-witnesses", changed(good, ("logs", 0, "quorum"), 2), "a quorum of 2 of 1 witnesses"),
        ("log-witness-key-under-two-names", changed(good, ("logs", 0, "witnesses"), [witness, vkey_text("other.example.org", b"\x04" + raw)]), "two witnesses have one key"),
        ("log-origin-twice", changed(good, ("logs",), [good["logs"][0], good["logs"][0]]), "one origin stands twice"),
        ("log-witness-twice", changed(good, ("logs", 0, "witnesses"), [witness, witness]), "stands twice"),
    ):
        add(name, text=write(value), error=error)
    add("not-json", text="{", error="not JSON", schema=False)
    add("an-array", text="[]", error="trust.json:1#: an array found, an object expected", schema=False)
    add("duplicate-key", text='{"version": 1, "version": 2}', error='the key "version" stands twice')
    add("depth-10000", input=[["[", 10_000], ["]", 10_000]], error="nested deeper")
    add("size-above-4-mib", input=[[" ", 4 * 1024 * 1024], ["{}", 1]], error="the limit is 4,194,304")


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    for make in (make_json, make_statement, make_envelope, make_keys, make_trust):
        make(root)


if __name__ == "__main__":
    main()
