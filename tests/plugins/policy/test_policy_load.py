"""Reading folders of policies: what is in the set, and each refusal with file and line."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from assurance import policy_set
from assurance.errors import PolicyFileError
from assurance.predicates import CYCLONEDX
from assurance_policy import checked_policies, load, metadata, packs

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance_policy.engine import RegorusEngine

NONE = "findings contains 1 if input.previous"
GOOD = "# METADATA\n# title: t\n# description: d\n# custom:\n#   severity: high\n#   weight: 3\n"
MORE = "#   owner: qa\n#   remedy: r\n"


def _checks(folder: Path) -> tuple[str, ...]:
    return tuple(check.id for check in checked_policies.load_policy_set([folder], []).checks)


def test_the_built_in_packs_load(engine: RegorusEngine) -> None:
    """Every check of the project is there, and all helpers are in the set."""
    made = engine.load([pack.folder for pack in packs.built_in()], [])
    files = [file for pack in packs.built_in() for file in pack.folder.glob("*.rego")]
    written = {
        found[1]
        for file in files
        if (found := re.search(r"^package assurance\.(\S+)$", file.read_text(), re.MULTILINE))
        and not file.name.endswith("_test.rego")
    }
    assert 17 < len(written)
    assert sorted(written) == [check.id for check in made.checks]
    assert made == policy_set.unpack(policy_set.pack(made), "set")
    assert not [path for path, _ in made.files if path.endswith("_test.rego")]


def test_both_yaml_parsers_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML has no parser in C, the checks and what is said about them are the same."""
    assert hasattr(yaml, "CSafeLoader"), "nothing is compared"
    folders = [pack.folder for pack in packs.built_in()]
    quick = load.read(folders, []).checks
    with pytest.raises(PolicyFileError) as wrong:
        metadata.read("# METADATA\n# a: 1\n#  b: 2\npackage assurance.a.b\n", 4, "f")
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert quick == load.read(folders, []).checks
    with pytest.raises(PolicyFileError) as same:
        metadata.read("# METADATA\n# a: 1\n#  b: 2\npackage assurance.a.b\n", 4, "f")
    assert (wrong.value.problem, wrong.value.where) == (same.value.problem, same.value.where)
    assert "the metadata is not YAML: mapping values are not allowed here" == wrong.value.problem


def test_development_has_no_limit_of_age(engine: RegorusEngine) -> None:
    """A first run on old data is possible; production limits what ages."""
    checks = {c.id: c for c in engine.load([p.folder for p in packs.built_in()], []).checks}
    for check in checks.values():
        assert "development" not in dict(check.max_age)
        assert "*" not in dict(check.max_age)
    limits = dict(checks["vulnerabilities.unresolved"].max_age)
    assert {"staging": 14 * 86_400, "production": 7 * 86_400} == limits
    assert 86_400 == dict(checks["tests.passed"].max_age)["production"]


def test_the_folders_name_and_nothing_above_it_is_in_the_set(
    folder: Callable[..., Path], tmp_path: Path
) -> None:
    """The policy digest is the same wherever the checkout lies; two of a name stay apart."""
    first = folder(a__one=NONE)
    other = tmp_path / "elsewhere" / "pack"
    other.mkdir(parents=True)
    text = (first / "a__one.rego").read_text()
    (other / "x.rego").write_text(text.replace("assurance.a.one", "assurance.a.two"))
    paths = [path for path, _ in checked_policies.load_policy_set([first, other], []).files]
    assert ["pack-2/x.rego", "pack/a__one.rego"] == [p for p in paths if p.startswith("pack")]
    assert not [path for path in paths if str(tmp_path) in path]


def test_data_files_are_merged(
    folder: Callable[..., Path], tmp_path: Path, engine: RegorusEngine
) -> None:
    """A `data.json` of a pack and a named data file both reach the check."""
    body = 'findings contains {"a": data.limits.high, "b": data.owners.qa}'
    top = folder(a__one=body)
    (top / "data.json").write_text('{"limits": {"high": 0}}')
    extra = tmp_path / "owners.json"
    extra.write_text('{"owners": {"qa": "n.abara"}}')
    found = engine.evaluate(engine.load([top], [extra]), b"{}", timeout_seconds=20)
    assert [{"a": 0, "b": "n.abara"}] == found["a.one"].findings


def test_tests_are_not_in_the_set(folder: Callable[..., Path]) -> None:
    """`*_test.rego` never reaches a bundle."""
    top = folder(a__one=NONE)
    (top / "a_test.rego").write_text("package assurance.a.one_test\n\ntest_x := true\n")
    files = checked_policies.load_policy_set([top], []).files
    assert not [path for path, _ in files if path.endswith("_test.rego")]


def test_the_metadata_becomes_the_check(tmp_path: Path) -> None:
    """Kinds become predicate types, durations seconds, and the source is path and line."""
    top = tmp_path / "own"
    top.mkdir()
    (top / "c.rego").write_text(
        f"{GOOD}#   blocking: false\n#   waivable: false\n{MORE}#   requires: [sbom, 'https://example.com/x']\n"
        "#   max_age: {production: 12h, '*': 30d}\n#   controls: [SSDF PW.1]\n"
        f"package assurance.a.one\n\napplies := true\nevaluated := true\n{NONE}\n"
    )
    check = checked_policies.load_policy_set([top], []).checks[0]
    assert (CYCLONEDX, "https://example.com/x") == check.requires
    assert (("*", 30 * 86_400), ("production", 43_200)) == check.max_age
    assert (False, False, "own/c.rego:14") == (check.blocking, check.waivable, check.source)


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("package assurance.a.one\n", "no `# METADATA` right above", 1),
        (f"{GOOD}{MORE}\n\npackage assurance.a.one\n", "no `# METADATA` right above", 11),
        ("evaluated := true\n", "does not begin with `package`", 1),
        ("", "does not begin with `package`", 1),
        ("package example.a\n", "neither `assurance.<area>.<name>`", 1),
        ("package assurance.a\n", "neither `assurance.<area>.<name>`", 1),
        ("package assurance.a.b.c\n", "neither `assurance.<area>.<name>`", 1),
        ("package assurance.a.B\n", "neither `assurance.<area>.<name>`", 1),
        (f"{GOOD}{MORE}#   wieght: 3\npackage assurance.a.one\n", "did you mean `weight`", 9),
        (f"{GOOD}{MORE}# titel: x\npackage assurance.a.one\n", "did you mean `title`", 9),
        (f"{GOOD}#   remedy: r\npackage assurance.a.one\n", "needs `custom.owner`", 2),
        (f"{GOOD}{MORE}#   owner: x\npackage assurance.a.one\n", "`custom.owner` stands twice", 9),
        (f"{GOOD}{MORE}#   max_age: {{'*': 7}}\npackage assurance.a.one\n", "a duration such", 9),
        (f"{GOOD}{MORE}#   max_age: {{'*': 0d}}\npackage assurance.a.one\n", "a duration such", 9),
        (f"{GOOD}{MORE}#   max_age: 7d\npackage assurance.a.one\n", "an object of durations", 9),
        (f"{GOOD}{MORE}#   requires: sbom\npackage assurance.a.one\n", "a list of texts", 9),
        (f"{GOOD}{MORE}#   requires: [sbon]\npackage assurance.a.one\n", "mean `sbom`", 9),
        (f"{GOOD}{MORE}#   blocking: 'no'\npackage assurance.a.one\n", "true or false", 9),
        (f"{GOOD}{MORE}#   waivable: 'no'\npackage assurance.a.one\n", "`waivable` must be", 9),
        (f"{GOOD}{MORE}# scope: rule\npackage assurance.a.one\n", "must be `package`", 9),
        (f"{GOOD}{MORE}#   reads: [&a sbom, *a]\npackage assurance.a.one\n", "YAML aliases", 9),
        ("# METADATA\n# title: [\npackage assurance.a.one\n", "is not YAML", 2),
        ("# METADATA\n# - a\npackage assurance.a.one\n", "must be a YAML mapping", 2),
        ("# METADATA\npackage assurance.a.one\n", "must be a YAML mapping", 2),
        ("# METADATA\n# 1: a\npackage assurance.a.one\n", "is no text", 2),
        ("# METADATA\n# title: !!python/name:os.system x\npackage assurance.a.one\n", "YAML", 2),
        ("package assurance.a.one\n\x1b[2J\n", "control character", 2),
        ("package assurance.a.one\n# x\rpackage b\n", "control character", 2),
        (GOOD.replace("3", "0") + MORE + "package assurance.a.one\n", "from 1 to 100", 6),
        (GOOD.replace("3", "true") + MORE + "package assurance.a.one\n", "from 1 to 100", 6),
        (GOOD.replace("high", "huge") + MORE + "package assurance.a.one\n", "must be one of", 5),
    ],
)
def test_refused(text: str, reason: str, line: int, tmp_path: Path) -> None:
    """Each defect of a module is refused with its reason, file and line."""
    top = tmp_path / "bad"
    top.mkdir()
    (top / "bad.rego").write_text(text, newline="")
    with pytest.raises(PolicyFileError, match=reason) as caught:
        load.read([top], []).policy_set()
    assert f"{top / 'bad.rego'}:{line}" == caught.value.where


def test_a_check_has_one_file(folder: Callable[..., Path]) -> None:
    """Two files of one package are refused: which of them is the check?"""
    top = folder(a__one=NONE)
    (top / "again.rego").write_text((top / "a__one.rego").read_text())
    with pytest.raises(PolicyFileError, match=r"stands in .*a__one\.rego:9 too"):
        checked_policies.load_policy_set([top], [])


def test_a_helper_of_ours_cannot_be_replaced(folder: Callable[..., Path]) -> None:
    """A pack that brings its own `assurance.lib.evidence` would change every other check."""
    top = folder(a__one=NONE)
    (top / "lib.rego").write_text("package assurance.lib.evidence\n\nsboms := []\n")
    with pytest.raises(PolicyFileError, match=r"`assurance\.lib\.evidence` stands in"):
        checked_policies.load_policy_set([top], [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "one JSON object"),
        ("{", "not JSON"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": NaN}', "NaN"),
        ('{"assurance": {}}', "`assurance` is where policies are"),
        ('{"queries_as_one": {}}', "`queries_as_one` is where policies are"),
    ],
)
def test_bad_data_is_refused(
    text: str, reason: str, folder: Callable[..., Path], tmp_path: Path
) -> None:
    """Data is strict JSON, one object, and never in the place of rules."""
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(PolicyFileError, match=reason):
        checked_policies.load_policy_set([folder(a__one=NONE)], [file])


def test_one_data_key_in_two_files_is_refused(folder: Callable[..., Path], tmp_path: Path) -> None:
    """Which of the two would count?"""
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file in files:
        file.write_text('{"limits": 1}')
    with pytest.raises(PolicyFileError, match="`limits` stands in"):
        checked_policies.load_policy_set([folder(a__one=NONE)], files)


def test_built_in_data_keys_may_be_left_out_and_not_misspelt(tmp_path: Path) -> None:
    """What the built-in policies read where it is there, is not passed over for a typo."""
    folders = [pack.folder for pack in packs.built_in()]
    file = tmp_path / "limits.json"
    file.write_text('{"qa": {"coverage": {"minimum": 90}}, "security": {}, "owners": {}}')
    made = checked_policies.load_policy_set(folders, [file])
    assert file.read_bytes() in dict(made.files).values()
    file.write_text('{"qas": {"coverage": {"minimum": 90}}}')
    with pytest.raises(PolicyFileError, match="reads the data key `qas`, did you mean `qa`") as it:
        checked_policies.load_policy_set(folders, [file])
    assert str(file) == it.value.where


def test_files_that_cannot_be_read_are_refused(folder: Callable[..., Path], tmp_path: Path) -> None:
    """A missing folder or file, bytes that are no text, and a file that is too large."""
    top = folder(a__one=NONE)
    with pytest.raises(PolicyFileError, match="no such folder"):
        checked_policies.load_policy_set([tmp_path / "absent"], [])
    with pytest.raises(PolicyFileError, match="cannot be read: No such file"):
        checked_policies.load_policy_set([top], [tmp_path / "absent.json"])
    (top / "b.rego").write_bytes(b"package assurance.a.b\n\xff\n")
    with pytest.raises(PolicyFileError, match="not UTF-8") as caught:
        checked_policies.load_policy_set([top], [])
    assert str(top / "b.rego") + ":2" == caught.value.where
    (top / "b.rego").write_bytes(b"#" * (load.MAX_FILE + 1))
    with pytest.raises(PolicyFileError, match="larger than 1,048,576 bytes"):
        checked_policies.load_policy_set([top], [])


def test_nothing_in_a_folder_of_policies_is_passed_over(
    folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that does not judge is a check that cannot say no: links, pipes, closed folders."""
    top = folder(a__one=NONE)
    (tmp_path / "shared").mkdir()
    (top / "ours").symlink_to(tmp_path / "shared")
    with pytest.raises(PolicyFileError, match="a link to a folder is not followed") as caught:
        checked_policies.load_policy_set([top], [])
    assert str(top / "ours") == caught.value.where
    (top / "ours").unlink()
    os.mkfifo(top / "pipe.rego")
    with pytest.raises(PolicyFileError, match="not a regular file"):
        checked_policies.load_policy_set([top], [])
    (top / "pipe.rego").unlink()
    closed = top / "closed"
    closed.mkdir()
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        # A stand-in for a folder without permission, which root may read all the same.
        if Path(path) == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PolicyFileError, match="cannot be read: Permission denied") as caught:
        checked_policies.load_policy_set([top], [])
    assert str(closed) == caught.value.where


@pytest.mark.parametrize(
    ("name", "file", "reason"),
    [
        ("qa.load_test", "load_test.rego", r"would never judge: `\*_test.rego` are tests"),
        ("lib.mine", "mine.rego", r"would never judge: `assurance.lib.…` are helpers"),
    ],
)
def test_a_check_that_nobody_would_ask_is_refused(
    name: str, file: str, reason: str, folder: Callable[..., Path]
) -> None:
    """A file's or package's name makes a check something else: it is not silently no check."""
    top = folder(a__one=NONE)
    text = (top / "a__one.rego").read_text()
    (top / "a__one.rego").unlink()
    (top / file).write_text(text.replace("assurance.a.one", f"assurance.{name}"))
    with pytest.raises(PolicyFileError, match=reason) as wrong:
        checked_policies.load_policy_set([top], [])
    assert f"{top / file}:9" == wrong.value.where


def test_all_problems_are_counted(folder: Callable[..., Path]) -> None:
    """The first problem is told, and how many more there are."""
    top = folder(a__one=NONE)
    for name in ("x", "y", "z"):
        (top / f"{name}.rego").write_text("package example.a\n")
    with pytest.raises(PolicyFileError, match=r"\(and 2 more\)"):
        checked_policies.load_policy_set([top], [])


def test_metadata_of_any_bytes_raises_only_our_error() -> None:
    """Whatever stands in the block, the answer is fields or a PolicyFileError."""
    import random

    chance = random.Random(3)
    whole = f"{GOOD}{MORE}#   max_age: {{'*': 7d}}\n#   requires: [sbom]\n"
    for _ in range(1500):
        text = list(whole)
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(3)] = chance.choice(
                ["", ":", "[", "{", "&a ", "*a", "\t", "- ", "!!", "%", "'", "\u2028", "0x", "# "]
            )
        source = f"{''.join(text)}package assurance.a.one\n"
        try:
            metadata.read(source, source.count("\n"), "x.rego")
        except PolicyFileError:
            continue


def test_deep_metadata_is_refused() -> None:
    """A thousand levels of YAML are an error, not a crash."""
    source = f"# METADATA\n# title: {'[' * 5000}\npackage assurance.a.one\n"
    with pytest.raises(PolicyFileError, match="YAML"):
        metadata.read(source, 3, "x.rego")


@pytest.mark.parametrize(
    ("package", "meant"),
    [
        ("asurance.qa.mine", "assurance.qa.mine"),
        ("qa.mine", "assurance.qa.mine"),
        ("assurance.QA.mine", "assurance.qa.mine"),
    ],
)
def test_a_package_in_another_place_names_the_right_one(
    package: str, meant: str, tmp_path: Path
) -> None:
    """A check that nobody would ask is an error with its line and the nearest right name."""
    (tmp_path / "x.rego").write_text(f"package {package}\n")
    problem = load.read([tmp_path], []).problems[0]
    assert f"did you mean `{meant}`?" in problem.problem
    assert f"{tmp_path / 'x.rego'}:1" == problem.where


@pytest.mark.parametrize("package", ["assurance.release.artifacts", "assurance.lib.shape"])
def test_ours_cannot_be_replaced(package: str, tmp_path: Path) -> None:
    """A user's package of the name of one of ours is an error that names both places."""
    (tmp_path / "x.rego").write_text(f"# mine\npackage {package}\n")
    ours = [pack.folder for pack in packs.built_in()]
    problem = load.read([*ours, tmp_path], []).problems[0]
    assert f"the package `{package}` stands in " in problem.problem
    assert ".rego:" in problem.problem
    assert f"{tmp_path / 'x.rego'}:2" == problem.where


def test_data_where_policies_are_has_its_line(tmp_path: Path) -> None:
    """A data document below `data.assurance` would change what policies read."""
    (tmp_path / "data.json").write_text('{\n  "limits": 1,\n  "assurance": {"lib": {}}\n}')
    problem = load.read([tmp_path], []).problems[0]
    assert "the data key `assurance` is where policies are" == problem.problem
    assert f"{tmp_path / 'data.json'}:3" == problem.where
