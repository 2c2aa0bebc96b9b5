"""What plugins implement: one Protocol a kind of provider, and the values they exchange.

Hooks (`assurance.hooks`) only register providers; the engine calls the methods here, one
provider at a time, so that it can name, time, order and isolate each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from assurance.value import Value, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from assurance.model import Check, Release, Statement


class CollectContext(Value):
    """What a collector may look at. It runs in a child process of its own."""

    release: Release
    root: Path
    """The project's folder (where the settings file stands), absolute. Read only."""
    workdir: Path
    """Absolute, empty, the collector's own: current folder and TMPDIR. Write only here."""
    inputs: tuple[Path, ...]
    """Files matched by the settings' `inputs` globs, absolute, sorted, unique."""
    artifacts: tuple[Path, ...]
    """The release's artifact files, absolute, in the order of `release.artifacts`."""
    options: Mapping[str, Any]
    """`[collect.NAME.options]`, already valid against `options_schema`."""
    now: datetime
    """The run's time, UTC; SOURCE_DATE_EPOCH where that is set."""


class SelfTest(Value):
    """Whether the collector found the defect that it planted for itself in this very run."""

    planted: str
    """What was planted, e.g. `pyyaml 5.3 with PYSEC-2021-142`."""
    found: bool
    message: str


@runtime_checkable
class Collector(Protocol):
    """Turns one kind of tool output into statements."""

    name: str
    """Kebab-case, unique among the loaded plugins."""
    predicate_types: tuple[str, ...]
    """What `collect` gives when it succeeds."""
    options_schema: Mapping[str, Any]
    """JSON Schema (2020-12) of `[collect.NAME.options]`; `additionalProperties: false`."""

    def collect(self, context: CollectContext) -> Iterable[Statement]:
        """Look, and return at least one statement.

        Raises:
            CollectError: nothing can be said; becomes a MISSING or INDETERMINATE finding.
        """

    def self_test(self, context: CollectContext) -> SelfTest | None:
        """Plant a defect in `context.workdir`, look at it through the code `collect` uses.

        Runs before `collect` in the same process, with the same options and a work folder
        of its own. None: no self-test is offered, which is listed as a weakening.
        """


class Signer(Protocol):
    """One private key, wherever it lives."""

    key_id: str
    """SHA-256 (hex) of the public key's SPKI DER."""
    public_key_pem: bytes
    """SPKI PEM."""

    def sign(self, message: bytes) -> bytes:
        """Return Ed25519 (64 bytes) or ECDSA P-256 SHA-256 (DER) over `message`.

        Raises:
            SignerError: the key cannot be used now.
        """


class Secrets(Protocol):
    """Where a signer asks for a passphrase or PIN: environment, file or prompt."""

    def passphrase(self, uri: str) -> bytes | None:
        """Return the secret for the key at `uri`, or None where there is none."""


class SignerProvider(Protocol):
    """Opens signers of one URI scheme."""

    scheme: str
    """Without the colon: `file`, later `pkcs11`, `awskms`, …"""

    def open(self, uri: str, *, root: Path, secrets: Secrets) -> Signer:
        """Open the key at `uri`; relative paths are relative to `root`.

        Raises:
            SignerError: the key cannot be opened.
        """


class PolicySet(Value):
    """Everything a release is judged with: the content of `.policies.tar`."""

    files: tuple[tuple[str, bytes], ...]
    """(relative POSIX path, content), sorted by path: `.rego` modules, `data.json` files
    and `checks.json` (the checks' metadata, one `Check` an entry)."""
    checks: tuple[Check, ...]
    """Sorted by id; read from `checks.json`."""


class RuleResult(Value):
    """What one check's package said. `None` in a field means *undefined*."""

    applies: Any = None
    evaluated: Any = None
    findings: Any = None
    error: str | None = None
    """Error or time-out; then the other fields do not count."""


class PolicyEngine(Protocol):
    """Evaluates Rego v1. Builtin errors are errors; no network, no clock.

    An engine may have an attribute `printed`, a tuple of texts: what the policies printed
    in its last evaluation.
    """

    name: str
    version: str

    def load(self, folders: Sequence[Path], data: Sequence[Path]) -> PolicySet:
        """Read folders of policies (each with its `# METADATA`) and JSON data files.

        Raises:
            PolicyFileError: a file cannot be read, or is no policy.
        """

    def start(self) -> None:
        """Get ready early (fork the worker); harmless when called twice or never."""

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> Mapping[str, RuleResult]:
        """Evaluate `applies`, `evaluated` and `findings` of every check of `policies`.

        Args:
            policies: Modules and data.
            policy_input: The policy input of the design, one JSON object, UTF-8.
            timeout_seconds: For the whole call; checks not done by then carry an error.

        Returns:
            One result for each id in `policies.checks`; never fewer.

        Raises:
            PolicyEngineError: no answer at all.
        """

    def close(self) -> None:
        """Stop the worker; harmless when called twice."""


@runtime_checkable
class ConfiguredPolicyEngine(PolicyEngine, Protocol):
    """A policy engine that takes options, or needs something that may not be there."""

    options_schema: Mapping[str, Any]
    """JSON Schema (2020-12) of `[policy.options]`; `additionalProperties: false`."""

    def prepare(self, options: Mapping[str, Any], *, root: Path) -> None:
        """Look for what the engine needs, before anything runs; sets `version`.

        Args:
            options: `[policy.options]`, valid against `options_schema`.
            root: The project's folder: what relative paths are relative to.

        Raises:
            UsageError: the engine is not there, or of a version that cannot be used.
        """


@runtime_checkable
class EagerPolicyEngine(Protocol):
    """A policy engine that can parse policies ahead."""

    def expect(self, policies: PolicySet, *, timeout_seconds: float) -> None:
        """Get ready for `evaluate` with these policies; nothing of them may be evaluated yet.

        Called before they are known to be trusted, and harmless when `evaluate` never follows.
        """


@runtime_checkable
class KeepingPolicyEngine(Protocol):
    """A policy engine that can judge often with the same policies without reading them anew."""

    def keep(self, policies: PolicySet) -> None:
        """Get ready for many calls of `evaluate` with these policies, which `load` returned.

        Later calls may be with others, or with more data; nothing of one call reaches another.
        """


class PolicyPack(Value):
    """A folder of policies that ships with a plugin."""

    name: str
    folder: Path
    """Rego with its tests; a `checklist.toml` with items for the readiness checklist and a
    `report.json` with sections of the report, where the pack brings them."""


class Receipt(Value):
    """Proof that a bundle is in a log: the content of a `.tlog-proof` file."""

    origin: str
    index: int
    proof: bytes


class LogContext(Value):
    """What a log may need beside the entry."""

    root: Path
    """The project's folder: what relative paths are relative to."""
    origin: str
    """The log's name, as the settings have it."""
    signer: Callable[[], Signer]
    """Opens the log's own key (`[sign.log]`); a log server needs none."""
    anchor: Path | None = None
    """The file that remembers the newest checkpoint."""
    witness_policy: Path | None = None
    """A C2SP tlog-policy file: the witnesses to ask, and the quorum."""
    vkey: str | None = None
    """The log's own key, as a log server's receipts must be signed; None: not said."""
    bundle: bytes = b""
    """The bundle that the entry stands for; kept beside the log, for searching."""


class Log(Protocol):
    """A transparency log that `publish` appends to."""

    scheme: str

    def append(self, url: str, entry: bytes, context: LogContext) -> Receipt:
        """Append `entry` and return only when a durable signed checkpoint covers it.

        Raises:
            LogError: not acknowledged.
        """

    def create(self, url: str, context: LogContext) -> str:
        """Make a new, empty log under a key that has signed nothing before; return its vkey.

        Raises:
            UsageError: something is there already, or logs of this kind are not made here.
            LogError: the log cannot be made.
        """


class AppendRequest(Value):
    """What is known of somebody who asks a log server to append, before anything is read."""

    bound: str
    """The address that the server was told to listen on, such as `127.0.0.1`."""
    peer: str
    """The address of the connection's other end; a proxy's, where one stands between."""
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    """As they were sent, in order; names in lower case. A name may stand more than once."""

    def header(self, name: str) -> tuple[str, ...]:
        """Return every value of a header; `name` in lower case."""
        return tuple(value for key, value in self.headers if key == name)


class AppendAuthenticator(Protocol):
    """Says who may append at a log server; it is asked for each request, and never about reads."""

    name: str
    """Kebab-case; the `--authenticator` of `assurance log serve`."""
    challenge: str | None
    """The `WWW-Authenticate` of the 401 that a `CredentialsError` becomes; None: answer 403."""

    def authenticate(self, request: AppendRequest) -> str:
        """Return the name of who appends, for the server's log; called in any thread.

        Raises:
            CredentialsError: no credentials, or ones that do not hold.
            RefusedError: known, and not allowed; the problem is told to the client.
            AssuranceError: could not be found out; the client is asked to come again.
        """


class Renderer(Protocol):
    """One view of the report model."""

    name: str
    """As in `report -o NAME`: text, json, markdown, …"""
    suffix: str
    """File name ending with its dot, such as `.md`."""

    def render(self, report: Mapping[str, Any]) -> str:
        """Return the view of `report`, the object that `-o json` prints."""


class PredicateType(Value):
    """A predicate type that a plugin brings, with its JSON Schema."""

    uri: str
    name: str
    schema: Mapping[str, Any]


class AuditEvent(Value):
    """Something that an audit trail wants to know: a key used, a verdict given."""

    at: datetime
    action: str
    """Dotted name such as `key.generate`, `release.decide`."""
    fields: Mapping[str, str] = field(default_factory=dict)
