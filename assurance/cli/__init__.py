"""The command line: `main` parses, runs one command and maps errors to exit codes."""
