"""The plugin host: exactly what is named, one by one, and every fault by its name."""

from __future__ import annotations

import importlib
import re
import sys
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from assurance.errors import PluginError
from assurance.interfaces import AuditEvent
from assurance.plugin_host import PluginHost, PluginName, available, distribution_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[..., Path]

COLLECTOR = """
from assurance import hookimpl

class Collector:
    name = "{name}"
    predicate_types = ("https://acme.example/x/v1",)
    options_schema = {{"type": "object"}}
    def collect(self, context): return ()
    def self_test(self, context): return None

@hookimpl
def assurance_collectors():
    return [Collector()]
"""


def load(*names: str, distribution: str = "acme-one") -> PluginHost:
    """Load plugins of one distribution."""
    return PluginHost.load([PluginName(name=it, distribution=distribution) for it in names])


def refusal(*names: str, distribution: str = "acme-one") -> PluginError:
    """Return the error that loading and asking for collectors ends in."""
    with pytest.raises(PluginError) as caught:
        load(*names, distribution=distribution).collectors()
    assert caught.value.remedy
    assert 2 == caught.value.exit_code
    return caught.value


def test_loads_exactly_what_is_named(install: Install) -> None:
    """A plugin that is installed and not named is not even imported."""
    install(
        "acme-one",
        {"acme_a": COLLECTOR.format(name="a"), "acme_b": "raise RuntimeError('imported')"},
        "[assurance]\na = acme_a\nb = acme_b\n",
    )
    host = load("a")
    assert ["a"] == [it.name for it in host.plugins]
    assert ["a"] == list(host.collectors())
    assert "acme_b" not in sys.modules


@pytest.mark.parametrize("spelling", ["acme-one", "Acme_One", "ACME.one", "acme--one"])
def test_distribution_in_any_spelling(install: Install, spelling: str) -> None:
    """Distribution names are compared in their normal form (PEP 503)."""
    install("Acme.One", {"acme_a": COLLECTOR.format(name="a")}, "[assurance]\na = acme_a\n")
    (plugin,) = load("a", distribution=spelling).plugins
    assert ("acme-one", "1.2") == (plugin.distribution, plugin.version)


def test_naming_a_plugin_twice_is_naming_it_once(install: Install) -> None:
    """Two collectors of one plugin name it twice, in two spellings perhaps."""
    install("acme-one", {"acme_a": COLLECTOR.format(name="a")}, "[assurance]\na = acme_a\n")
    names = [PluginName(name="a", distribution=it) for it in ("acme-one", "Acme.One")]
    assert 1 == len(PluginHost.load(names).plugins)


def test_two_distributions_claim_one_name(install: Install) -> None:
    """Pluggy would let the first one win in silence."""
    for name in ("acme-one", "acme-two"):
        module = name.replace("-", "_")
        install(name, {module: COLLECTOR.format(name="a")}, f"[assurance]\na = {module}\n")
    error = refusal("a")
    assert "acme-one 1.2 (`acme_one`) and acme-two 1.2 (`acme_two`)" in error.problem
    assert "uninstall" in error.remedy


def test_one_distribution_claims_a_name_twice(install: Install) -> None:
    """Even one distribution cannot have two plugins of a name."""
    text = COLLECTOR.format(name="a")
    install("acme-one", {"acme_a": text, "acme_b": text}, "[assurance]\na = acme_a\na = acme_b\n")
    assert "claimed more than once" in refusal("a").problem


def test_unknown_name_with_the_nearest() -> None:
    """A typo is answered with what is meant, and where to look."""
    error = refusal("vulnerabilites", distribution="release-assurance")
    assert (
        "plugin `vulnerabilites` of release-assurance: no plugin of that name is installed; "
        "did you mean `vulnerabilities`?" == error.problem
    )
    assert "assurance plugins --available" in error.remedy


def test_name_of_another_distribution(install: Install) -> None:
    """A plugin of somebody else's is named together with its distribution, or not at all."""
    install("acme-one", {"acme_a": COLLECTOR.format(name="a")}, "[assurance]\na = acme_a\n")
    error = refusal("a", distribution="release-assurance")
    assert "release-assurance has none; acme-one has one" in error.problem
    assert "`a@acme-one`" in error.remedy, "as the command line takes it"
    assert '`distribution = "acme-one"`' in error.remedy


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import acme_is_not_there", "does not import: ModuleNotFoundError: No module named"),
        ("raise SystemExit(0)", "does not import: SystemExit: 0"),
        ("1 /", "does not import: SyntaxError"),
        (
            "from assurance import hookimpl\n@hookimpl\ndef assurance_colectors(): return []",
            "does not fit the hooks: .*assurance_colectors",
        ),
        (
            "from assurance import hookimpl\n@hookimpl\ndef assurance_collectors(root): return []",
            "does not fit the hooks: .*root",
        ),
        (
            (
                "from assurance import hookimpl\n@hookimpl(wrapper=True)\n"
                "def assurance_collectors():\n    return (yield)"
            ),
            "wraps the hook `assurance_collectors`",
        ),
        (
            (
                "from assurance import hookimpl\n@hookimpl\n"
                "def assurance_collectors(): raise OSError('no room')"
            ),
            "`assurance_collectors` failed: OSError: no room",
        ),
        (
            "from assurance import hookimpl\n@hookimpl\ndef assurance_collectors(): pass",
            "`assurance_collectors` failed: TypeError: 'NoneType' object is not iterable",
        ),
        (
            "from assurance import hookimpl\n@hookimpl\ndef assurance_collectors(): return [3]",
            "3 has no text `name`",
        ),
        (
            COLLECTOR.format(name="a").replace("def self_test", "def selftest"),
            "`a` has no method `self_test`",
        ),
        (COLLECTOR.format(name="A b"), "collector name 'A b' is not kebab-case"),
        (
            COLLECTOR.format(name="a").replace('("https://acme.example/x/v1",)', "()"),
            "`predicate_types` is not a tuple of absolute URIs",
        ),
        (
            COLLECTOR.format(name="a").replace("https://acme.example/x/v1", "x"),
            "`predicate_types` is not a tuple of absolute URIs",
        ),
        (
            COLLECTOR.format(name="a").replace('{"type": "object"}', "None"),
            "`options_schema` is not a JSON Schema object",
        ),
    ],
)
def test_a_plugin_that_does_not_fit(install: Install, text: str, reason: str) -> None:
    """Each fault names the plugin, its distribution and version, and the reason."""
    install("acme-one", {"acme_a": text}, "[assurance]\na = acme_a\n")
    error = refusal("a")
    assert error.problem.startswith("plugin `a` of acme-one 1.2: ")
    assert re.search(reason, error.problem)


def test_attribute_that_is_not_there(install: Install) -> None:
    """An entry point may name an object of a module; it must be there."""
    install("acme-one", {"acme_a": "x = 1"}, "[assurance]\na = acme_a:Plugin\n")
    assert "AttributeError" in refusal("a").problem


def test_one_provider_name_twice(install: Install) -> None:
    """Two plugins that give one name: neither wins."""
    install(
        "acme-one",
        {"acme_a": COLLECTOR.format(name="same"), "acme_b": COLLECTOR.format(name="same")},
        "[assurance]\na = acme_a\nb = acme_b\n",
    )
    error = refusal("a", "b")
    assert (
        "plugin `b` of acme-one 1.2: its collector `same` has the name of one of plugin `a` "
        "(acme-one 1.2)" == error.problem
    )


@pytest.mark.parametrize(
    ("hook", "value", "reason"),
    [
        ("signers", "object()", "has no text `scheme`"),
        ("policy_engines", "object()", "has no text `name`"),
        ("policy_packs", "PolicyPack(name='p', folder=Path('/nowhere'))", "is not a folder"),
        ("logs", "object()", "has no text `scheme`"),
        ("renderers", "object()", "has no text `name`"),
        ("predicates", "PredicateType(uri='x', name='x', schema={})", "is not an absolute URI"),
        ("predicates", "PredicateType(uri='u:x', name='x', schema=[])", "is not a JSON Schema"),
    ],
)
def test_every_kind_of_provider_is_checked(
    install: Install, hook: str, value: str, reason: str
) -> None:
    """What a plugin gives has the shape of its interface, whichever hook it is."""
    text = (
        "from pathlib import Path\nfrom assurance import PolicyPack, PredicateType, hookimpl\n"
        f"@hookimpl\ndef assurance_{hook}(): return [{value}]\n"
    )
    install("acme-one", {"acme_a": text}, "[assurance]\na = acme_a\n")
    with pytest.raises(PluginError, match=f"plugin `a` of acme-one 1.2: .*{reason}"):
        getattr(load("a"), hook)()


def test_own_plugins_go_the_same_way() -> None:
    """The built-in providers come through the entry points, as anybody's do."""
    host = load("policy", "report", "signing", "tests", distribution="release-assurance")
    assert {"regorus"} <= set(host.policy_engines())
    assert {"file"} <= set(host.signers())
    assert {"json", "markdown", "text"} <= set(host.renderers())
    assert {"tests"} == set(host.collectors())
    assert host.policy_packs()
    assert {} == host.logs()


def test_a_plugin_cannot_print_into_the_result(
    install: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    """Standard output carries the result: what a plugin prints while loading goes to stderr."""
    text = COLLECTOR.format(name="a").replace("return [", "print('asked'); return [")
    install("acme-one", {"acme_a": "print('imported')" + text}, "[assurance]\na = acme_a\n")
    load("a").collectors()
    assert ("", "imported\nasked\n") == capfd.readouterr()


def test_digest_is_that_of_record(install: Install) -> None:
    """An installed plugin is identified by its RECORD, which has the hash of each file."""
    folder = install(
        "acme-one", {"acme_a": COLLECTOR.format(name="a")}, "[assurance]\na = acme_a\n"
    )
    (plugin,) = load("a").plugins
    record = (folder / "acme_one-1.2.dist-info" / "RECORD").read_bytes()
    assert sha256(record).hexdigest() == plugin.digest


def test_digest_without_record_is_that_of_the_sources(install: Install) -> None:
    """Without RECORD every source file of the package counts, and nothing else."""
    modules = {"acme_p.__init__": "", "acme_p.plugin": COLLECTOR.format(name="a"), "acme_p.b": "1"}
    folder = install("acme-one", modules, "[assurance]\na = acme_p.plugin\n", record=False)
    lines = "".join(
        f"{sha256((folder / 'acme_p' / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("__init__.py", "b.py", "plugin.py")
    )
    assert sha256(lines.encode()).hexdigest() == load("a").plugins[0].digest
    (folder / "acme_p" / "b.py").write_text("2")
    assert sha256(lines.encode()).hexdigest() != load("a").plugins[0].digest


def test_digest_is_of_what_was_really_imported(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module of the same name that comes first on `sys.path` is not what RECORD speaks of."""
    install("acme-one", {"acme_a": COLLECTOR.format(name="a")}, "[assurance]\na = acme_a\n")
    other = tmp_path / "other"
    other.mkdir()
    text = COLLECTOR.format(name="b")
    (other / "acme_a.py").write_text(text)
    monkeypatch.setattr(sys, "path", [str(other), *sys.path])
    importlib.invalidate_caches()
    line = f"{sha256(text.encode()).hexdigest()}  acme_a.py\n"
    assert sha256(line.encode()).hexdigest() == load("a").plugins[0].digest


def test_available_imports_nothing(install: Install) -> None:
    """Every installed plugin can be listed, a broken one too."""
    install("acme-one", {"acme_a": "raise RuntimeError"}, "[assurance]\na = acme_a\n")
    assert ("a", "acme-one") in {(it.name, distribution_of(it)) for it in available()}
    assert "acme_a" not in sys.modules


def test_audit_events_reach_everyone(install: Install, tmp_path: Path) -> None:
    """An event goes to each listener; one that fails is told of and stops nobody."""
    text = "from assurance import hookimpl\n@hookimpl\ndef assurance_audit_event(event):\n    "
    install(
        "acme-one",
        {
            "acme_a": text + "raise OSError('disk full')",
            "acme_b": text
            + f"__import__('pathlib').Path({str(tmp_path / 'log')!r}).write_text(event.action)",
        },
        "[assurance]\na = acme_a\nb = acme_b\n",
    )
    (failed,) = load("a", "b").audit(AuditEvent(at=datetime.now(UTC), action="key.generate"))
    assert "plugin `a` of acme-one 1.2: `assurance_audit_event` failed: OSError" in failed.problem
    assert "key.generate" == (tmp_path / "log").read_text()
