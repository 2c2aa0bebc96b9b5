"""One digest that says which code a plugin ran from."""

from __future__ import annotations

import sys
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib import metadata


def digest_of(distribution: metadata.Distribution | None, module: str) -> str:
    """Return the SHA-256 (hex) that identifies the code of an imported plugin.

    Over the distribution's RECORD (PEP 376 and "Recording installed projects"), which holds
    the hash of each installed file, if the module was imported from a file that RECORD
    lists; else (editable install, or another copy first on `sys.path`) over the source files
    that it was really imported from. Files changed after installation are not noticed.

    Args:
        distribution: Where the entry point was declared.
        module: Full name of the plugin's module, already imported.
    """
    home = Path(getattr(sys.modules[module], "__file__", None) or sys.executable).resolve()
    record = distribution.read_text("RECORD") if distribution else None
    if distribution and record and _lists(distribution, home):
        return sha256(record.encode()).hexdigest()
    return _source_digest(module, home)


def _lists(distribution: metadata.Distribution, home: Path) -> bool:
    return any(
        item.name == home.name and Path(str(distribution.locate_file(item))).resolve() == home
        for item in distribution.files or ()
    )


def _source_digest(module: str, home: Path) -> str:
    """Return the digest over the `sha256sum` lines of the plugin's top-level package."""
    depth = module.count(".") + (home.name == "__init__.py")
    if depth == 0:
        files, folder = [home], home.parent
    else:
        folder = home.parents[depth - 1]
        files = sorted(
            path
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
        )
    lines = []
    for path in files:
        with path.open("rb") as file:
            name = path.relative_to(folder).as_posix()
            lines.append(f"{file_digest(file, 'sha256').hexdigest()}  {name}\n")
    return sha256("".join(lines).encode()).hexdigest()
