"""The draft that a person signs something for: found, judged, and added to.

`waive`, `sign-off`, `review` and the commands of plugins all take these steps; what is special
to each stays in its own module.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import draft, strict_json
from assurance.cli import gate_options
from assurance.errors import FormatError, UsageError
from assurance.gate import load_host
from assurance.model import Statement
from assurance.predicate_schema import validate
from assurance.predicates import kind_of
from assurance.settings_signers import open_roles
from assurance.value import Value

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from assurance.draft import Look
    from assurance.interfaces import Signer
    from assurance.model import Subject
    from assurance.plugin_host import PluginHost
    from assurance.settings import Settings


class OpenDraft(Value):
    """A draft, judged, and what is needed to add to it."""

    settings: Settings
    host: PluginHost
    seen: Look
    now: datetime
    weakenings: tuple[str, ...]

    def signer(self, role: str) -> tuple[Signer, str]:
        """Open the key of `role`; return it with its holder in the trust file.

        Raises:
            SettingsError: no key is configured for the role.
            SignerError: it cannot be opened.
            RefusedError: the trust file does not give it the role, or not any more.
        """
        signer = open_roles(self.settings, self.host, role)[role]
        return signer, draft.holder_of(signer, role, self.seen.trust, now=self.now).holder

    def add(
        self,
        predicate_type: str,
        predicate: dict[str, Any],
        signer: Signer,
        *,
        subjects: tuple[Subject, ...] = (),
    ) -> int:
        """Sign a statement and put its line at the end of the draft; return the line's number.

        Args:
            predicate_type: One of ours.
            predicate: Its values, some of them from the command line.
            signer: In the role that the type needs.
            subjects: None: all artifacts of the release.

        Raises:
            UsageError: a value is not what the schema of the type allows.
            SignerError: the signer does not sign.
            UndecidedError: the draft cannot be written; it stays as it was.
        """
        try:
            validate(predicate_type, predicate)
        except FormatError as error:
            raise UsageError(
                f"the {kind_of(predicate_type).name} would break its schema: {error.problem}",
                remedy="correct the value",
            ) from error
        made = Statement(
            predicate_type=predicate_type,
            predicate=strict_json.dumps(predicate),
            collected_at=self.now,
            subjects=subjects,
        )
        return draft.append(self.seen, made, signer)


def open_draft(
    arguments: argparse.Namespace, settings: Settings, *, named: str | None
) -> OpenDraft:
    """Find the draft that is meant, verify and judge it.

    Args:
        arguments: With the options of `gate_options`.
        settings: As `gate_options.read_settings` gives them.
        named: The draft's path on the command line; None: the release's own.

    Raises:
        UsageError: the draft, trust file or policies cannot be read.
        FormatError: the draft is cut or changed, or is a sealed bundle.
        SignatureError: a line of it does not verify.
        PolicyEngineError: the engine gave no answer at all.
    """
    now, weakenings = gate_options.clock(arguments)
    host = load_host(settings)
    path = draft.path_of(
        settings,
        None if named is None else Path(named),
        gate_options.out_folder(arguments, settings),
    )
    seen = draft.look(settings, host, path, now=now, weakenings=weakenings)
    return OpenDraft(settings=settings, host=host, seen=seen, now=now, weakenings=weakenings)
