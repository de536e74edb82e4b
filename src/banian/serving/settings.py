"""What a service is told when it starts."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from banian.errors import RunError


@final
@dataclass(frozen=True)
class ModelOptions:
    """How the model of a run is opened.

    Args:
        one_set: whether the one set of weights for all tasks answers (`banian export --one-set`); left open, it does
            where no task was worse by it.
        keep_vectors: seconds for which vectors of entities are kept from ask to ask; 0 keeps none.

    """

    one_set: bool | None = None
    keep_vectors: float = 0.0


AS_IT_LIES = ModelOptions()
"""The usual way: what lies in the run answers, and nothing is kept."""


@final
@dataclass(frozen=True)
class ServiceSettings:
    """How a service listens, what it takes, and how long it may think.

    Args:
        run: folder that `banian fit` wrote, with its store.
        host: address to listen at.
        port: of that address; 0 takes a free one.
        workers: processes that answer side by side.
        keys: file of keys (`banian keys`); without it whoever reaches the address may ask.
        tls_cert: file with the certificate, and those that it rests on.
        tls_key: file with its private key.
        deadline: seconds within which a request is answered or refused with 504.
        events_deadline: the same for events, which are written to the disk first.
        queue: requests that may wait; the next is refused with 429.
        queue_bytes: bytes of bodies that may wait.
        batch_wait: seconds that a request waits for others to be answered with it; 0 takes those that wait anyway.
        most_rows: rows in a request.
        most_bytes: bytes in the body of a request.
        most_text: characters in a text of a row.
        threads: threads that compute, in each process.
        watch: seconds between looks at the run, whether its bundle or its store was replaced.
        shadow_asks: asks that a new bundle answers beside the present one before it takes its place.
        shadow_seconds: after so long it does so with fewer.
        redis: address of the Redis whose stream of events several machines share; none where this one is alone.
        shadow_share: share of the requests that it answers meanwhile.
        most_moved: by how much the distribution of its answers to a task may differ from that of the present one's, as
            the largest difference between shares of answers below a value (Kolmogorov's distance).
        model: how the model of the run is opened.

    """

    run: Path
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    keys: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    deadline: float = 1.0
    events_deadline: float = 60.0
    queue: int = 256
    queue_bytes: int = 2**26
    batch_wait: float = 0.0
    most_rows: int = 2_000
    most_bytes: int = 2**23
    most_text: int = 10_000
    threads: int = 1
    watch: float = 1.0
    shadow_asks: int = 64
    shadow_seconds: float = 2.0
    shadow_share: float = 0.25
    most_moved: float = 0.6
    redis: str | None = field(default=None, repr=False)
    model: ModelOptions = AS_IT_LIES

    def check(self) -> None:
        """Refuse what would be unsafe or could not work.

        Raises:
            RunError: others could reach the service and no key is asked for; or half of what TLS needs is named.

        """
        if self.keys is None and not self.is_local:
            raise RunError(
                f"Others could reach {self.host}, and no key would be asked for.",
                remedy="Make a key, banian keys add NAME, and serve with --keys keys.json; or listen at 127.0.0.1.",
            )
        if (self.tls_cert is None) != (self.tls_key is None):
            raise RunError(
                "TLS needs a certificate and its key.", remedy="Name both: --tls-cert, --tls-key."
            )
        for path in (self.keys, self.tls_cert, self.tls_key):
            if path is not None and not path.is_file():
                made = "Make it: banian keys add NAME" if path == self.keys else "Name a file."
                raise RunError(f"There is no file {path}.", remedy=made)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"
