"""Writes the vectors of bad input for the vulnerabilities plugin; run it to make them again.

Three folders: `archives/` (advisory data), `requirements/` and `cyclonedx/` (inputs). Each file
is named after its one defect, and `expected.json` beside it gives the status that the collector
ends in and a part of its message. The other input is always right.
"""

from __future__ import annotations

import io
import json
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

_EPOCH = (2024, 1, 1, 0, 0, 0)
_HASH = "--hash=sha256:" + "0" * 64
INDETERMINATE = "INDETERMINATE"


def _record(identity: str, **changes: Any) -> bytes:
    record: dict[str, Any] = {
        "id": identity,
        "modified": "2024-10-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "example"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}
                ],
            }
        ],
    }
    record.update(changes)
    return json.dumps({k: v for k, v in record.items() if v is not None}).encode()


def _zip(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, flags: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = method
            archive.writestr(info, data)
    content = bytearray(buffer.getvalue())
    if flags:
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = content.find(signature) + offset
            struct.pack_into("<H", content, at, struct.unpack_from("<H", content, at)[0] | flags)
    return bytes(content)


def _archives() -> dict[str, tuple[bytes, str]]:
    good = ("EX-1.json", _record("EX-1"))
    whole = _zip(good, ("EX-2.json", _record("EX-2")), method=zipfile.ZIP_STORED)
    flipped = bytearray(whole)
    flipped[flipped.find(b'"fixed": "2.0"') + 11] ^= 1
    other = [{"package": {"ecosystem": "npm", "name": "example"}}]
    return {
        "no-records.zip": (_zip(), "is empty: it holds no advisory record"),
        "no-bytes.zip": (b"", "is no whole zip"),
        "not-a-zip.zip": (_record("EX-1"), "is no whole zip"),
        "cut-in-the-middle.zip": (whole[: len(whole) // 2], "is no whole zip"),
        "cut-before-the-end.zip": (whole[:-8], "is no whole zip"),
        "changed-byte.zip": (bytes(flipped), "EX-1.json': the advisory data is no whole zip"),
        "path-traversal.zip": (
            _zip(good, ("../EX-2.json", b"{}")),
            "EX-2.json': the advisory data has",
        ),
        "backslash-traversal.zip": (_zip(good, ("..\\EX-2.json", b"{}")), "has folders inside"),
        "absolute-path.zip": (_zip(good, ("/EX-2.json", b"{}")), "has folders inside"),
        "folder-inside.zip": (_zip(good, ("more/", b"")), "'more/': the advisory data has folders"),
        "nested-record.zip": (_zip(("PyPI/EX-1.json", good[1])), "has folders inside"),
        "hidden-file.zip": (_zip(good, (".json", b"{}")), "is not named `<id>.json`"),
        "not-json-name.zip": (
            _zip(good, ("README.md", b"hello")),
            "'README.md': the advisory data",
        ),
        "same-name-twice.zip": (
            _zip(good, ("EX-2.json", b"{}")).replace(b"EX-2", b"EX-1"),
            "has two entries of one name",
        ),
        "encrypted.zip": (_zip(good, flags=1), "EX-1.json': the advisory data has an encrypted"),
        "bzip2.zip": (_zip(good, method=zipfile.ZIP_BZIP2), "neither stored nor deflated"),
        "bomb-by-ratio.zip": (
            _zip(good, ("EX-2.json", b" " * 2_000_000)),
            "EX-2.json': the advisory data has an entry that unpacks to 2,000,000 bytes",
        ),
        "bomb-by-size.zip": (
            _zip(good, ("EX-2.json", b" " * (16 * 1024**2 + 1))),
            "has an entry of more than 16,777,216 bytes",
        ),
        "same-id-twice.zip": (
            _zip(good, ("EX-2.json", _record("EX-1", summary="different"))),
            "EX-2.json: the advisory record has the id EX-1 that EX-1.json has too",
        ),
        "broken-json.zip": (
            _zip(good, ("EX-2.json", _record("EX-2")[:-9])),
            "EX-2.json: the advisory record is not readable",
        ),
        "duplicate-key.zip": (
            _zip(good, ("EX-2.json", b'{"id": "EX-2", "id": "EX-3"}')),
            "EX-2.json: the advisory record is not readable",
        ),
        "too-deep.zip": (
            _zip(good, ("EX-2.json", b'{"id":' + b"[" * 40 + b"]" * 40 + b"}")),
            "nested deeper than 32 levels",
        ),
        "not-utf-8.zip": (_zip(good, ("EX-2.json", b'{"id": "\xff"}')), "is not UTF-8"),
        "record-is-a-list.zip": (_zip(good, ("EX-2.json", b"[]")), "is not a JSON object"),
        "no-id.zip": (_zip(good, ("EX-2.json", _record("EX-2", id=None))), "has no `id`"),
        "no-modified.zip": (
            _zip(good, ("EX-2.json", _record("EX-2", modified=None))),
            "has no time `modified`",
        ),
        "modified-is-no-time.zip": (
            _zip(good, ("EX-2.json", _record("EX-2", modified="yesterday"))),
            "has a `modified` that is no time",
        ),
        "schema-version-2.zip": (
            _zip(good, ("EX-2.json", _record("EX-2", schema_version="2.0.0"))),
            "has schema version '2.0.0'",
        ),
        "package-without-name.zip": (
            _zip(
                good, ("EX-2.json", _record("EX-2", affected=[{"package": {"ecosystem": "PyPI"}}]))
            ),
            "EX-2.json: the advisory record has a package without",
        ),
        "other-ecosystems-only.zip": (
            _zip(("EX-1.json", _record("EX-1", affected=other))),
            "none of the 1 advisory records is about the ecosystem PyPI",
        ),
        "unreadable-range-of-a-package.zip": (
            _zip(("EX-1.json", _record("EX-1").replace(b'"2.0"', b'"two"'))),
            "EX-1.json: the advisory record has a range with `fixed` at `two`",
        ),
    }


def _requirements() -> dict[str, tuple[bytes, str]]:
    good = f"example==2.0 {_HASH}\n"
    return {
        "nothing.txt": (b"", "lists no package"),
        "comments-only.txt": (b"# no packages\n", "lists no package"),
        "not-pinned.txt": (f"{good}other>=1.0 {_HASH}\n".encode(), "other is not pinned with `==`"),
        "no-version.txt": (f"{good}other {_HASH}\n".encode(), "other is not pinned with `==`"),
        "wildcard.txt": (f"{good}other==1.* {_HASH}\n".encode(), "other is not pinned with `==`"),
        "two-specifiers.txt": (
            f"{good}other==1.0,!=2 {_HASH}\n".encode(),
            "is not pinned with `==`",
        ),
        "no-hash.txt": (f"{good}other==1.0\n".encode(), "other has no `--hash`"),
        "hashes-lost-after-comment.txt": (
            f"{good}other==1.0 \\\n# note\n  {_HASH}\n".encode(),
            "-hash` is not known|has no `--hash`|no requirement",
        ),
        "short-hash.txt": (f"{good}other==1.0 --hash=sha256:00\n".encode(), "is no sha256"),
        "md5-hash.txt": (f"{good}other==1.0 --hash=md5:{'0' * 32}\n".encode(), "is no sha256"),
        "legacy-version.txt": (
            f"{good}other===1.0-final-really {_HASH}\n".encode(),
            "is no version of PEP 440",
        ),
        "editable.txt": (f"{good}-e ./other\n".encode(), "is editable"),
        "url.txt": (
            f"{good}other @ https://example.org/other-1.0.whl {_HASH}\n".encode(),
            "is from a URL",
        ),
        "bare-url.txt": (
            f"{good}https://example.org/other-1.0.whl {_HASH}\n".encode(),
            "is a path or URL",
        ),
        "path.txt": (f"{good}./other-1.0.tar.gz {_HASH}\n".encode(), "is a path or URL"),
        "nested.txt": (f"{good}-r more.txt\n".encode(), "nested.txt:2: .* refers to another file"),
        "constraints.txt": (f"{good}-c more.txt\n".encode(), "refers to another file"),
        "unknown-option.txt": (
            f"{good}--surprise\n".encode(),
            "the option `--surprise` is not known",
        ),
        "nested-behind-an-option.txt": (
            f"{good}--pre -r more.txt\n".encode(),
            "option.txt:2: .* refers to another file",
        ),
        "nested-in-quotes.txt": (
            f"{good}--index-url https://pypi.org/simple '-r' more.txt\n".encode(),
            "refers to another file",
        ),
        "editable-behind-an-option.txt": (
            f"{good}--no-index\t-e ./other\n".encode(),
            "is editable",
        ),
        "word-behind-an-option.txt": (
            f"{good}--pre other\n".encode(),
            "`other` stands after an option that takes no value",
        ),
        "option-with-open-quote.txt": (
            f"{good}--find-links 'wheels\n".encode(),
            "has a quote that is not closed",
        ),
        "coding-utf-7.txt": (
            f"# coding: utf-7\n# a note +AAo-other==1.0\n{good}".encode(),
            "txt:1: .* declares the encoding `utf-7`",
        ),
        "coding-unknown.txt": (
            f"# made by hand\n# -*- coding: rot13 -*-\n{good}".encode(),
            "txt:2: .* declares the encoding `rot13`",
        ),
        "cut-in-a-line.txt": (b"example==2.0 \\\n", "ends in the middle of a continued line"),
        "nonsense.txt": (f"{good}???\n".encode(), "`\\?\\?\\?` is no requirement"),
        "nul.txt": (b"example==2.0 \0\n", "holds a NUL character"),
        "not-utf-8.txt": (b"example==2.0 \xff\n", "byte 13 is not UTF-8"),
        "reserved-name.txt": (
            f"{good}release_assurance.canary==1.1 {_HASH}\n".encode(),
            "release-assurance-canary is reserved",
        ),
    }


def _cyclonedx() -> dict[str, tuple[bytes, str]]:
    def document(*components: Any, **changes: Any) -> bytes:
        value = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components)}
        return json.dumps(value | changes).encode()

    def component(**changes: Any) -> dict[str, Any]:
        value = {"type": "library", "name": "other", "version": "1.0", "purl": "pkg:pypi/other@1.0"}
        return {k: v for k, v in (value | changes).items() if v is not None}

    def purl(text: str) -> dict[str, Any]:
        return component(purl=text, version=None)

    return {
        "no-components.json": (document(), "lists no package"),
        "not-json.json": (b"<bom/>", "not JSON"),
        "cut.json": (document(component())[:-20], "not JSON"),
        "not-cyclonedx.json": (document(component(), bomFormat="SPDX"), "has no `bomFormat`"),
        "unknown-version.json": (document(component(), specVersion="9.0"), "specVersion '9.0'"),
        "components-no-list.json": (document(components={}), "is not a list"),
        "component-no-object.json": (document("other"), "components\\[0\\]: .* is not an object"),
        "no-name.json": (document(component(name=None)), "has no name"),
        "no-purl.json": (document(component(purl=None)), "other has no purl"),
        "nested-no-purl.json": (
            document(component(components=[component(name="inner", purl=None)])),
            "inner has no purl \\(nested-no-purl.json:components\\[0\\].components\\[0\\]\\)",
        ),
        "part-of-the-root-no-purl.json": (
            document(
                component(),
                metadata={
                    "component": component(
                        name="shop", components=[component(name="inner", purl=None)]
                    )
                },
            ),
            "inner has no purl \\(part-of-the-root-no-purl.json:metadata.component.components",
        ),
        "metadata-no-object.json": (document(component(), metadata=[]), "`metadata` is no object"),
        "root-no-object.json": (
            document(component(), metadata={"component": "shop"}),
            "`metadata.component` is no object",
        ),
        "file-of-another-ecosystem.json": (
            document(component(type="file", purl="pkg:npm/other@1.0", version=None)),
            "npm/other@1.0`: not from PyPI",
        ),
        "other-ecosystem.json": (
            document(purl("pkg:npm/other@1.0")),
            "npm/other@1.0`: not from PyPI",
        ),
        "no-version.json": (document(purl("pkg:pypi/other")), "has no version in its purl"),
        "namespace.json": (document(purl("pkg:pypi/acme/other@1.0")), "has a namespace"),
        "other-index.json": (
            document(purl("pkg:pypi/other@1.0?repository_url=https://pypi.example.org/simple")),
            "is from https://pypi.example.org/simple: not PyPI",
        ),
        "other-index-that-looks-like-it.json": (
            document(purl("pkg:pypi/other@1.0?repository_url=pypi.org.example.com")),
            "is from pypi.org.example.com: not PyPI",
        ),
        "index-that-is-no-url.json": (
            document(purl("pkg:pypi/other@1.0?repository_url=http://[")),
            "is from http://\\[: not PyPI",
        ),
        "from-a-repository.json": (
            document(purl("pkg:pypi/other@1.0?vcs_url=git%2Bhttps://example.org/other")),
            "is from git\\+https://example.org/other: not PyPI",
        ),
        "two-versions.json": (document(component(version="2.0")), "is '2.0' and in the purl '1.0'"),
        "legacy-version.json": (document(purl("pkg:pypi/other@one")), "is no version of PEP 440"),
    }


def main(target: Path) -> None:
    """Write all vectors below `target`."""
    for folder, vectors in (
        ("archives", _archives()),
        ("requirements", _requirements()),
        ("cyclonedx", _cyclonedx()),
    ):
        (target / folder).mkdir(parents=True, exist_ok=True)
        expected = {}
        for name, (content, message) in sorted(vectors.items()):
            (target / folder / name).write_bytes(content)
            expected[name] = {"status": INDETERMINATE, "message": message}
        text = json.dumps(expected, indent=1, ensure_ascii=False)
        (target / folder / "expected.json").write_text(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
