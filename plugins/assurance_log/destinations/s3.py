"""An S3-compatible bucket: Signature Version 4 and conditional writes, by botocore.

Keys, region and endpoint come from where every AWS tool has them: `AWS_ACCESS_KEY_ID` and its like,
`AWS_PROFILE` with the shared files, `AWS_ENDPOINT_URL_S3`, or the machine's own role. Nothing is
ever overwritten unseen: a tile is put with `If-None-Match: *`, the checkpoint with `If-Match`. A
store that takes such a put and ignores the condition is found out, and refused.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import LogError, UsageError
from assurance_log import media

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACE: Final = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(/[\w!.*'()-]+)*)/?", re.ASCII
)
_ATTEMPTS: Final = 4
_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 30
_CONNECTIONS: Final = 16
_PAGES: Final = 100
"""Of a listing, which may have as few names as the store likes."""
_ANY: Final = "*"
_NO_TAG: Final = '"00000000000000000000000000000000"'
"""An ETag that nothing has."""
_TAKEN: Final = frozenset({409, 412})
_KEPT_OUT: Final = frozenset({301, 400, 401, 403})


def opened(text: str) -> S3Destination:
    """Return the place of `s3://BUCKET[/PREFIX]`; nothing is asked yet.

    Raises:
        UsageError: the name is no such one, the extra `s3` is not installed, or the environment's
            settings for it are wrong.
    """
    found = _PLACE.fullmatch(text)
    if found is None or {".", ".."} & set(found["prefix"].split("/")):
        raise UsageError(
            "this is no bucket with a prefix",
            remedy="write s3://BUCKET/PREFIX; keys and endpoint come from the environment, such as "
            "AWS_PROFILE and AWS_ENDPOINT_URL_S3",
            where="--to",
        )
    try:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ImportError as err:
        raise UsageError(
            "exporting to S3 needs the extra `s3`",
            remedy="pip install 'release-assurance[s3]'",
            where="--to",
        ) from err
    config = Config(
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=_CONNECTIONS,
        # The signature covers the bytes; checksums that only some stores know are not added.
        s3={"payload_signing_enabled": True},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        client = Session().create_client("s3", config=config)
    except (BotoCoreError, ValueError) as err:
        raise _environment(err, text) from err
    return S3Destination(client, text.rstrip("/"), found["bucket"], found["prefix"].lstrip("/"))


class S3Destination:
    """See `Destination`."""

    def __init__(self, client: Any, name: str, bucket: str, prefix: str) -> None:
        """Write below `prefix`, which may be empty."""
        self.name = name
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._tag: str | None = None
        """ETag of the checkpoint that was read."""
        self._turn = threading.Lock()
        self._holds_conditions = False

    def listing(self, folder: str) -> dict[str, int]:
        """List what is directly below a folder, some 1,000 at a time."""
        start = f"{self._prefix}{folder}/"
        found: dict[str, int] = {}
        following: dict[str, str] = {}
        for _ in range(_PAGES):
            with self._told(start):
                answer = self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=start, Delimiter="/", **following
                )
            for item in answer.get("Contents", ()):
                found[item["Key"].removeprefix(start)] = item["Size"]
            if not answer.get("IsTruncated"):
                return found
            following = {"ContinuationToken": answer.get("NextContinuationToken", "")}
        raise LogError(
            f"the store's list of this folder has no end in {_PAGES} pages; it has 2,000 names",
            remedy="see what else is there, or export to an empty place",
            where=f"{self.name}/{folder}",
        )

    def read(self, path: str, limit: int) -> bytes | None:
        """Get an object's beginning."""
        from botocore.exceptions import ClientError

        with self._told(path):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + path)
            except ClientError as err:
                if err.response["Error"]["Code"] == "NoSuchKey":
                    return None
                raise
            with answer["Body"] as body:
                data: bytes = body.read(limit)
        if path == media.CHECKPOINT:
            self._tag = answer.get("ETag")
        return data

    def create(self, path: str, data: bytes) -> bool:
        """Put an object that is not there; the first put is tried twice."""
        with self._turn:
            if not self._holds_conditions:
                made = self._put(path, data, IfNoneMatch=_ANY)
                if self._put(path, data, IfNoneMatch=_ANY):
                    raise self._unconditional("If-None-Match")
                self._holds_conditions = True
                return made
        return self._put(path, data, IfNoneMatch=_ANY)

    def publish(self, data: bytes, *, instead_of: bytes | None) -> bool:
        """Put the checkpoint in the place of the one that was read."""
        if instead_of is None:
            done = self._put(media.CHECKPOINT, data, IfNoneMatch=_ANY)
        elif self._put(media.CHECKPOINT, data, IfMatch=_NO_TAG):
            raise self._unconditional("If-Match")
        else:
            done = self._put(media.CHECKPOINT, data, IfMatch=self._tag)
        # A put that was tried again, because its answer was lost, finds its own.
        return done or self.read(media.CHECKPOINT, len(data) + 1) == data

    def _put(self, path: str, data: bytes, **condition: str | None) -> bool:
        from botocore.exceptions import ClientError

        kind, cache = media.labels(path)
        with self._told(path):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + path,
                    Body=data,
                    ContentType=kind,
                    CacheControl=cache,
                    **condition,
                )
            except ClientError as err:
                if err.response["ResponseMetadata"]["HTTPStatusCode"] in _TAKEN:
                    return False
                raise
        return True

    def _unconditional(self, header: str) -> LogError:
        return LogError(
            f"the store takes `{header}` and does not heed it: exports could overwrite each other",
            remedy="use a store with conditional writes, or export to a folder",
            where=self.name,
        )

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """Translate what botocore raises."""
        from botocore import exceptions

        where = f"{self.name}/{path.removeprefix(self._prefix)}"
        try:
            yield
        except exceptions.ClientError as err:
            raise _answered(err, where) from err
        except (
            exceptions.NoCredentialsError,
            exceptions.PartialCredentialsError,
            exceptions.CredentialRetrievalError,
            exceptions.NoRegionError,
        ) as err:
            raise _environment(err, where) from err
        except (exceptions.BotoCoreError, OSError) as err:
            raise LogError(
                f"the store did not answer in {_ATTEMPTS} tries: {_line(err)}",
                remedy="see to it, and export again: what is there is kept",
                where=where,
            ) from err


def _answered(err: Any, where: str) -> LogError | UsageError:
    told = err.response["Error"]
    status = err.response["ResponseMetadata"]["HTTPStatusCode"]
    said = _line(f"{told.get('Code', '')}: {told.get('Message', '')}")
    problem = f"the store answered {status}, {said}"
    if status in _KEPT_OUT or told.get("Code") == "NoSuchBucket":
        return UsageError(
            problem,
            remedy="correct --to, or the keys, region and endpoint of the environment; they need "
            "s3:GetObject, s3:PutObject and s3:ListBucket",
            where=where,
        )
    return LogError(
        problem, remedy="see to it, and export again: what is there is kept", where=where
    )


def _environment(err: Exception, where: str) -> UsageError:
    return UsageError(
        f"the environment's settings for S3 do not do: {_line(err)}",
        remedy="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a store of "
        "your own AWS_ENDPOINT_URL_S3 too",
        where=where,
    )


def _line(text: object) -> str:
    """Return foreign text in one line, cut."""
    return "".join(item if item.isprintable() else " " for item in str(text))[:200]
