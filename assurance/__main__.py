"""`python -m assurance` is the command `assurance`."""

from assurance.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
