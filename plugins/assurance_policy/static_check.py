"""What can be known to be wrong with a policy without running it, each with file:line:column.

The engine's parser (in a worker process: a parser in native code may crash) gives each module's
syntax tree; this module looks for what would otherwise come out only when the right evidence
comes along, or never:

1. syntax errors, imports other than `rego.v1` and `data.…`;
2. a check without `applies`, `evaluated` or `findings`, or with a default that answers for one of
   them where it is undefined;
3. unknown functions, banned ones, wrong number of arguments;
4. variables that nothing can bind, names of helpers, data and input that do not exist: an
   undefined reference would make a rule silent, and a silent rule finds nothing. The keys of
   `OPTIONAL_DATA` may be left out; then a key that is nearly one of them is an error;
5. `with` outside tests, which would let a check judge made-up input.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import PolicyFileError
from assurance_policy.regorus_worker import RegorusWorker
from assurance_policy.rules import RULES
from assurance_policy.syntax_nodes import head_of, position_of, rule_name
from assurance_policy.syntax_tree import Scope, TreeCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance_policy.load import Loaded, Module

TIMEOUT_SECONDS: Final = 20.0
OPTIONAL_DATA: Final = frozenset({"checklist", "qa", "release", "security"})
"""Data keys that policies may read where they are there: the readiness checklist, and what the
built-in policies take limits from; each has defaults."""


def problems(loaded: Loaded) -> list[PolicyFileError]:
    """Return every problem of the modules and tests in `loaded`, by file and place.

    Raises:
        PolicyEngineError: the worker process cannot be started.
    """
    modules = [*loaded.modules.values(), *loaded.tests]
    found: list[PolicyFileError] = []
    trees: list[tuple[Module, dict[str, Any]]] = []
    for module, answer in zip(modules, _parse(modules), strict=True):
        if "error" in answer:
            found.append(_engine_error(module, answer["error"]))
        else:
            trees.append((module, answer["value"]))
    broken = {module.package for module in modules} - {module.package for module, _ in trees}
    scope = Scope(data_keys=OPTIONAL_DATA.union(loaded.data_keys), unknown=frozenset(broken))
    for module, tree in trees:
        scope.add(module.package, tree)
    for module, tree in trees:
        check = TreeCheck(
            scope=scope,
            package=module.package,
            file=str(module.file),
            source=module.content,
            is_test=module in loaded.tests,
        )
        found += check.problems(tree)
        if not module.is_helper and module not in loaded.tests:
            found += _entry_points(module, scope)
            found += _defaults(module, tree)
    found += _misspelt_data(loaded, scope)
    if not found:
        found += _compile(modules)
    return sorted(found, key=_place)


def _misspelt_data(loaded: Loaded, scope: Scope) -> list[PolicyFileError]:
    """Return the keys of data files that nobody reads and that are nearly an optional one."""
    found = []
    for key, file in loaded.data_keys.items():
        near = difflib.get_close_matches(key, OPTIONAL_DATA, 1, 0.7)
        if near and key not in OPTIONAL_DATA and key not in scope.data_read:
            found.append(
                PolicyFileError(
                    f"no policy reads the data key `{key}`, did you mean `{near[0]}`?",
                    remedy="correct the key, or take it out",
                    where=str(file),
                )
            )
    return found


def _place(problem: PolicyFileError) -> tuple[str, ...]:
    file, *numbers = (problem.where or "").rsplit(":", 2)
    return (file, *(number.zfill(8) for number in numbers))


def _entry_points(module: Module, scope: Scope) -> list[PolicyFileError]:
    return [
        PolicyFileError(
            f"the check has no rule `{rule}`",
            remedy=f"add `{rule}` (see docs/plugins/policy.md)",
            where=f"{module.file}:{module.line}:1",
        )
        for rule in RULES
        if rule not in scope.rules(module.package)
    ]


def _defaults(module: Module, tree: dict[str, Any]) -> list[PolicyFileError]:
    """Return the defaults by which a check would pass, or not apply, when nothing could be said."""
    found = []
    for rule in tree.get("rules", []):
        name = rule_name(rule)
        if "Default" not in rule or name not in RULES:
            continue
        head = head_of(rule)
        value = head.get("value", {}).get("Bool", {}).get("value")
        if value is (name == "applies"):
            continue
        line, column = position_of(head.get("span"))
        found.append(
            PolicyFileError(
                f"a default of `{name}` would answer where the rule is undefined, which must read "
                "as INDETERMINATE",
                remedy="take it out",
                where=f"{module.file}:{line}:{column}",
            )
        )
    return found


def _parse(modules: Sequence[Module]) -> list[dict[str, Any]]:
    """Return each module's tree or error; one that ends the parser costs the others nothing."""
    answers: list[dict[str, Any]] = []
    while len(answers) < len(modules):
        rest = modules[len(answers) :]
        got = _ask(rest, [])
        answers += got.values
        if len(got.values) < len(rest):
            answers.append({"error": got.problem or "the parser gave no answer"})
    return answers


def _compile(modules: Sequence[Module]) -> list[PolicyFileError]:
    """Return what the engine itself says against the modules as a whole."""
    query = "true"
    got = _ask(modules, [query])
    error = got.values[0].get("error") if got.values else got.problem
    if error is None and got.problem is None:
        return []
    said = str(error or got.problem)
    for module in modules:
        if said.startswith(f"{module.path}:"):
            return [_engine_error(module, said)]
    return [
        PolicyFileError(
            f"the policy engine does not take the policies: {said}",
            remedy="take out the file that was changed last",
        )
    ]


def _ask(modules: Sequence[Module], queries: list[str]) -> Any:
    worker = RegorusWorker()
    try:
        return worker.ask(
            [(module.path, module.content) for module in modules],
            [],
            queries,
            None,
            timeout_seconds=TIMEOUT_SECONDS,
        )
    finally:
        worker.close()


def _engine_error(module: Module, said: str) -> PolicyFileError:
    """Return the engine's message at its place in the file."""
    where = str(module.file)
    prefix = f"{module.path}:"
    if said.startswith(prefix):
        place, _, said = said[len(prefix) :].partition(": ")
        where = f"{where}:{place}"
    else:
        where = f"{where}:1:1"
    return PolicyFileError(said, remedy="correct the policy", where=where)
