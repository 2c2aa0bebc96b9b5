"""jsonschema without its slow grammar: loaded at the first IRI, and not before."""

from __future__ import annotations

import subprocess
import sys
import textwrap

LOADED = """
    import sys
    from {module} import Draft202012Validator
    assert "rfc3987_syntax" not in sys.modules, "loaded or left there"
    assert "lark" not in sys.modules, "the grammar is built"
    schema = {{"format": "iri"}}
    checks = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert checks.is_valid(7)
    assert checks.is_valid("https://räksmörgås.example/")
    assert not checks.is_valid("no IRI"), "the format goes unchecked"
    assert "lark" in sys.modules
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in an interpreter that has imported nothing yet."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_grammar_is_built_for_the_first_iri() -> None:
    """What asks for no IRI does not wait for the grammar; what asks is answered."""
    done = python(LOADED.format(module="assurance.schema_validator"))
    assert "" == done.stderr


def test_the_test_bites() -> None:
    """Imported as it stands, jsonschema builds the grammar at once."""
    done = python(LOADED.format(module="jsonschema"))
    assert "AssertionError: loaded or left there" in done.stderr


def test_sboms_are_validated_without_the_grammar() -> None:
    """The library's validator imports jsonschema as well, and brings IRIs of its own."""
    done = python("""
        import sys
        from assurance_sbom import schema_check
        reference = {"type": "website", "url": "https://räksmörgås.example/"}
        part = {"type": "library", "name": "a", "externalReferences": [reference]}
        document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [part]}
        schema_check.check(document, where="here")
        assert "jsonschema" in sys.modules, "proves nothing"
        assert "lark" not in sys.modules, "the grammar is built"
    """)
    assert "" == done.stderr
