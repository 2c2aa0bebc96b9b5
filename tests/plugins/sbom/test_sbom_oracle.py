"""Other people's implementations say the same: cyclonedx-py, packageurl, the IRI grammar."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packageurl import PackageURL
from packaging.requirements import Requirement

from assurance_sbom import package_url, schema_check

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugins.sbom.conftest import Collect, Install


def _oracle(python: Path | str) -> dict[str, Any]:
    """What cyclonedx-py says about an environment."""
    answer = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "environment", "--no-validate", str(python)],
        capture_output=True,
        timeout=60,
        check=True,
    )
    document = json.loads(answer.stdout)
    assert isinstance(document, dict)
    return document


def _purls(document: dict[str, Any]) -> set[str]:
    """Package URLs with the name in PEP 503 form: cyclonedx-py leaves dots in names."""
    found = set()
    for component in document["components"]:
        if "purl" in component:
            purl = PackageURL.from_string(component["purl"])
            name = re.sub(r"[-_.]+", "-", purl.name)
            found.add(purl._replace(name=name).to_string())
    return found


def _edges(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Edges between components by normal name; the root is left out."""
    names = {
        component["bom-ref"]: package_url.canonical(component["name"])
        for component in document["components"]
    }
    return {
        (names[entry["ref"]], names[target])
        for entry in document["dependencies"]
        if entry["ref"] in names
        for target in entry.get("dependsOn", ())
    }


def test_same_purls_and_edges_as_cyclonedx_py(
    tmp_path: Path, install: Install, collect: Collect
) -> None:
    """On an environment where every installed extra was asked for, nothing differs."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True, timeout=60
    )
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    install("Flask_App", "1!2.0+local", "Requires-Dist: web-frame.work[Fast]>=1", site=site)
    install(
        "web-frame.work",
        "1.0rc1",
        'Requires-Dist: speed_up ; extra == "fast"',
        "Requires-Dist: templates (>=2)",
        'Requires-Dist: not-here ; python_version < "3"',
        'Requires-Dist: web-frame.work[fast] ; extra == "all"',
        site=site,
    )
    install("speed-up", "0.1", site=site)
    install("Templates", "2004d", "Requires-Dist: speed_up", site=site)
    install(
        "from-git",
        "1.0",
        direct_url_json=json.dumps(
            {
                "url": "https://example.com/x.git",
                "vcs_info": {"vcs": "git", "commit_id": "0" * 40},
            }
        ),
        site=site,
    )
    install("from-disk", "1.0", direct_url_json='{"url": "file:///x", "dir_info": {}}', site=site)
    ours, theirs = collect(options={"python": str(tmp_path / "venv")}), _oracle(tmp_path / "venv")
    assert 5 == len(_purls(ours))
    assert _purls(theirs) == _purls(ours)
    assert 4 == len(_edges(ours))
    assert _edges(theirs) == _edges(ours)


@pytest.mark.slow
def test_same_as_cyclonedx_py_on_the_running_environment(collect: Collect) -> None:
    """On a real one: same purls; the edges that only cyclonedx-py has do not apply.

    It draws an edge for every Requires-Dist whose package happens to be installed, whatever
    its marker and extra say. Each such edge is checked here with packaging alone.
    """
    document, theirs = collect(options={"python": sys.executable}), _oracle(sys.executable)
    assert _purls(theirs) == _purls(document)
    ours = _edges(document)
    assert len(ours) > 30
    assert not ours - _edges(theirs)
    extras: dict[str, set[str]] = {}
    for component in document["components"]:
        extras[package_url.canonical(component["name"])] = {
            item["value"]
            for item in component.get("properties", ())
            if "cdx:python:package:required-extra" == item["name"]
        }
    from importlib.metadata import distribution

    for source, target in _edges(theirs) - ours:
        for line in distribution(source).requires or ():
            requirement = Requirement(line)
            if package_url.canonical(requirement.name) == target:
                assert requirement.marker is not None, f"{source} needs {line}"
                assert not any(
                    requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras[source])
                ), f"{source} needs {line}"


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        ({}, ["--no-dev"]),
        ({"extras": ["docs"]}, ["--no-dev", "-E", "docs"]),
        ({"groups": ["dev"]}, ["--with", "dev"]),
    ],
)
def test_poetry_lock_is_read_as_cyclonedx_py_reads_it(
    options: dict[str, Any], flags: list[str], poetry: Path, collect: Collect
) -> None:
    """Same package URLs and edges, for the same extras and groups."""
    answer = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "poetry", "--no-validate", *flags, poetry.parent],
        capture_output=True,
        timeout=60,
        check=True,
    )
    theirs, ours = json.loads(answer.stdout), collect(poetry, options=options)
    assert len(_purls(ours)) > 2
    assert _purls(theirs) == _purls(ours)
    assert _edges(theirs) == _edges(ours)


@given(
    name=st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?", fullmatch=True),
    version=st.from_regex(r"[!-~]{1,20}", fullmatch=True),
)
@example(name="A__b", version="1!2.0+cpu")
def test_package_url_is_the_librarys(name: str, version: str) -> None:
    """Quoting and normal form agree with packageurl, apart from runs of separators."""
    ours = PackageURL.from_string(package_url.pypi(name, version))
    assert PackageURL("pypi", None, package_url.canonical(name), version) == ours
    assert ours.to_string() == package_url.pypi(name, version)


def test_package_url_with_qualifiers_is_the_librarys() -> None:
    """Qualifiers are written as packageurl writes them."""
    value = "git+https://example.com/a b.git@0:1?x=1&y=%2F#f"
    theirs = PackageURL("pypi", None, "a", "1", {"vcs_url": value, "download_url": "https://x"})
    ours = package_url.pypi(
        "a", "1", qualifiers=(("vcs_url", value), ("download_url", "https://x"))
    )
    assert theirs.to_string() == ours


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from("ab:/?#[]@%2F é\ue000|^\\<\n1.-_~!$&'()*+,;=")) | st.text(max_size=6)
)
@example("https://example.com/a?b#c")
@example("https://[::1]:80/")
@example("a b")
@example("%zz")
@example("//[x]/")
@example("x://a[b]/")
@example("#a#b")
@example("1a:b")
@example("a:b:c")
@example(":")
@example("a/b:c")
@example("?\ue000")
@example("\ue000")
def test_iri_check_agrees_with_the_grammar(text: str) -> None:
    """Our quick pattern and the full RFC 3987 grammar agree.

    Not asked about brackets and characters beyond U+FFFF: RFC 3987 allows `[::1]` and
    U+10000, and the grammar's implementation refuses them.
    """
    from rfc3987_syntax import is_valid_syntax  # type: ignore[import-untyped]

    if "[" not in text and max(text, default="") <= "\uffff":
        assert is_valid_syntax("iri_reference", text) == schema_check.is_iri_reference(text)
