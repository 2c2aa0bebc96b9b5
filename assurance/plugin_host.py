"""Loads exactly the plugins that were named, and asks each for its providers, one by one.

Rules, in order: a plugin is found by entry-point name *and* distribution; a second
distribution that claims the name is an error, whichever was meant; one that does not import,
or implements a hook that does not exist, is an error; a provider's name may be taken once.
Nothing is ever skipped: a gate that quietly runs with less is worse than one that stops.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pluggy

from assurance import hooks
from assurance.entry_points import OWN_DISTRIBUTION, PLUGINS, normalise
from assurance.errors import AssuranceError, PluginError
from assurance.plugin_digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from assurance.interfaces import (
        AppendAuthenticator,
        AuditEvent,
        Collector,
        Log,
        PolicyEngine,
        PolicyPack,
        PredicateType,
        Renderer,
        SignerProvider,
    )

_WORD: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PluginName:
    """What the settings call a plugin."""

    name: str
    """Entry-point name in the group `assurance`."""
    distribution: str = OWN_DISTRIBUTION
    """In any spelling; compared in its PEP 503 form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One loaded plugin."""

    name: str
    distribution: str
    """Normalised (PEP 503)."""
    version: str
    digest: str
    """SHA-256 (hex) over the distribution's RECORD, or over the source files where the
    plugin does not run from what RECORD lists (editable installs)."""
    module: Any = field(compare=False, repr=False)

    def error(self, problem: str, *, remedy: str) -> PluginError:
        """Return an error that names this plugin, its distribution and version."""
        return _error(self.name, f"{self.distribution} {self.version}", problem, remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginHost:
    """The loaded plugins. Every provider is asked for once, on first use."""

    plugins: tuple[Plugin, ...]
    """In the order of their names."""
    _manager: pluggy.PluginManager = field(repr=False, compare=False)
    _asked: dict[str, dict[str, tuple[Plugin, Any]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def load(cls, named: Iterable[PluginName]) -> PluginHost:
        """Load exactly the plugins that are named; naming one twice is the same as once.

        Raises:
            PluginError: unknown name, two claims to one name, a failing import, a hook that
                does not exist or takes other arguments.
        """
        wanted = sorted(
            {PluginName(name=it.name, distribution=normalise(it.distribution)) for it in named}
        )
        manager = pluggy.PluginManager(hooks.PROJECT)
        manager.add_hookspecs(hooks)
        installed = available()
        plugins = tuple(_load(name, installed, manager) for name in wanted)
        return cls(plugins=plugins, _manager=manager)

    def collectors(self) -> Mapping[str, tuple[Plugin, Collector]]:
        """Return the collectors by name.

        Raises:
            PluginError: a plugin fails, gives something else, or two give one name.
        """
        return self._providers("assurance_collectors", "collector", _collector_name)

    def signers(self) -> Mapping[str, tuple[Plugin, SignerProvider]]:
        """Return the signer providers by URI scheme; raises as `collectors` does."""
        return self._providers("assurance_signers", "signer", _named("scheme", "open"))

    def policy_engines(self) -> Mapping[str, tuple[Plugin, PolicyEngine]]:
        """Return the policy engines by name; raises as `collectors` does."""
        name_of = _named("name", "evaluate")
        return self._providers("assurance_policy_engines", "policy engine", name_of)

    def policy_packs(self) -> Mapping[str, tuple[Plugin, PolicyPack]]:
        """Return the policy packs by name; raises as `collectors` does."""
        return self._providers("assurance_policy_packs", "policy pack", _pack_name)

    def logs(self) -> Mapping[str, tuple[Plugin, Log]]:
        """Return the transparency log clients by URL scheme; raises as `collectors` does."""
        return self._providers("assurance_logs", "log", _named("scheme", "append"))

    def append_authenticators(self) -> Mapping[str, tuple[Plugin, AppendAuthenticator]]:
        """Return a log server's authenticators by name; raises as `collectors` does."""
        name_of = _named("name", "authenticate")
        return self._providers("assurance_append_authenticators", "authenticator", name_of)

    def renderers(self) -> Mapping[str, tuple[Plugin, Renderer]]:
        """Return the report renderers by name; raises as `collectors` does."""
        return self._providers("assurance_renderers", "renderer", _named("name", "render"))

    def predicates(self) -> Mapping[str, tuple[Plugin, PredicateType]]:
        """Return the plugins' predicate types by URI; raises as `collectors` does."""
        return self._providers("assurance_predicates", "predicate type", _predicate_name)

    def audit(self, event: AuditEvent) -> tuple[PluginError, ...]:
        """Tell every plugin that listens about `event`; return what failed, raise nothing."""
        failed = []
        for plugin, function in self._implementations("assurance_audit_event"):
            try:
                with _guard(plugin, "assurance_audit_event"):
                    function(event)
            except PluginError as err:
                failed.append(err)
        return tuple(failed)

    def _implementations(self, hook: str) -> Iterator[tuple[Plugin, Callable[..., Any]]]:
        """Yield each plugin's implementation of `hook`, in the order of the plugins."""
        implementations = getattr(self._manager.hook, hook).get_hookimpls()
        for plugin in self.plugins:
            for implementation in implementations:
                if implementation.plugin is plugin.module:
                    yield plugin, implementation.function

    def _providers(
        self, hook: str, what: str, name_of: Callable[[Any], str]
    ) -> dict[str, tuple[Plugin, Any]]:
        if hook not in self._asked:
            self._asked[hook] = self._ask(hook, what, name_of)
        return self._asked[hook]

    def _ask(
        self, hook: str, what: str, name_of: Callable[[Any], str]
    ) -> dict[str, tuple[Plugin, Any]]:
        found: dict[str, tuple[Plugin, Any]] = {}
        for plugin, function in self._implementations(hook):
            with _guard(plugin, hook):
                providers = list(function())
                named = [(name_of(provider), provider) for provider in providers]
            for name, provider in named:
                if name in found:
                    other = found[name][0]
                    raise plugin.error(
                        f"its {what} `{name}` has the name of one of plugin `{other.name}` "
                        f"({other.distribution} {other.version})",
                        remedy="take one of the two plugins out of the settings",
                    )
                found[name] = (plugin, provider)
        return dict(sorted(found.items()))


def available() -> tuple[metadata.EntryPoint, ...]:
    """Return the entry points of all installed plugins, sorted; imports none of them.

    A distribution that stands twice on `sys.path` counts once, the first one: that is the
    one whose modules would be imported.
    """
    return tuple(
        sorted(metadata.entry_points(group=PLUGINS), key=lambda it: (it.name, distribution_of(it)))
    )


def distribution_of(entry_point: metadata.EntryPoint) -> str:
    """Return the normalised name of the distribution that declares `entry_point`."""
    return normalise(entry_point.dist.name) if entry_point.dist else ""


def _load(
    wanted: PluginName, installed: tuple[metadata.EntryPoint, ...], manager: pluggy.PluginManager
) -> Plugin:
    entry_point = _choose(wanted, installed)
    distribution = entry_point.dist
    version = distribution.version if distribution else ""
    maker = f"{wanted.distribution} {version}"
    try:
        with contextlib.redirect_stdout(sys.stderr):
            module = entry_point.load()
    except (Exception, SystemExit) as err:
        raise _error(
            wanted.name,
            maker,
            f"does not import: {_told(err)}",
            f"run `python -c 'import {entry_point.module}'` to see why, "
            f"or reinstall {wanted.distribution}",
        ) from err
    plugin = Plugin(
        name=wanted.name,
        distribution=wanted.distribution,
        version=version,
        digest=digest_of(distribution, entry_point.module),
        module=module,
    )
    remedy = "ask its maker for a version that fits; docs/hooks.md lists the hooks"
    try:
        manager.register(module, name=f"{wanted.distribution}:{wanted.name}")
        manager.check_pending()
    except Exception as err:
        raise plugin.error(f"does not fit the hooks: {_told(err)}", remedy=remedy) from err
    for caller in manager.get_hookcallers(module) or ():
        if any(
            it.plugin is module and (it.wrapper or it.hookwrapper) for it in caller.get_hookimpls()
        ):
            problem = f"wraps the hook `{caller.name}`; hooks only register providers"
            raise plugin.error(problem, remedy=remedy)
    return plugin


def _choose(wanted: PluginName, installed: tuple[metadata.EntryPoint, ...]) -> metadata.EntryPoint:
    """Return the one entry point that is meant.

    Raises:
        PluginError: none, or more than one claim to the name.
    """
    claims = [it for it in installed if it.name == wanted.name]
    matching = [it for it in claims if distribution_of(it) == wanted.distribution]
    if not matching:
        raise _unknown(wanted, claims, installed)
    if len(claims) > 1:
        makers = " and ".join(
            f"{distribution_of(it)} {it.dist.version if it.dist else ''} (`{it.value}`)"
            for it in claims
        )
        raise _error(
            wanted.name,
            wanted.distribution,
            f"the name is claimed more than once: by {makers}",
            "uninstall all but one of them",
        )
    return matching[0]


def _unknown(
    wanted: PluginName,
    claims: list[metadata.EntryPoint],
    installed: tuple[metadata.EntryPoint, ...],
) -> PluginError:
    if claims:
        other = distribution_of(claims[0])
        problem = f"distribution {wanted.distribution} has none; {other} has one"
        return _error(
            wanted.name,
            wanted.distribution,
            problem,
            f'say `distribution = "{other}"` if it is meant; `{wanted.name}@{other}` to --plugin',
        )
    near = difflib.get_close_matches(wanted.name, [it.name for it in installed], n=1)
    problem = "no plugin of that name is installed"
    if near:
        problem += f"; did you mean `{near[0]}`?"
    remedy = "run `assurance plugins --available`"
    if wanted.distribution != OWN_DISTRIBUTION:
        remedy += f", or install {wanted.distribution}"
    return _error(wanted.name, wanted.distribution, problem, remedy)


@contextlib.contextmanager
def _guard(plugin: Plugin, hook: str) -> Iterator[None]:
    """Turn whatever a plugin raises into a PluginError, and its prints away from stdout."""
    remedy = "report it to its maker, or take it out of the settings"
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (Exception, SystemExit) as err:
        raise plugin.error(f"`{hook}` failed: {_told(err)}", remedy=remedy) from err


def _told(err: BaseException) -> str:
    if isinstance(err, AssuranceError):
        return err.problem
    text = " ".join(str(err).split())
    return f"{type(err).__name__}: {text}" if text else type(err).__name__


def _error(name: str, maker: str, problem: str, remedy: str) -> PluginError:
    error = PluginError(f"plugin `{name}` of {maker}: {problem}", remedy=remedy)
    error.plugin = name
    return error


def _named(attribute: str, method: str) -> Callable[[Any], str]:
    """Return a function that checks a provider and gives its name."""

    def name_of(provider: Any) -> str:
        name = getattr(provider, attribute, None)
        if not isinstance(name, str) or not name:
            message = f"{provider!r:.80} has no text `{attribute}`"
            raise TypeError(message)
        if not callable(getattr(provider, method, None)):
            message = f"`{name}` has no method `{method}`"
            raise TypeError(message)
        return name

    return name_of


def _collector_name(collector: Any) -> str:
    name = _named("name", "collect")(collector)
    _named("name", "self_test")(collector)
    if not _WORD.fullmatch(name):
        message = f"collector name {name!r:.80} is not kebab-case"
        raise TypeError(message)
    types = getattr(collector, "predicate_types", None)
    if (
        not isinstance(types, tuple)
        or not types
        or not all(isinstance(it, str) and _URI.fullmatch(it) for it in types)
    ):
        message = f"collector `{name}`: `predicate_types` is not a tuple of absolute URIs"
        raise TypeError(message)
    if not hasattr(getattr(collector, "options_schema", None), "items"):
        message = f"collector `{name}`: `options_schema` is not a JSON Schema object"
        raise TypeError(message)
    return name


def _pack_name(pack: Any) -> str:
    name = _named("name", "__hash__")(pack)
    folder = getattr(pack, "folder", None)
    if not isinstance(folder, Path) or not folder.is_dir():
        message = f"policy pack `{name}`: {str(folder)!r:.200} is not a folder"
        raise TypeError(message)
    return name


def _predicate_name(predicate: Any) -> str:
    uri = getattr(predicate, "uri", None)
    if not isinstance(uri, str) or not _URI.fullmatch(uri):
        message = f"predicate type {uri!r:.80} is not an absolute URI"
        raise TypeError(message)
    if not hasattr(getattr(predicate, "schema", None), "items"):
        message = f"predicate type `{uri}`: `schema` is not a JSON Schema object"
        raise TypeError(message)
    return uri


_Provider = TypeVar("_Provider")


def offered(providers: Mapping[str, tuple[Plugin, _Provider]]) -> dict[str, _Provider]:
    """Return providers by name, without the plugins that they come from."""
    return {name: provider for name, (_, provider) in providers.items()}
