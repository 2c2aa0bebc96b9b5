#!/usr/bin/env bash
# Writes every lock file anew: `uv` must be on PATH. Pass `--upgrade` to move to newer releases.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() { # lock NAME SOURCE…: NAME may be a path from requirements/; the versions of test.txt rule, so that all environments agree
  local name=$1 constraint=()
  shift
  [ "$name" = test ] || [ ! -e requirements/test.txt ] || constraint=(-c requirements/test.txt)
  echo "requirements/$name.txt"
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate \
    --custom-compile-command "bash requirements/compile.sh" \
    "${constraint[@]}" "${options[@]}" "$@" -o "requirements/$name.txt"
}

options=("$@")
lock test --all-extras pyproject.toml requirements/test.in
lock base pyproject.toml
lock minimal pyproject.toml requirements/minimal.in
lock type requirements/type.in
lock lint requirements/lint.in
lock demo pyproject.toml requirements/demo.in
lock build requirements/build.in
lock tox requirements/tox.in
lock go requirements/go.in
lock ../examples/quickstart/inkwell/requirements examples/quickstart/inkwell/requirements.in
