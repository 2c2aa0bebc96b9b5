"""The completion scripts of bash, zsh and fish, made from the tables of `completion_grammar`.

Commands and options stand in the script. Only what lies in the project is asked for when a key is
pressed: `assurance completion --words check` reads the newest verdict, and loads no plugin.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from assurance.cli.completion_grammar import AREA, BUNDLE, CHECK, DIRECTORY, FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from assurance.cli.completion_grammar import Option, Path

_TOP: Final = ("-h", "--help", "--version")


def bash(paths: Sequence[Path]) -> str:
    """Return the script for bash 4.4 and later."""
    return f"""\
# Completion of assurance for bash, made by: assurance completion bash
_assurance_words() {{ command assurance completion --words "$1" 2>/dev/null; }}
_assurance_add() {{ mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY; }}
_assurance_of() {{
  local cur=$1 kind
  shift
  for kind in "$@"; do
    case $kind in
      {FILE}|{DIRECTORY}|{BUNDLE}) compopt -o filenames 2>/dev/null ;;
    esac
    case $kind in
      {FILE}) _assurance_add < <(compgen -f -- "$cur") ;;
      {DIRECTORY}) _assurance_add < <(compgen -d -- "$cur") ;;
      {BUNDLE}) _assurance_add < <(compgen -d -- "$cur"; compgen -f -X '!*.jsonl' -- "$cur") ;;
      {CHECK}|{AREA}) _assurance_add < <(compgen -W "$(_assurance_words "$kind")" -- "$cur") ;;
      =*) _assurance_add < <(compgen -W "${{kind#=}}" -- "$cur") ;;
    esac
  done
}}
_assurance() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} at='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${{at:+$at }}${{COMP_WORDS[i]}}" in
      {_alternatives(path.words for path in paths)}) at="${{at:+$at }}${{COMP_WORDS[i]}}" ;;
    esac
  done
{_indent(_tables(paths, _bash_call), 2)}
}}
complete -F _assurance assurance
"""


def _bash_call(kinds: Iterable[str]) -> str:
    return " ".join(['_assurance_of "$cur"', *(shlex.quote(kind) for kind in kinds)])


def zsh(paths: Sequence[Path]) -> str:
    """Return the script for zsh; it works sourced, and as a file `_assurance` in `$fpath`."""
    return f"""\
#compdef assurance
# Completion of assurance for zsh, made by: assurance completion zsh
_assurance_words() {{ command assurance completion --words "$1" 2>/dev/null; }}
_assurance_of() {{
  local kind
  for kind in "$@"; do
    case $kind in
      {FILE}) _files ;;
      {DIRECTORY}) _files -/ ;;
      {BUNDLE}) _files -g '*.jsonl' ;;
      {CHECK}|{AREA}) compadd -- ${{(f)"$(_assurance_words $kind)"}} ;;
      '='*) compadd -- ${{=kind#'='}} ;;
    esac
  done
}}
_assurance() {{
  local cur=$words[CURRENT] prev=$words[CURRENT-1] at='' i
  for ((i = 2; i < CURRENT; i++)); do
    case "${{at:+$at }}$words[i]" in
      {_alternatives(path.words for path in paths)}) at="${{at:+$at }}$words[i]" ;;
    esac
  done
{_indent(_tables(paths, _zsh_call), 2)}
}}
if [[ $funcstack[1] == _assurance ]]; then _assurance "$@"; else compdef _assurance assurance; fi
"""


def _zsh_call(kinds: Iterable[str]) -> str:
    return " ".join(["_assurance_of", *(shlex.quote(kind) for kind in kinds)])


def fish(paths: Sequence[Path]) -> str:
    """Return the script for fish 3 and later."""
    known = " ".join(shlex.quote(path.words) for path in paths)
    lines = [
        "# Completion of assurance for fish, made by: assurance completion fish",
        f"set -g __assurance_paths {known}",
        "function __assurance_at",
        "  set -l at ''",
        "  for word in (commandline -opc)[2..-1]",
        '    set -l longer (string trim -- "$at $word")',
        "    if contains -- $longer $__assurance_paths",
        "      set at $longer",
        "    end",
        "  end",
        '  test "$at" = "$argv[1]"',
        "end",
        "complete -c assurance -f",
        "complete -c assurance -n \"__assurance_at ''\" -s h -l help -d 'show the commands'",
        "complete -c assurance -n \"__assurance_at ''\" -l version -d 'show the version'",
    ]
    for path in paths:
        above, _, word = path.words.rpartition(" ")
        lines.append(_fish(above, f"-a {shlex.quote(word)} -d {_fish_text(path.help)}"))
        lines += [_fish(path.words, _fish_argument(kind)) for kind in path.kinds]
        lines += [_fish(path.words, _fish_option(option)) for option in path.options]
    return "".join(f"{line}\n" for line in lines)


def _fish(at: str, rest: str) -> str:
    return f"complete -c assurance -n \"__assurance_at '{at}'\" {rest}"


def _fish_text(text: str) -> str:
    r"""Return text in single quotes, in which fish knows `\'` and `\\` alone."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _fish_argument(kind: str) -> str:
    """Return what completes an argument or value of `kind`."""
    return {
        FILE: "-F",
        DIRECTORY: "-a '(__fish_complete_directories)'",
        BUNDLE: "-k -a '(__fish_complete_suffix .jsonl)'",
        CHECK: "-a '(command assurance completion --words check 2>/dev/null)'",
        AREA: "-a '(command assurance completion --words area 2>/dev/null)'",
    }[kind]


def _fish_option(option: Option) -> str:
    names = [f"-s {name[1:]}" for name in option.names if not name.startswith("--")]
    names += [f"-l {name[2:]}" for name in option.names if name.startswith("--")]
    value = ""
    if option.takes_value:
        value = " -x"
        if option.choices:
            value += f" -a {_fish_text(' '.join(option.choices))}"
        elif option.kind == FILE:
            value = " -r -F"
        elif option.kind is not None:
            value += f" {_fish_argument(option.kind)}"
    return f"{' '.join(names)}{value} -d {_fish_text(option.help)}"


def _tables(paths: Sequence[Path], call: Callable[[Iterable[str]], str]) -> str:
    """Return the three questions that bash and zsh ask in the same words: value, option, argument.

    `call` makes the line that offers kinds, or words after a `=`.
    """
    values = {
        f"{path.words} {name}": _value(option)
        for path in paths
        for option in path.options
        if option.takes_value
        for name in option.names
    }
    options = {path.words: [f"={' '.join(_names(path.options))}"] for path in paths}
    arguments: dict[str, Sequence[str]] = {
        "": [f"={' '.join(path.words for path in paths if ' ' not in path.words)}"]
    }
    for path in paths:
        below = [item.words for item in paths if item.words.startswith(f"{path.words} ")]
        words = " ".join(item.removeprefix(f"{path.words} ") for item in below)
        arguments[path.words] = [f"={words}"] if words else list(path.kinds)
    top = [f"={' '.join(_TOP)}"]
    return "\n".join(
        [
            'case "$at $prev" in',
            *_cases(values, call, "; return"),
            "esac",
            "if [[ $cur == -* ]]; then",
            '  case "$at" in',
            *_cases({"": top, **options}, call, "", "  "),
            "  esac",
            "  return",
            "fi",
            'case "$at" in',
            *_cases(arguments, call, ""),
            "esac",
        ]
    )


def _names(options: Iterable[Option]) -> list[str]:
    return [name for option in options for name in option.names]


def _value(option: Option) -> list[str]:
    if option.choices:
        return [f"={' '.join(option.choices)}"]
    return [option.kind] if option.kind else []


def _cases(
    table: Mapping[str, Sequence[str]],
    call: Callable[[Iterable[str]], str],
    after: str,
    indent: str = "",
) -> list[str]:
    """Return the branches of a `case`; keys with the same answer share one."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for key, kinds in table.items():
        shared.setdefault(tuple(kinds), []).append(key)
    return [
        f"{indent}  {_alternatives(keys)}) {call(kinds) if kinds else ':'}{after} ;;"
        for kinds, keys in shared.items()
    ]


def _alternatives(keys: Iterable[str]) -> str:
    return "|".join(f'"{key}"' for key in keys)


def _indent(text: str, by: int) -> str:
    return "\n".join(f"{' ' * by}{line}" for line in text.splitlines())
