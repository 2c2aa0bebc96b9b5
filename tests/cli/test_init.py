"""`assurance init`: what it finds, what it writes, and that the run after it is honest."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from assurance import settings, settings_template, trust
from assurance.errors import UsageError
from assurance.project import look

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Assurance = Callable[..., subprocess.CompletedProcess[str]]

HASHED = "attrs==25.1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
FILES = (
    "assurance.toml",
    "keys/development.pem",
    "keys/development.pub",
    "keys/log.pem",
    "keys/log.pub",
    "log/log.db",
    "trust.json",
)


def put(root: Path, **files: str) -> None:
    """Write files; `__` in a name is a slash, `_dot_` a dot."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def written(root: Path) -> dict[str, Any]:
    """Return the settings that init wrote, after loading them as every command does."""
    settings.load(None, environ={}, cwd=root)
    return tomllib.loads((root / "assurance.toml").read_text(encoding="utf-8"))


def test_empty_folder(assurance: Assurance, tmp_path: Path) -> None:
    """Even an empty folder gets settings that load; nothing else is touched."""
    done = assurance("init", cwd=tmp_path)
    assert 0 == done.returncode
    assert "" == done.stderr
    found = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert {*FILES, ".gitignore"} == found
    assert "0.0.0.dev0" == written(tmp_path)["release"]["version"]
    assert done.stdout.endswith("→ next: assurance run\n")
    assert "in log/log.db" in done.stdout


def test_key_and_trust(assurance: Assurance, tmp_path: Path) -> None:
    """The key is the owner's alone, and the trust file trusts exactly this key."""
    assert 0 == assurance("init", cwd=tmp_path).returncode
    private = tmp_path / "keys/development.pem"
    assert 0o600 == stat.S_IMODE(private.stat().st_mode)
    assert private.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    found = trust.read((tmp_path / "trust.json").read_bytes(), where="trust.json")
    assert "development" == found.profile
    (key,) = found.keys
    assert key.public is not None
    assert (tmp_path / "keys/development.pub").read_bytes() == key.public.pem
    release = written(tmp_path)["release"]
    assert release["resource_uri"] == found.expect.resource_uri
    assert release["environment"] == found.expect.environment


def test_known_project(assurance: Assurance, tmp_path: Path) -> None:
    """What the project states is not repeated; what it has is used."""
    put(
        tmp_path,
        pyproject_dot_toml='[project]\nname = "Ink_well"\nversion = "0.3.0"\n[tool.pytest.x]\n',
        requirements_dot_txt=HASHED,
        requirements__dev_dot_txt=HASHED,
        build__junit_dot_xml="<testsuites/>",
        dist__ink_well_dot_whl="w",
        dist__ink_well_dot_tar_dot_gz="s",
        uv_dot_lock="",
    )
    (tmp_path / "kev-2026.json").write_text("{}")
    with zipfile.ZipFile(tmp_path / "osv.zip", "w") as archive:
        archive.writestr("PYSEC-2021-142.json", "{}")
    done = assurance("init", "-o", "json", cwd=tmp_path)
    assert 0 == done.returncode
    found = json.loads(done.stdout)
    assert sorted(FILES) == sorted(found["wrote"])
    assert ["keys/", "log/", "evidence/"] == found["ignored"]
    assert ["requirements.txt", "requirements/dev.txt"] == found["looked_at"]["locks"]
    data = written(tmp_path)
    assert {
        "artifacts": ["dist/*.whl", "dist/*.tar.gz"],
        "resource_uri": "pkg:pypi/ink-well",
        "environment": "development",
    } == data["release"]
    assert ["requirements.txt"] == data["collect"]["sbom"]["inputs"]
    assert ["requirements.txt"] == data["collect"]["vulnerabilities"]["inputs"]
    assert {"advisories": "osv.zip", "kev": "kev-2026.json"} == data["collect"]["vulnerabilities"][
        "options"
    ]
    assert ["build/junit.xml"] == data["collect"]["tests"]["inputs"]


def test_environment_without_a_lock(tmp_path: Path) -> None:
    """Without a hashed lock, a virtual environment in the project is taken; else it is MISSING."""
    put(tmp_path, _dot_venv__pyvenv_dot_cfg="", requirements_dot_txt="attrs\n")
    project = look(tmp_path)
    assert ("requirements.txt",) == project.unhashed
    data = tomllib.loads(settings_template.text(project))
    assert {"source": "environment", "python": ".venv"} == data["collect"]["sbom"]["options"]
    assert ".venv" == data["collect"]["vulnerabilities"]["options"]["environment"]
    (tmp_path / ".venv/pyvenv.cfg").unlink()
    data = tomllib.loads(settings_template.text(look(tmp_path)))
    assert ["requirements-lock.txt"] == data["collect"]["sbom"]["inputs"]


@pytest.mark.parametrize(
    ("lock", "command"),
    [
        ("uv.lock", "uv export"),
        ("poetry.lock", "poetry export"),
        ("pdm.lock", "pdm export"),
        ("Pipfile.lock", "pip-compile --generate-hashes"),
    ],
)
def test_other_locks_are_noted(lock: str, command: str, tmp_path: Path) -> None:
    """A lock that is no hashed requirements file is named, with the command that exports it."""
    (tmp_path / lock).write_text("")
    project = look(tmp_path)
    assert (lock,) == project.other_locks
    assert command in settings_template.text(project)


@pytest.mark.parametrize("lock", ["uv.lock", "poetry.lock", "pylock.toml"])
def test_sbom_is_made_from_the_lock(lock: str, assurance: Assurance, tmp_path: Path) -> None:
    """A lock that the SBOM can be made from is its input; the advisories wait for an export."""
    put(tmp_path, _dot_venv__pyvenv_dot_cfg="")
    (tmp_path / lock).write_text("")
    done = assurance("init", cwd=tmp_path)
    assert f"{lock} for the SBOM" in done.stdout
    collect = written(tmp_path)["collect"]
    assert {"inputs": [lock]} == collect["sbom"]
    assert ["requirements.txt"] == collect["vulnerabilities"]["inputs"]
    assert "environment" not in collect["vulnerabilities"]["options"]


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"src__a____init___dot_py": '__version__ = "1.2"\n'}, None),
        ({"setup_dot_cfg": "[metadata]\nname = x\nversion = 4.5\n"}, "4.5"),
        ({"setup_dot_cfg": "[metadata]\nversion = attr: a.b\n"}, None),
        ({"src__about": ""}, "1.2"),
        ({"setup_dot_py": 'import setuptools as s\ns.setup(name="a", version="4.6")\n'}, "4.6"),
        ({"setup_dot_py": "setup(version=read())\n"}, None),
        ({"setup_dot_py": "setup(version='1')\nsetup(version='1')\n"}, None),
        ({"setup_dot_py": "setup(version='1'"}, None),
    ],
)
def test_version_elsewhere(files: dict[str, str], version: str | None, tmp_path: Path) -> None:
    """A version that stands literally is found; one that must be computed is not guessed."""
    put(tmp_path, **files)
    if any(name.startswith("src") for name in files):
        (tmp_path / "src/a").mkdir(parents=True, exist_ok=True)
        module = "__about__" if "src__about" in files else "__init__"
        (tmp_path / f"src/a/{module}.py").write_text('__version__: str = "1.2"\n')
        version = "1.2"
    assert version == look(tmp_path).version


def test_name_in_setup_py(tmp_path: Path) -> None:
    """A literal name is read from the script, which is not run; any other is not guessed."""
    script = tmp_path / "setup.py"
    script.write_text(
        'raise SystemExit\nsetup(name="so-rrel", version="5.6", py_modules=["\\d"])\n'
    )
    project = look(tmp_path)
    assert ("so-rrel", "setup.py", "5.6") == (project.name, project.name_source, project.version)
    for text in ("setup(name=NAME)", "print(name='other')", "setup(**{'name': 'other'})"):
        script.write_text(text)
        assert "the folder's name" == look(tmp_path).name_source


def test_built_packages_of_other_names(assurance: Assurance, tmp_path: Path) -> None:
    """Wheels of a workspace's packages tell no version of the whole; the run after is honest."""
    for name in ("alpha", "beta"):
        put(tmp_path, **{f"dist__{name}-1.0-py3-none-any.whl": name})
    done = assurance("init", cwd=tmp_path)
    assert "(version not known yet)" in done.stdout
    assert "2 wheels and 0 source distributions in dist/" in done.stdout
    assert "0.0.0.dev0" == written(tmp_path)["release"]["version"]
    done = assurance("run", cwd=tmp_path)
    assert 1 == done.returncode
    assert done.stdout.startswith("NO-GO")


def test_a_wheel_of_the_name_tells_the_version(tmp_path: Path) -> None:
    """Its version is not repeated in the settings, where it would go stale."""
    put(tmp_path, pyproject_dot_toml='[project]\nname = "My.App"\ndynamic = ["version"]\n')
    (tmp_path / "my_app").mkdir()
    (tmp_path / "my_app/__init__.py").write_text('__version__ = "1.0"\n')
    assert "1.0" == tomllib.loads(settings_template.text(look(tmp_path)))["release"]["version"]
    put(tmp_path, **{"dist__my_app-1.0-py3-none-any.whl": ""})
    assert "version" not in tomllib.loads(settings_template.text(look(tmp_path)))["release"]


@pytest.mark.parametrize(
    ("version", "known"), [("0.4.0", "0.4.0"), ("0.0.0", None), ("0", None), ("x y", None)]
)
def test_poetry_of_old(version: str, known: str | None, tmp_path: Path) -> None:
    """Poetry 1 names the project elsewhere; a zero is a place for one of its plugins to fill."""
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.poetry]\nname = "po-app"\nversion = "{version}"\n'
    )
    project = look(tmp_path)
    assert ("po-app", "[tool.poetry]", known) == (
        project.name,
        project.name_source,
        project.version,
    )
    assert not project.name_is_stated
    assert 'name = "po-app"' in settings_template.text(project)


def test_two_versions_are_none(tmp_path: Path) -> None:
    """Two packages with different versions tell none."""
    for name, version in (("a", "1"), ("b", "2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f'__version__ = "{version}"\n')
    assert look(tmp_path).version is None


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        (HASHED, True),
        (f"# c\n--index-url https://x\n{HASHED}", True),
        (f"{HASHED}other==1\n", False),
        ("", False),
        ("# only a comment\n", False),
    ],
)
def test_hashed(text: str, hashed: object, tmp_path: Path) -> None:
    """A lock counts as hashed only if every requirement in it is."""
    put(tmp_path, requirements_dot_txt=text)
    assert hashed == bool(look(tmp_path).locks)


def test_junit_from_the_configuration(tmp_path: Path) -> None:
    """A report's path that pytest is configured with is taken."""
    put(tmp_path, pytest_dot_ini="[pytest]\naddopts = --junitxml=out/j.xml\n")
    project = look(tmp_path)
    assert ("out/j.xml", "pytest.ini") == (project.junit, project.tests)


def test_coverage_and_sarif_that_are_there(tmp_path: Path) -> None:
    """Both become inputs beside the test report; of two coverage reports only one."""
    put(tmp_path, build__coverage_dot_json="{}", coverage_dot_xml="<coverage/>")
    put(tmp_path, build__bandit_dot_sarif="{}", ruff_dot_sarif="{}")
    project = look(tmp_path)
    assert ("build/coverage.json", "build/bandit.sarif", "ruff.sarif") == project.measured
    data = tomllib.loads(settings_template.text(project))
    assert ["build/junit.xml", *project.measured] == data["collect"]["tests"]["inputs"]
    (tmp_path / "build/coverage.json").unlink()
    assert "coverage.xml" == look(tmp_path).measured[0]


def test_odd_names_stay_out_of_globs(tmp_path: Path) -> None:
    """A file whose name would act as a glob is not put into the settings."""
    (tmp_path / "requirements[1].txt").write_text(HASHED)
    assert () == look(tmp_path).locks


def test_zip_that_is_no_advisories(tmp_path: Path) -> None:
    """Any zip is not taken for advisories."""
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    assert look(tmp_path).advisories is None
    (tmp_path / "advisories").mkdir()
    (tmp_path / "advisories" / "GHSA-1234.json").write_text("{}")
    assert "advisories" == look(tmp_path).advisories


def test_odd_folder_name(assurance: Assurance, tmp_path: Path) -> None:
    """A folder's name that cannot be a release's name is made one."""
    folder = tmp_path / "-- my app! \x7f"
    folder.mkdir()
    assert 0 == assurance("init", str(folder)).returncode
    assert "my-app" == written(folder)["release"]["name"]


def test_nothing_is_overwritten(assurance: Assurance, tmp_path: Path) -> None:
    """What is there stays, every byte, and is named; --force replaces it and says so."""
    (tmp_path / "trust.json").write_text("mine")
    (tmp_path / "assurance.toml").symlink_to(tmp_path / "elsewhere")
    done = assurance("init", cwd=tmp_path)
    assert 2 == done.returncode
    assert "trust.json and assurance.toml are there already" in done.stderr
    assert "mine" == (tmp_path / "trust.json").read_text()
    assert not (tmp_path / "keys").exists()
    assert not (tmp_path / ".gitignore").exists()
    done = assurance("init", "--force", cwd=tmp_path)
    assert 0 == done.returncode
    assert "Replaced trust.json and assurance.toml" in done.stdout
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "assurance.toml").is_symlink()


def test_settings_in_pyproject(assurance: Assurance, tmp_path: Path) -> None:
    """A project that has settings in pyproject.toml gets no second ones."""
    put(tmp_path, pyproject_dot_toml="[tool.assurance]\n")
    done = assurance("init", cwd=tmp_path)
    assert 2 == done.returncode
    assert "pyproject.toml has settings already" in done.stderr


def test_pyproject_that_is_no_toml(assurance: Assurance, tmp_path: Path) -> None:
    """A broken pyproject.toml is named; nothing is written."""
    put(tmp_path, pyproject_dot_toml="[project\n")
    done = assurance("init", cwd=tmp_path)
    assert 2 == done.returncode
    assert "pyproject.toml cannot be read" in done.stderr
    assert ["pyproject.toml"] == [path.name for path in tmp_path.iterdir()]
    with pytest.raises(UsageError, match="cannot be read"):
        look(tmp_path)


def test_no_such_folder(assurance: Assurance) -> None:
    """A folder that is not there is exit 2."""
    done = assurance("init", "nowhere")
    assert 2 == done.returncode
    assert "there is no folder `nowhere`" in done.stderr


def test_gitignore_is_kept(assurance: Assurance, tmp_path: Path) -> None:
    """Lines of .gitignore stay; only those that are missing are added."""
    (tmp_path / ".gitignore").write_bytes(b"*.pyc\nkeys\n\xff\n/evidence")
    assert 0 == assurance("init", cwd=tmp_path).returncode
    assert b"*.pyc\nkeys\n\xff\n/evidence\n/log/\n" == (tmp_path / ".gitignore").read_bytes()


def test_all_or_nothing(assurance: Assurance, tmp_path: Path) -> None:
    """Where a file cannot be written, no other is left behind."""
    (tmp_path / "keys").write_text("a file where the folder belongs")
    done = assurance("init", cwd=tmp_path)
    assert 2 == done.returncode
    assert "cannot be written" in done.stderr
    assert {".gitignore", "keys"} == {path.name for path in tmp_path.iterdir()}


def test_force_replaces_no_folder(assurance: Assurance, tmp_path: Path) -> None:
    """A folder in a file's place is left alone, and so is everything else."""
    assert 0 == assurance("init", cwd=tmp_path).returncode
    key = (tmp_path / "keys/development.pem").read_bytes()
    (tmp_path / "trust.json").unlink()
    (tmp_path / "trust.json").mkdir()
    done = assurance("init", "--force", cwd=tmp_path)
    assert 2 == done.returncode
    assert "`trust.json` is a folder" in done.stderr
    assert key == (tmp_path / "keys/development.pem").read_bytes()


def test_gitignore_that_cannot_be_written(assurance: Assurance, tmp_path: Path) -> None:
    """No key is written where it could not be kept out of Git."""
    (tmp_path / ".gitignore").mkdir()
    done = assurance("init", cwd=tmp_path)
    assert 2 == done.returncode
    assert ".gitignore cannot be written" in done.stderr
    assert [".gitignore"] == [path.name for path in tmp_path.iterdir()]


def test_environment_is_named(assurance: Assurance, tmp_path: Path) -> None:
    """Where the environment stands in for a lock, the text says so."""
    put(tmp_path, venv__pyvenv_dot_cfg="", tox_dot_ini="[pytest]\n")
    done = assurance("init", cwd=tmp_path)
    assert "no lock with hashes, the environment venv instead" in done.stdout
    assert "pytest, tox.ini" in done.stdout


def test_no_network(tmp_path: Path) -> None:
    """Init opens no socket."""
    code = (
        "import sys\n"
        "sys.addaudithook(lambda event, _: sys.exit(99) if event.startswith('socket') else None)\n"
        "from assurance.cli.main import main\nsys.exit(main(['init']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr


@pytest.mark.slow
def test_the_run_right_after_is_honest(assurance: Assurance, sealed: Path) -> None:
    """A project with nothing but a name gets a NO-GO that names what is missing, no crash."""
    done = assurance("run", "-o", "json", cwd=sealed)
    assert 1 == done.returncode
    found = json.loads(done.stdout)
    assert "NO-GO" == found["verdict"]
    assert "development" == found["environment"]
    statuses = {(check["id"], check["status"]) for check in found["checks"]}
    assert ("tests.passed", "MISSING") in statuses
    assert ("release.artifacts", "MISSING") in statuses
    assert "FAIL" not in {status for name, status in statuses if name != "gate.grade"}, (
        "nothing is known to be wrong"
    )
    assert not any("bug" == error["code"] for error in found["errors"])
    assert not any("no log" in text for text in found["weakenings"])
    assert found["receipt"]["origin"].startswith("localhost/"), "a NO-GO is logged too"
