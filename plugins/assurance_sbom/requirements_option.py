"""Lines of options in a requirements file: those that leave the list of packages as it is pass."""

from __future__ import annotations

from assurance import CollectError, requirements_syntax


def check(text: str, where: str) -> None:
    """Refuse a line of options that may change which packages are meant.

    Raises:
        CollectError: another file, an editable requirement, or what is not known.
    """
    try:
        odd = requirements_syntax.not_only_fetching(text)
    except ValueError as err:
        raise CollectError(
            f"the option {text.split(maxsplit=1)[0]!r:.200} has a quote that is not closed",
            remedy="Write the lock again.",
            where=where,
        ) from err
    if odd is None:
        return
    if odd.startswith("-"):
        raise _refused(odd, text, where)
    raise CollectError(
        f"{odd[:200]!r} stands after an option that takes no value",
        remedy="Take it out of the lock, or give it a line of its own.",
        where=where,
    )


def _refused(option: str, text: str, where: str) -> CollectError:
    """Say why an option may change the list."""
    if option.startswith(("-e", "--editable")):
        return CollectError(
            "an editable requirement has no version and no hash",
            remedy="Lock the built package, or leave it out if it is the release itself.",
            where=where,
        )
    if option.startswith(("-r", "--requirement", "-c", "--constraint")):
        return CollectError(
            f"nested files are not followed: {text[:200]!r}",
            remedy="Compile everything into one lock, or list both files under `inputs`.",
            where=where,
        )
    return CollectError(
        f"the option {option!r:.200} is not known",
        remedy="Take the line out of the lock.",
        where=where,
    )
