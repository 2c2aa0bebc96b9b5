"""The wheel ships everything that the project needs at run time, and nothing else.

An editable install hides what a wheel lacks, so these look at the archive itself.
"""

from __future__ import annotations

import configparser
import email
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import assurance

pytestmark = pytest.mark.wheel

PLACES = {
    "assurance": "assurance",
    "plugins": "",
    "policies": "assurance_policy/packs",
    "templates": "assurance_report/templates",
}


def sources(root: Path, folder: str) -> list[str]:
    """Return the files below a source folder, relative to it, without what a run leaves."""
    found = sorted(
        path.relative_to(root / folder).as_posix()
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    assert found, f"{folder} is empty"
    return found


@pytest.mark.parametrize("folder", sorted(PLACES))
def test_wheel_ships_every_source_file(
    folder: str, project_root: Path, wheel_names: frozenset[str]
) -> None:
    """Code, policies, templates, schemas and py.typed all arrive, each in its place."""
    place = PLACES[folder]
    expected = {f"{place}/{name}".lstrip("/") for name in sources(project_root, folder)}
    assert set() == expected - wheel_names


def test_wheel_ships_nothing_else(project_root: Path, wheel_names: frozenset[str]) -> None:
    """The top of the wheel is our packages: no `policies`, no `tests`, no `plugins`."""
    plugins = {path.name for path in (project_root / "plugins").iterdir() if path.is_dir()}
    tops = {name.partition("/")[0] for name in wheel_names}
    assert {"assurance"} | plugins == {top for top in tops if not top.endswith(".dist-info")}


@pytest.mark.parametrize("name", ["policies", "templates", "plugins", "tests", "examples"])
def test_source_folders_are_not_importable(name: str, wheel: Path) -> None:
    """A wheel on the path does not make a source folder's name importable."""
    code = f"import sys; sys.path.append({str(wheel)!r}); import assurance; import {name}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=wheel.parent,
    )
    assert f"ModuleNotFoundError: No module named '{name}'" in done.stderr


def test_entry_points_exist(wheel: Path, wheel_names: frozenset[str]) -> None:
    """Every entry point names a module that the wheel ships."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in wheel_names if name.endswith("/entry_points.txt"))
        parser = configparser.ConfigParser(delimiters=("=",))
        parser.read_string(archive.read(name).decode())
    modules = {
        value.partition(":")[0] for group in parser.sections() for value in parser[group].values()
    }
    assert modules
    missing = {m for m in modules if f"{m.replace('.', '/')}.py" not in wheel_names}
    assert set() == missing


def test_metadata(wheel: Path, wheel_names: frozenset[str]) -> None:
    """Name, version, licence and extras are what people install by."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in wheel_names if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    assert "release-assurance" == metadata["Name"]
    assert "Apache-2.0" == metadata["License-Expression"]
    extras = {"in-toto", "opa", "postgresql", "s3", "serve", "sigstore"}
    assert extras == set(metadata.get_all("Provides-Extra", []))


def test_every_plugin_is_named_everywhere(project_root: Path) -> None:
    """A new plugin stands in the wheel, the entry points, the coverage and the import contracts."""
    plugins = {path.name for path in (project_root / "plugins").iterdir() if path.is_dir()}
    text = (project_root / "pyproject.toml").read_text("utf-8")
    loaded = tomllib.loads(text)
    tool = loaded["tool"]
    contracts = {contract["id"]: contract for contract in tool["importlinter"]["contracts"]}
    entry_points = loaded["project"]["entry-points"]["assurance"].values()
    assert plugins == {
        path.removeprefix("plugins/")
        for path in tool["hatch"]["build"]["targets"]["wheel"]["packages"]
        if path.startswith("plugins/")
    }
    assert plugins == {value.partition(".")[0] for value in entry_points}
    assert plugins | {"assurance"} == set(tool["coverage"]["run"]["source_pkgs"])
    assert plugins | {"assurance"} == set(tool["importlinter"]["root_packages"])
    assert plugins == set(contracts["core-knows-no-plugin"]["forbidden_modules"])
    assert plugins == set(contracts["plugins-are-strangers"]["modules"])
    assert plugins == set(contracts["plugins-use-the-public-api"]["source_modules"])


def test_tests_run_on_the_wheel(project_root: Path) -> None:
    """Under tox, what is imported comes from the installed wheel, not from the checkout."""
    if "WHEEL_UNDER_TEST" in os.environ:
        assert not Path(assurance.__file__).is_relative_to(project_root / "assurance")
