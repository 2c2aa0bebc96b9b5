"""Settings: what is accepted, and what each refusal says and where it points."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance import settings
from assurance.errors import SettingsError
from assurance.settings_file import places

VECTORS = sorted((Path(__file__).parent.parent / "vectors" / "settings").glob("*.json"))
assert VECTORS, "an empty glob would pass silently"


def load(folder: Path, text: str | None = None, **environ: str) -> settings.Settings:
    """Load `text` as the settings of `folder`."""
    if text is not None:
        (folder / "assurance.toml").write_text(text, encoding="utf-8")
    return settings.load(None, environ=environ, cwd=folder)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path, tmp_path: Path) -> None:
    """Each vector is accepted, or refused with all its errors at their places."""
    vector: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if vector.get("valid"):
        load(tmp_path, vector["settings"])
        return
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, vector["settings"])
    found = (caught.value, *caught.value.others)
    assert len(vector["errors"]) == len(found)
    for wanted, error in zip(vector["errors"], found, strict=True):
        assert vector["exit"] == error.exit_code
        assert (error.where or "").startswith(wanted["where"])
        assert re.search(wanted["problem"], error.problem)
        said = f"{error.problem}\n{error.excerpt}\n{error.remedy}"
        assert re.search(wanted["hint"], said)
        assert "hunter2" not in said
        assert "1234" not in said


def test_vector_in_the_command(tmp_path: Path) -> None:
    """The command shows every error with its line and ends with exit code 2."""
    (tmp_path / "assurance.toml").write_text('[release]\nnam = "x"\n[gaet]\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "assurance", "run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 2 == done.returncode
    assert not done.stdout
    assert '  --> assurance.toml:2:1\n2 | nam = "x"\n  | ^^^ did you mean `name`?' in done.stderr
    assert "unknown table `gaet`" in done.stderr
    assert 2 == done.stderr.count("next:")


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    """Every key of the schema ends up in its field."""
    for name in ("p", "q"):
        (tmp_path / name).mkdir()
    (tmp_path / "d.json").write_text("{}")
    (tmp_path / "t.json").write_text("{}")
    found = load(
        tmp_path,
        """
[release]
name = "inkwell"
version = "0.3.0"
revision = "0123456789012345678901234567890123456789"
artifacts = ["dist/*.whl", { glob = "dist/*.tar.gz", min = 0 }]
resource_uri = "pkg:pypi/inkwell"
environment = "production"
[collect.tests]
inputs = ["junit.xml"]
[collect.mine]
plugin = "other"
distribution = "acme-assurance"
required = false
timeout = 30
options = { a = [1, { b = "c" }] }
[policy]
engine = "opa"
packs = ["core"]
folders = ["p", "q"]
data = ["d.json"]
[sign.default]
uri = "file:k.pem"
[sign."sign-off:qa"]
uri = "file:qa.pem"
[log]
origin = "log.example.com/x"
url = "sqlite:///log/log.db"
anchor = "anchor"
[gate]
target_grade = 90
areas = ["qa"]
trust = "t.json"
[report]
outputs = ["markdown", "json=x.json"]
[[import]]
path = "a.jsonl"
[[import]]
path = "b.jsonl"
""",
    )
    assert tmp_path / "assurance.toml" == found.path
    assert tmp_path == found.root
    assert "inkwell" == found.release.name
    assert "0.3.0" == found.release.version
    assert 40 == len(found.release.revision or "")
    assert [("dist/*.whl", 1), ("dist/*.tar.gz", 0)] == [
        (item.glob, item.min) for item in found.release.artifacts
    ]
    assert "production" == found.release.environment
    mine, tests = found.collect
    assert ("mine", "other", "acme-assurance", False, 30) == (
        mine.name,
        mine.plugin,
        mine.distribution,
        mine.required,
        mine.timeout_seconds,
    )
    assert {"a": [1, {"b": "c"}]} == mine.options
    assert ("tests", "tests", "release-assurance", True, 600) == (
        tests.name,
        tests.plugin,
        tests.distribution,
        tests.required,
        tests.timeout_seconds,
    )
    assert "opa" == found.policy.engine
    assert (tmp_path / "p", tmp_path / "q") == found.policy.folders
    assert (tmp_path / "d.json",) == found.policy.data
    assert "file:qa.pem" == found.sign["sign-off:qa"]
    assert "file:k.pem" == found.sign["default"]
    assert found.log is not None
    assert tmp_path / "anchor" == found.log.anchor
    assert (90, ("qa",), tmp_path / "t.json") == (
        found.gate.target_grade,
        found.gate.areas,
        found.gate.trust,
    )
    assert ("markdown", "json=x.json") == found.report.outputs
    assert (tmp_path / "a.jsonl", tmp_path / "b.jsonl") == found.imports
    assert 64 == len(found.digest)


def test_digest_is_of_the_content(tmp_path: Path) -> None:
    """Comments and order do not change the digest; values do."""
    first = load(tmp_path, "[gate]\ntarget_grade = 61\nareas = []\n").digest
    assert first == load(tmp_path, "[gate] # same\nareas = []\ntarget_grade = 61\n").digest
    assert first != load(tmp_path, "[gate]\ntarget_grade = 62\nareas = []\n").digest


def test_pyproject(tmp_path: Path) -> None:
    """`[tool.assurance]` is the same, and its errors point into pyproject.toml."""
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.assurance.gate]\ntarget_grade = 61\n")
    assert 61 == load(tmp_path).gate.target_grade
    path.write_text("[tool.assurance.gate]\ntarget_grad = 61\n")
    with pytest.raises(SettingsError, match="unknown key `target_grad`") as caught:
        load(tmp_path)
    assert "pyproject.toml:2:1" == caught.value.where


def test_two_files(tmp_path: Path) -> None:
    """Settings in both places are refused: nobody could tell which ones count."""
    (tmp_path / "pyproject.toml").write_text("[tool.assurance]\n")
    with pytest.raises(SettingsError, match="settings stand in two files"):
        load(tmp_path, "")


def test_no_file(tmp_path: Path) -> None:
    """No settings, or a path that is not there, is said with what to do."""
    with pytest.raises(SettingsError, match="no settings here") as caught:
        load(tmp_path)
    assert "assurance init" in caught.value.remedy
    with pytest.raises(SettingsError, match=r"no settings file at `x\.toml`"):
        settings.load(Path("x.toml"), environ={}, cwd=tmp_path)
    with pytest.raises(SettingsError, match=r"no settings file at `y\.toml`") as caught:
        load(tmp_path, ASSURANCE_CONFIG="y.toml")
    assert "ASSURANCE_CONFIG" == caught.value.where
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(SettingsError, match="has no table"):
        settings.load(Path("pyproject.toml"), environ={}, cwd=tmp_path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'[release]\nname = "\xff"\n', "not UTF-8: byte 0xff"),
        (b"\xef\xbb\xbf[release]\n", "not TOML"),
        (b"#" * (1024 * 1024 + 1), "larger than 1,048,576 bytes"),
        (b"a = " + b"[" * 100_000, "nests arrays or tables too deeply"),
        (b"a = " + b"9" * 10_000, "not TOML"),
        (b"a = \x00", "not TOML"),
    ],
    ids=["latin-1", "bom", "large", "deep", "long-integer", "nul"],
)
def test_bytes_that_are_no_settings(content: bytes, problem: str, tmp_path: Path) -> None:
    """Whatever stands in the file, the answer is one of our errors."""
    (tmp_path / "assurance.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=problem):
        load(tmp_path)


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    """A folder in the file's place is no file."""
    (tmp_path / "assurance.toml").mkdir()
    with pytest.raises(SettingsError, match="no settings here"):
        load(tmp_path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that opens and cannot be read is our error."""
    with pytest.raises(SettingsError, match="the settings file cannot be read"):
        settings.load(Path("/proc/self/mem"), environ={}, cwd=tmp_path)


def test_long_lines_and_tabs_are_quoted_around_the_place(tmp_path: Path) -> None:
    """Of a long line the part around the place is shown, with the marks below it."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, "[release]\nartifacts = [" + '"a", ' * 100 + "3]\n")
    line, marks = (caught.value.excerpt or "").splitlines()
    assert len(line) < 130
    assert "3" == line[marks.index("^")]
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, "[release]\n\tnam = 1\n")
    line, marks = (caught.value.excerpt or "").splitlines()
    assert "n" == line[marks.index("^")]
    assert "\t" not in line


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [("development", "staging"), ("development", "production"), ("staging", "production")],
)
def test_variable_makes_the_gate_stricter(stated: str, wanted: str, tmp_path: Path) -> None:
    """ASSURANCE_ENV may move towards production."""
    text = f'[release]\nenvironment = "{stated}"\n'
    assert wanted == load(tmp_path, text, ASSURANCE_ENV=wanted).release.environment


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [("production", "development"), ("production", "canary"), ("staging", "canary")],
)
def test_variable_never_weakens_the_gate(stated: str, wanted: str, tmp_path: Path) -> None:
    """ASSURANCE_ENV may not move away from production; a flag may."""
    text = f'[release]\nenvironment = "{stated}"\n'
    with pytest.raises(SettingsError, match="would weaken the gate"):
        load(tmp_path, text, ASSURANCE_ENV=wanted)
    found = settings.load(
        None, environ={}, cwd=tmp_path, flags={"release.environment": wanted, "gate.trust": None}
    )
    assert wanted == found.release.environment


def test_trust_variable(tmp_path: Path) -> None:
    """ASSURANCE_TRUST counts only where the settings name no trust file."""
    other = str(tmp_path / "other.json")
    assert Path(other) == load(tmp_path, "", ASSURANCE_TRUST=other).gate.trust
    (tmp_path / "t.json").write_text("{}")
    with pytest.raises(SettingsError, match="would replace the trust file"):
        load(tmp_path, '[gate]\ntrust = "t.json"\n', ASSURANCE_TRUST=other)


def test_flags_are_checked(tmp_path: Path) -> None:
    """A value from the command line follows the same schema."""
    (tmp_path / "assurance.toml").write_text("")
    with pytest.raises(SettingsError, match=r"`gate\.target_grade` must be a whole number") as err:
        settings.load(None, environ={}, cwd=tmp_path, flags={"gate.target_grade": 101})
    assert "command line" == err.value.where
    with pytest.raises(SettingsError, match=r"`release\.environment` must be a word"):
        load(tmp_path, ASSURANCE_ENV="Production!")
    with pytest.raises(SettingsError, match=r"`release\.environment` must be a word"):
        load(tmp_path, ASSURANCE_ENV="production\n")


_TOML = '''# comment = 1
top = "a#b" # c
"quoted key" = 'x'
multi = """
line = 1
"quote\\" """"
raw = \'\'\'
[no.table]\'\'\'
dotted."a.b".c = 1979-05-27 07:32:00
list = [ 1, # one
  [2, 3], { k = "v", l = { m = true } },
]
[table]
key = 1
[table.sub]
key = [ ]
[[array]]
key = 1
[array.inner]
key = 2
[[array]]
key = 3
[[array.deep]]
key = 4
'''


def test_places_of_every_value() -> None:
    """Each value of a text with every kind of TOML has its line."""
    found = {path: span.line for path, span in places(_TOML).values.items()}
    assert {
        ("top",): 2,
        ("quoted key",): 3,
        ("multi",): 4,
        ("raw",): 7,
        ("dotted", "a.b", "c"): 9,
        ("list",): 10,
        ("list", 0): 10,
        ("list", 1): 11,
        ("list", 1, 0): 11,
        ("list", 1, 1): 11,
        ("list", 2): 11,
        ("list", 2, "k"): 11,
        ("list", 2, "l"): 11,
        ("list", 2, "l", "m"): 11,
        ("table", "key"): 14,
        ("table", "sub", "key"): 16,
        ("array", 0, "key"): 18,
        ("array", 0, "inner", "key"): 20,
        ("array", 1, "key"): 22,
        ("array", 1, "deep", 0, "key"): 24,
    } == found


def _leaves(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    if isinstance(value, dict):
        inner = [(*path, key) for key in value]
        return {leaf for key in inner for leaf in _leaves(value[key[-1]], key)}
    if isinstance(value, list):
        return {leaf for n, item in enumerate(value) for leaf in _leaves(item, (*path, n))}
    return {path}


_KEYS = st.text(min_size=1, max_size=5)
_VALUES = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(-9, 9), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=8,
)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + " }"
        )
    if isinstance(value, list):
        return "[\n" + ",\n".join(_toml(item) for item in value) + "]"
    return json.dumps(value).replace("\x7f", "\\u007f")


@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_places_finds_what_tomllib_finds(data: dict[str, Any]) -> None:
    """Whatever the TOML, each value that tomllib sees has a place, and no more than those."""
    try:
        text = "".join(f"{_toml(key)} = {_toml(item)}\n" for key, item in data.items())
        parsed = tomllib.loads(text)
    except (UnicodeEncodeError, tomllib.TOMLDecodeError):
        return  # json writes a character beyond the BMP as two escapes, which TOML refuses
    found = places(text)
    assert _leaves(parsed) <= set(found.values)
    assert all(found.keys[path] for path in found.keys)
