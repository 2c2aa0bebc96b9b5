"""`python -m assurance` is `assurance`."""

from __future__ import annotations

from assurance.cli.main import script

if __name__ == "__main__":
    script()
