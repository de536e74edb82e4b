"""A stream in Redis that machines share: each adds the events that it is sent, and follows it from its place."""

from typing import Any, final
from urllib.parse import urlsplit

from banian.errors import RunError
from banian.extra import import_extra

KEPT = 100_000
"""Records that the stream keeps at least; older ones are trimmed."""
_CONNECT, _ANSWER = 0.5, 2.0
"""Seconds within which Redis must take a connection, and answer; the client is not to try again by itself."""
_AT_ONCE = 256
_FIELD = b"record"


class StreamAwayError(Exception):
    """Redis does not answer, or refuses; nobody knows whether what was sent last is in the stream."""


@final
class EventStream:
    """A stream of records.

    Args:
        url: of Redis, `redis://…` or `rediss://…`, with the password in it.
        name: of the stream.
        kept: records that it keeps at least.

    Raises:
        DependencyError: the extra `redis` is not installed.
        RunError: the address is none of Redis.

    """

    def __init__(self, url: str, name: str, *, kept: int = KEPT) -> None:
        redis = import_extra("redis", "redis")
        retry = import_extra("redis", "redis.retry")
        backoff = import_extra("redis", "redis.backoff")
        self._faults: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._refused: type[Exception] = redis.ResponseError
        self._name, self._kept = name, kept
        try:
            self._client: Any = redis.Redis.from_url(
                url,
                socket_connect_timeout=_CONNECT,
                socket_timeout=_ANSWER,
                retry=retry.Retry(backoff.NoBackoff(), 0),
            )
        except ValueError:
            raise RunError(
                f"--redis is no address of Redis: it begins with {urlsplit(url).scheme or 'nothing'!r}.",
                remedy="Write redis://HOST:PORT/0, or rediss:// for TLS.",
            ) from None

    def add(self, record: bytes) -> str:
        """Put a record at the end, and give its place.

        Raises:
            StreamAwayError: it may be there or not.

        """
        found: bytes = self._ask(
            "xadd", self._name, {_FIELD: record}, maxlen=self._kept, approximate=True
        )
        return found.decode()

    def read(self, after: str, wait: float = 0.0) -> list[tuple[str, bytes]]:
        """Give the records behind a place, with their own; where there are none, wait so many seconds for one.

        Raises:
            StreamAwayError: Redis is away.

        """
        block = int(1000 * wait) or None
        found = self._ask("xread", {self._name: after or "0"}, count=_AT_ONCE, block=block)
        return [(place.decode(), fields[_FIELD]) for place, fields in _entries(found)]

    def has_all_since(self, after: str) -> bool:
        """Say whether every record behind a place is still there.

        Raises:
            StreamAwayError: Redis is away.

        """
        if not self._ask("exists", self._name):
            return (
                True  # nothing came yet, or Redis lost what it had, and that those have who read it
            )
        if after and self._ask("xrange", self._name, after, after):
            return True
        told = self._ask("xinfo_stream", self._name)
        return int(told["entries-added"]) == int(told["length"])  # nothing was ever trimmed

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, what: str, *words: Any, **named: Any) -> Any:  # noqa: ANN401
        try:
            return getattr(self._client, what)(*words, **named)
        except self._faults as error:
            raise StreamAwayError(type(error).__name__) from None


def _entries(found: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:  # noqa: ANN401
    """Give the entries of one stream from what Redis says by either of its protocols."""
    if not found:
        return []
    entries = next(iter(found.values())) if isinstance(found, dict) else found[0][1]
    return entries[0] if entries and isinstance(entries[0], list) else entries


def name_of(declared: str) -> str:
    """Name the stream of a shop: those share it whose spec and columns are the same.

    >>> name_of("0123456789abcdef" * 4)
    'banian:events:0123456789abcdef'
    """
    return f"banian:events:{declared[:16]}"
