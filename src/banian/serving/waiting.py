"""Requests that wait to be answered, and what they are told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import final

from banian.serving.answer_body import AnswerForm
from banian.serving.ask_body import AskForm
from banian.serving.keys import Key
from banian.serving.rate_limit import TokenBucket
from banian.serving.served_model import ServedModel


@final
@dataclass(frozen=True)
class Reply:
    """An answer as it is sent.

    Args:
        body: of the response.
        asks: how many there were.
        model: version of the bundle that answered.

    """

    body: bytes
    asks: int
    model: str


@final
@dataclass(eq=False)
class Request:
    """A request that waits.

    Args:
        body: the asks as they came.
        form: how they are written.
        answers: how the answers are to be written.
        tasks: those that the address of the request names.
        key: who asks; none where no key is asked for.
        bucket: limits how much is asked; none where nothing does.
        deadline: when nobody waits any more, by `time.monotonic`.
        reply: becomes the answer, or the refusal.

    """

    body: bytes
    form: AskForm
    answers: AnswerForm
    tasks: tuple[str, ...]
    key: Key | None
    bucket: TokenBucket | None
    deadline: float
    reply: "asyncio.Future[Reply]"
    since: float = field(default_factory=monotonic)


@final
@dataclass(eq=False)
class AloneRequest:
    """A request that waits in the same queue, and is answered by itself.

    Args:
        body: as it came.
        answer: computes what it is told; may refuse.
        deadline: when nobody waits any more, by `time.monotonic`.
        reply: becomes the answer, or the refusal.

    """

    body: bytes
    answer: Callable[[ServedModel], Reply]
    deadline: float
    reply: "asyncio.Future[Reply]"
    since: float = field(default_factory=monotonic)
