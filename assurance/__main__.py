"""`python -m assurance` is `assurance`."""

from __future__ import annotations

import sys

from assurance.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
