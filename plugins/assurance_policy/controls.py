"""The ids in `controls` of a check's metadata: known frameworks, each with the form of its ids.

A check *supports* a control; an id with a typo would support nothing, and nobody would notice. The
forms, not the lists, are checked: frameworks add controls, and this tool must not be older
than the standard that a team works with.

- SSDF (NIST SP 800-218): practice or task, `SSDF PS.2`, `SSDF PS.2.1`;
- OSPS Baseline: control or assessment requirement, `OSPS-VM-05`, `OSPS-VM-05.02`;
- SLSA 1.2: a level of a track, `SLSA Build L2`, `SLSA Source L1`;
- ASVS 5: chapter, section and requirement with the version, `ASVS v5.0.0-1.2.5`;
- CRA (Regulation (EU) 2024/2847), Annex I: Part I as `CRA 1.1`, `CRA 1.2f`, Part II as `CRA 2.5`;
- `NTIA minimum elements` (SBOM, 2021);
- anything else with a colon, `ISO 27001: A.8.8`: taken as it is.
"""

from __future__ import annotations

import difflib
import re
from typing import Final

_FORMS: Final = {
    "SSDF": (r"SSDF (?:PO|PS|PW|RV)\.[1-9](?:\.[1-9])?", "SSDF PS.2.1"),
    "OSPS": (r"OSPS-(?:AC|BR|DO|GV|LE|QA|SA|VM)-[0-9]{2}(?:\.[0-9]{2})?", "OSPS-VM-05.02"),
    "SLSA": (r"SLSA (?:Build L[0-3]|Source L[1-4])", "SLSA Build L2"),
    "ASVS": (r"ASVS v5\.[0-9]\.[0-9]-(?:[1-9]|1[0-7])(?:\.[1-9][0-9]?){2}", "ASVS v5.0.0-1.2.5"),
    "CRA": (r"CRA (?:1\.(?:1|2[a-m])|2\.[1-8])", "CRA 1.2f"),
    "NTIA": (r"NTIA minimum elements", "NTIA minimum elements"),
}
"""Framework: the form of its ids, and one of them."""
_OTHER: Final = re.compile(r"[^\s:][^:]{0,60}: \S.{0,60}\Z")
_WORD: Final = re.compile(r"[A-Za-z0-9]*")
_SLIPS: Final = (("P0", "PO"), ("0S", "OS"), (" ", "."), ("_", "-"), ("--", "-"))
"""What was written, and what was meant."""


def problem(control: str) -> str:
    """Return what is wrong with the id `control`, empty when nothing is."""
    found = _WORD.match(control)
    word = found[0] if found else ""
    if word in _FORMS:
        form, example = _FORMS[word]
        if re.fullmatch(form, control):
            return ""
        guess = _guess(control, word)
        hint = f"did you mean `{guess}`?" if guess else f"write it such as `{example}`"
        return f"`{control}` is no id of {word}; {hint}"
    if _OTHER.match(control):
        return ""
    near = difflib.get_close_matches(word.upper(), list(_FORMS), 1, 0.6)
    hint = f", did you mean `{near[0]}`?" if near else ""
    return f"`{control}` is of no known framework ({', '.join(sorted(_FORMS))}){hint}"


def _guess(control: str, word: str) -> str:
    """Return the id that a slip of one key has made this, empty for none."""
    rest = control[len(word) :].lstrip(" -.")
    for wrong, right in (("", ""), *_SLIPS):
        for text in (rest, rest.upper()):
            meant = text.replace(wrong, right, 1) if wrong else text
            for glue in (" ", "-"):
                if re.fullmatch(_FORMS[word][0], f"{word}{glue}{meant}"):
                    return f"{word}{glue}{meant}"
    return ""
