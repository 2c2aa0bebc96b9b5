"""Declared licences as SPDX ids and expressions, where they parse.

Order as PEP 639 has it: `License-Expression` alone if it is there; else `License`, if it is
an SPDX id, expression or an unambiguous alias; else the licence classifiers. A classifier
such as `BSD License` stands for several licences: it stays a name, never a guess.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from assurance_sbom.inventory import Licence

if TYPE_CHECKING:
    from assurance_sbom.metadata_headers import Metadata

_LONGEST_EXPRESSION: Final = 1000
_LONGEST_NAME: Final = 200
_LICENCE_REF: Final = re.compile(r"\b(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_CLASSIFIER: Final = "License :: "

_ALIASES: Final = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "2-clause bsd license": "BSD-2-Clause",
    "expat": "MIT",
    "isc license": "ISC",
    "mit license": "MIT",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mpl 2.0": "MPL-2.0",
    "mozilla public license 2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "the unlicense": "Unlicense",
    "zlib license": "Zlib",
}
"""Texts people put into `License` that mean exactly one SPDX licence."""

_CLASSIFIERS: Final = {
    "License :: CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "License :: OSI Approved :: Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "License :: OSI Approved :: European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "License :: OSI Approved :: GNU Affero General Public License v3": "AGPL-3.0-only",
    "License :: OSI Approved :: GNU Affero General Public License v3 or later (AGPLv3+)": (
        "AGPL-3.0-or-later"
    ),
    "License :: OSI Approved :: GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "License :: OSI Approved :: GNU General Public License v2 or later (GPLv2+)": (
        "GPL-2.0-or-later"
    ),
    "License :: OSI Approved :: GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)": (
        "GPL-3.0-or-later"
    ),
    "License :: OSI Approved :: GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)": (
        "LGPL-2.0-or-later"
    ),
    "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "License :: OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)": (
        "LGPL-3.0-or-later"
    ),
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: MIT No Attribution License (MIT-0)": "MIT-0",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: The Unlicense (Unlicense)": "Unlicense",
    "License :: OSI Approved :: Universal Permissive License (UPL)": "UPL-1.0",
    "License :: OSI Approved :: Zero-Clause BSD (0BSD)": "0BSD",
    "License :: OSI Approved :: zlib/libpng License": "Zlib",
}
"""Classifiers that stand for exactly one SPDX licence."""


def declared(metadata: Metadata) -> tuple[Licence, ...]:
    """Return the licences that the package declares; empty where it declares none."""
    if metadata.licence_expression is not None:
        return (read(metadata.licence_expression),)
    if metadata.licence is not None:
        parsed = read(metadata.licence)
        if parsed.name is None:
            return (parsed,)
    classified = tuple(
        dict.fromkeys(
            read(_CLASSIFIERS.get(classifier, classifier))
            for classifier in metadata.classifiers
            if classifier.startswith(_CLASSIFIER)
        )
    )
    if classified:
        return classified
    if metadata.licence is not None and "\n" not in metadata.licence:
        return (Licence(name=metadata.licence[:_LONGEST_NAME]),)
    return ()


@lru_cache(maxsize=4096)
def read(text: str) -> Licence:
    """Return one licence text as id, expression or name."""
    from cyclonedx.spdx import fixup_id, is_expression

    text = " ".join(text.split())
    if len(text) <= _LONGEST_EXPRESSION:
        known = fixup_id(text) or _ALIASES.get(text.lower())
        if known is not None:
            return Licence(id=known)
        # The library knows no LicenseRef-…, which SPDX allows in any place of an id.
        if not text.startswith(_CLASSIFIER) and is_expression(_LICENCE_REF.sub("MIT", text)):
            return Licence(expression=text)
    return Licence(name=text[:_LONGEST_NAME])
