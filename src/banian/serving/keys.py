"""Keys of those who may ask: shown once when they are made, and kept as hashes in a file that only its owner reads.

A key is 256 random bits, so a single SHA-256 of it is as hard to turn back as any slower hash.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import final

from banian.errors import RunError, SpecError, nearest
from banian.serving.audit_log import AuditLog
from banian.storage import new_file, only_writer, reason_of

TASKS = "tasks"
"""What a scope calls the tasks that a key may ask; each other name is an entity whose keys the asks must name."""
_PREFIX = "banian_"
_BYTES = 32
_LOOK = 1.0
"""Seconds between looks at the file."""


@final
@dataclass(frozen=True)
class Key:
    """What is known of a key; not the key itself.

    Args:
        name: of who has it.
        digest: SHA-256 of the key, in hexadecimal.
        scope: `tasks` → those that it may ask; an entity → those of it that asks must be about. What is not named is
            not limited.
        is_admin: whether it may publish and roll back.
        rate: asks a second; none where they are not limited.
        made_at: when it was made, in UTC.
        revoked_at: since when it opens nothing.

    """

    name: str
    digest: str
    scope: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_admin: bool = False
    rate: float | None = None
    made_at: str = ""
    revoked_at: str | None = None

    @property
    def tasks(self) -> tuple[str, ...] | None:
        """The tasks that it may ask; none where these are all."""
        return self.scope.get(TASKS)


def read_scope(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read `tasks=A,B,merchants=M`.

    Raises:
        SpecError: a part has no name.

    >>> read_scope(["tasks=spend,returned,merchants=m1", "merchants=m2"])
    {'tasks': ('spend', 'returned'), 'merchants': ('m1', 'm2')}

    """
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name = ""
        for part in text.split(","):
            head, sign, value = part.partition("=")
            name, value = (head.strip(), value.strip()) if sign else (name, part.strip())
            if not name or not value:
                raise SpecError(
                    f"The scope {text!r} has a part without a name or without a value.",
                    remedy="Write it like tasks=spend,returned,merchants=m1.",
                )
            found[name] = (*found.get(name, ()), value)
    return found


def read_keys(path: Path) -> tuple[Key, ...]:
    """Read a file of keys.

    Raises:
        RunError: it cannot be read.

    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            Key(**{**one, "scope": {name: tuple(said) for name, said in one["scope"].items()}})
            for one in tree["keys"]
        )
    except FileNotFoundError:
        raise RunError(
            f"There is no file of keys {path}.", remedy="Make it: banian keys add NAME"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not what banian keys writes"
        raise RunError(
            f"Cannot read the keys in {path}: {why}.", remedy="Make another: banian keys add NAME"
        ) from None


def add_key(
    path: Path,
    name: str,
    *,
    scope: Mapping[str, tuple[str, ...]],
    is_admin: bool = False,
    rate: float | None = None,
) -> str:
    """Make a key, write what is known of it into the file, and give the key, which is kept nowhere.

    Raises:
        RunError: there is one of that name; or the file cannot be read or written.

    """
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    with _changing(path):
        keys = read_keys(path) if path.exists() else ()
        if any(key.name == name and key.revoked_at is None for key in keys):
            raise RunError(
                f"There is a key {name!r} already.",
                remedy=f"Take another name, or revoke it: banian keys revoke {name}",
            )
        made = Key(name, digest_of(secret), dict(scope), is_admin, rate, _now())
        _write(path, (*keys, made))
        said = {"scope": {k: list(v) for k, v in scope.items()}, "admin": is_admin, "rate": rate}
        AuditLog(audit_of(path)).write("key added", key=name, **said)
    return secret


def revoke_key(path: Path, name: str) -> None:
    """Let a key open nothing from now on; a service that runs notices within a second or two.

    Raises:
        RunError: there is no such key; or the file cannot be read or written.

    """
    with _changing(path):
        keys = read_keys(path)
        live = [key.name for key in keys if key.revoked_at is None]
        if name not in live:
            raise RunError(f"There is no key {name!r}.", remedy=nearest(name, live))
        now = _now()
        _write(
            path,
            [
                replace(key, revoked_at=now) if key.name == name and key.revoked_at is None else key
                for key in keys
            ],
        )
        AuditLog(audit_of(path)).write("key revoked", key=name)


def digest_of(secret: str) -> str:
    """Hash a key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def audit_of(path: Path) -> Path:
    """Say where it is written down which keys came and went."""
    return path.with_suffix(".audit.jsonl")


@final
class KeyRing:
    """The keys of a service, which follow their file.

    Args:
        path: the file.

    Raises:
        RunError: it cannot be read.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys, self._mark = read_keys(path), _mark(path)
        self._looked = monotonic()

    def find(self, secret: str) -> Key | None:
        """Find the key; which one it is, and whether there is one, takes the same time."""
        self._follow()
        digest, found = digest_of(secret), None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        return None if found is None or found.revoked_at is not None else found

    def _follow(self) -> None:
        if monotonic() - self._looked < _LOOK:
            return
        self._looked = monotonic()
        if (mark := _mark(self._path)) == self._mark:
            return
        try:
            self._keys, self._mark = read_keys(self._path), mark
        except RunError:
            self._keys, self._mark = (), mark  # a file that cannot be read opens nothing


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    try:
        with only_writer(path.resolve().parent):
            yield
    except BlockingIOError:
        raise RunError(
            f"Another process is writing beside {path}.", remedy="Try again in a moment."
        ) from None
    except OSError as error:
        raise RunError(
            f"Cannot write {path}: {reason_of(error)}.", remedy="Name another file with --keys."
        ) from None


def _write(path: Path, keys: Sequence[Key]) -> None:
    tree = {"keys": [asdict(key) for key in keys]}
    with new_file(path, mode=0o600) as partial:
        partial.write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
