"""The errors that `assurance` raises on purpose, and the exit codes they end in.

```
AssuranceError                     exit 3
├── UsageError                     exit 2   bad flag, path that is not there
│   ├── SettingsError              exit 2   assurance.toml says something impossible
│   ├── TrustFileError             exit 2   the trust file cannot be used
│   ├── PolicyFileError            exit 2   a policy cannot be loaded
│   └── PluginError                exit 2   a named plugin does not load
├── RefusedError                   exit 1   what was presented is wrong
│   ├── CredentialsError           exit 1   who asks has not shown who they are
│   ├── FormatError                exit 1   bytes that do not follow their specification
│   └── SignatureError             exit 1   a signature or its signer does not hold
└── UndecidedError                 exit 3   a tool, signer, engine or log failed
    ├── CollectError               a collector could not look; becomes a finding
    ├── SignerError                a signer did not sign
    ├── PolicyEngineError          the engine gave no complete answer
    └── LogError                   the transparency log did not answer
```

Anything that is not an `AssuranceError` is a bug and ends in exit code 3 with a traceback.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command's exit status means; the same for every command."""

    YES = 0
    """GO, verified, done."""
    NO = 1
    """NO-GO, or what was presented is wrong."""
    USAGE = 2
    """A flag, path, settings, policy or trust file cannot be used."""
    UNDECIDED = 3
    """A tool, signer, log or network failed, or there is a bug."""


class AssuranceError(Exception):
    """Base of the hierarchy: says what is wrong, where, and what to do next."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNDECIDED
    code: ClassVar[str] = "undecided"
    """Stable kebab-case name of the kind of error; `errors[].code` in JSON output."""
    excerpt: str | None = None
    """The line that `where` names, with marks under what is meant; for terminals."""

    def __init__(self, problem: str, *, remedy: str, where: str | None = None) -> None:
        """Keep the three parts apart, so that every view can show them its way.

        Args:
            problem: One sentence: which rule broke, what was found, what was expected.
            remedy: What the reader does next; a command where one exists.
            where: `file`, `file:line`, `file:line:column` or a key; None if nowhere.
        """
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.where = where

    def __str__(self) -> str:
        """Return `where: problem`, without the remedy."""
        return f"{self.where}: {self.problem}" if self.where else self.problem


class UsageError(AssuranceError):
    """The command line asks for something that cannot be done."""

    exit_code = ExitCode.USAGE
    code = "usage"


class SettingsError(UsageError):
    """The settings file is not as its schema says; may carry several problems."""

    code = "settings"

    def __init__(
        self,
        problem: str,
        *,
        remedy: str,
        where: str | None = None,
        others: tuple[SettingsError, ...] = (),
        excerpt: str | None = None,
    ) -> None:
        """Take the first problem as this error and the rest as `others`.

        Args:
            problem: See `AssuranceError`.
            remedy: See `AssuranceError`.
            where: See `AssuranceError`.
            others: Every further problem of the same file.
            excerpt: The line at `where`, with marks under what is meant.
        """
        super().__init__(problem, remedy=remedy, where=where)
        self.others = others
        self.excerpt = excerpt


class TrustFileError(UsageError):
    """The trust file cannot be read or breaks its schema."""

    code = "trust-file"


class PolicyFileError(UsageError):
    """A policy cannot be read, parsed or loaded."""

    code = "policy-file"


class PluginError(UsageError):
    """A plugin that the settings name does not load, or two claim one name."""

    code = "plugin"
    plugin: str | None = None
    """Its name, where one plugin is at fault."""


class RefusedError(AssuranceError):
    """What was presented is wrong: cut, changed, untrusted, stale, for something else."""

    exit_code = ExitCode.NO
    code = "refused"


class CredentialsError(RefusedError):
    """Who asks has not shown who they are: no credentials, or ones that do not hold."""

    code = "credentials"


class FormatError(RefusedError):
    """Bytes from outside do not follow their specification."""

    code = "format"


class SignatureError(RefusedError):
    """A signature does not verify, or its signer may not sign this."""

    code = "signature"


class UndecidedError(AssuranceError):
    """No answer could be had; neither yes nor no."""

    code = "undecided"


class CollectError(UndecidedError):
    """A collector could not look; the engine turns it into a finding."""

    code = "collect"

    def __init__(
        self, problem: str, *, remedy: str, where: str | None = None, missing: bool = False
    ) -> None:
        """Say what could not be looked at.

        Args:
            problem: See `AssuranceError`.
            remedy: See `AssuranceError`.
            where: See `AssuranceError`.
            missing: True when the evidence is simply not there (finding MISSING),
                False when looking failed (finding INDETERMINATE).
        """
        super().__init__(problem, remedy=remedy, where=where)
        self.missing = missing


class SignerError(UndecidedError):
    """A signer could not be opened or did not sign."""

    code = "signer"


class PolicyEngineError(UndecidedError):
    """The policy engine crashed, timed out or gave an incomplete answer."""

    code = "policy-engine"


class LogError(UndecidedError):
    """The transparency log could not be reached or did not acknowledge."""

    code = "log"
