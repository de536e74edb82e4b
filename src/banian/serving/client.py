"""Asking a service from Python: with the standard library alone, so that it can be used wherever a shop runs."""

import http.client
import json
import random
import secrets
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final
from urllib.parse import urlsplit

from banian.errors import ServiceError

_AGAIN = (429, 503)
_LONGEST_WAIT = 10.0
_FIRST_WAIT = 0.1
_FRESH = 2.0
"""Seconds for which a connection that nobody uses is taken to be open still."""
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_OWN = ("ask", "task", "cutoff", "scene", "value", "mean", "lower", "upper", "choice", "choices")
_FLAGS = ("cold", "eligible")


@final
@dataclass(frozen=True)
class ServiceAnswer:
    """What one ask is told about one task.

    Args:
        ask: the number of the ask, from 0.
        task: its name.
        value: a probability, a number in the unit of the label, or a gain; None where it is no number.
        mean: of numbers, what adds up over rows.
        lower: lower end of the interval; None where there is none.
        upper: upper end of the interval.
        choice: the best choice; None where there is nothing to choose.
        choices: names of classes, items or treatments with what speaks for each, the best first.
        cold: the entities that the ask names and nobody has seen.
        eligible: whether the WHERE of the task holds, and it is of one of its scenes; None where only tables can tell.
        cutoff: as of when, in UTC; None where the table has no time.
        scene: place of use.
        keys: columns that name who or what was asked about.
        model: version of the bundle that answered.

    """

    ask: int
    task: str
    value: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    choice: str | None
    choices: tuple[tuple[str | None, float | None], ...]
    cold: tuple[str, ...]
    eligible: bool | None
    cutoff: str | None
    scene: str | None
    keys: Mapping[str, Any]
    model: str


@final
class Client:
    """Asks a service, and asks again where it says that it may be asked later.

    One client keeps one connection, and may be used by one thread at a time.

    Args:
        address: of the service, as `banian serve` prints it.
        key: what `banian keys add` showed; none where the service asks for none.
        timeout: seconds to wait for a response.
        retries: how often a request is sent again after 429, 503 or a lost connection.
        context: of TLS; the system's certificates where it is left out.

    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8080",
        *,
        key: str | None = None,
        timeout: float = 10.0,
        retries: int = 3,
        context: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ServiceError(
                f"{address!r} is no address of a service.", remedy="Write http://HOST:PORT."
            )
        self._path, self._key, self._retries = parts.path.rstrip("/"), key, retries
        self._used = time.monotonic()
        if parts.scheme == "https":
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=timeout, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(
                parts.hostname, parts.port, timeout=timeout
            )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; it is opened again when something is asked."""
        self._connection.close()

    def predict(
        self,
        asks: Mapping[str, Any] | Iterable[Mapping[str, Any]],
        *,
        tasks: Sequence[str] = (),
    ) -> list[ServiceAnswer]:
        """Answer asks, as `banian.load(RUN).predict` does: an answer for each ask and task, in the order of the asks.

        Raises:
            ServiceError: the service refuses, or cannot be reached.

        """
        several = [asks] if isinstance(asks, Mapping) else list(asks)
        told = self._send("POST", "/v1/predict", {"asks": several, "tasks": list(tasks)})
        return [_answer(row, told["model"]) for row in told["answers"]]

    def recommend(self, **wish: Any) -> dict[str, Any]:  # noqa: ANN401
        """Recommend items: `recommend(customer_id=3, scene="home", k=10)`, as `/v1/recommend` takes it.

        Raises:
            ServiceError: the service refuses, or cannot be reached.

        """
        return self._send("POST", "/v1/recommend", wish)

    def append(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
        """Append rows of tables to what the service knows; give what became of them.

        They are sent with a key of their own, so that none is taken twice, however often they have to be sent.

        Raises:
            ServiceError: the service refuses, or cannot be reached.

        """
        once = {"Idempotency-Key": secrets.token_hex(16)}
        return self._send("POST", "/v1/events", tables, headers=once)

    def tasks(self) -> dict[str, Any]:
        """Describe the tasks, and what an ask about each grain may say."""
        return self._send("GET", "/v1/tasks")

    def model(self) -> dict[str, Any]:
        """Describe the model that answers."""
        return self._send("GET", "/v1/model")

    def _send(
        self,
        method: str,
        path: str,
        tree: object = None,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Any]:
        body = None if tree is None else _dump(tree)
        headers = {**_JSON, **headers}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        wait = _FIRST_WAIT
        if time.monotonic() - self._used > _FRESH:
            self._connection.close()  # which the service may have closed by now
        for left in range(self._retries, -1, -1):
            try:
                self._connection.request(method, self._path + path, body, headers)
                response = self._connection.getresponse()
                said = response.read()
                self._used = time.monotonic()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if left:
                    wait = _sleep(wait)
                    continue
                raise ServiceError(
                    f"The service cannot be reached: {type(error).__name__}.",
                    remedy="See whether banian serve runs, and at which address.",
                ) from None
            if response.status == 200:
                return json.loads(said)
            if response.status in _AGAIN and left:
                wait = _sleep(wait, response.headers.get("retry-after"))
                continue
            raise _error(response.status, said)
        raise AssertionError("one round is the last")


def _sleep(wait: float, told: str | None = None) -> float:
    """Wait as long as the service said, or longer each time; some chance keeps those who wait apart."""
    least = float(told) if told is not None and told.isdecimal() else wait
    time.sleep(min(_LONGEST_WAIT, least * (1 + 0.2 * random.random())))
    return 2 * wait


def _dump(tree: object) -> bytes:
    try:
        return json.dumps(tree, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ServiceError(
            f"This cannot be written as JSON: {error}.",
            remedy="Give texts, numbers, truths and None; times as texts like 2018-02-01T12:00.",
        ) from None


def _error(status: int, said: bytes) -> ServiceError:
    try:
        tree = json.loads(said)
        problem, remedy = f"{tree['problem']} ({status}, {tree['request_id']})", tree["remedy"]
    except (ValueError, KeyError, TypeError):
        problem, remedy = f"The service answers {status}.", "See whether it is one of Banian's."
    return ServiceError(problem, remedy=remedy)


def _answer(row: Mapping[str, Any], model: str) -> ServiceAnswer:
    own = {name: row[name] for name in _OWN if name != "choices"}
    choices = tuple((one["name"], one["value"]) for one in row["choices"] or ())
    keys = {name: value for name, value in row.items() if name not in (*_OWN, *_FLAGS)}
    return ServiceAnswer(
        **own,
        choices=choices,
        cold=tuple(row["cold"]),
        eligible=row["eligible"],
        keys=keys,
        model=model,
    )
