"""The text of a message to the service, and of its reply."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import final

from banian.datasets.marketplace.clock import SECOND
from banian.datasets.marketplace.policy_words import policy_of
from banian.datasets.marketplace.service_words import (
    BODIES,
    GREETINGS,
    HASTE,
    MOODS,
    NAMES_ORDER,
    VAGUE,
)
from banian.datasets.marketplace.typos import mistype

PARTS = 10
"""Random numbers in [0, 1) that a text takes."""
_MOOD_FROM = (-0.5, -0.1, 0.4)
_SAYS_MOOD = 0.75
_SAYS_HASTE = 0.75
_SLIPS = 0.12
_CHINESE = 2


@final
@dataclass(frozen=True)
class Matter:
    """What a message is about."""

    intent: str
    thing: str
    """The product, in the customer's words."""
    order: int
    """The order that the text names; -1 where it names none."""
    is_vague: bool
    """Whether the text leaves the intent open."""
    urgency: int
    sentiment: float
    language: int


def body_of(matter: Matter, parts: list[float]) -> str:
    """Write the message of a customer."""
    language = matter.language
    said = VAGUE if matter.is_vague else BODIES[matter.intent]
    mood = sum(matter.sentiment >= limit for limit in _MOOD_FROM)
    texts = [
        _pick(GREETINGS[language], parts[0]),
        _pick(said[language], parts[1]).format(thing=matter.thing),
    ]
    if matter.order >= 0:
        texts.append(_pick(NAMES_ORDER[language], parts[2]).format(order=matter.order))
    if parts[3] < _SAYS_MOOD:
        texts.append(_pick(MOODS[mood][language], parts[4]))
    if parts[5] < _SAYS_HASTE:
        texts.append(_pick(HASTE[matter.urgency - 1][language], parts[6]))
    text = ("" if language == _CHINESE else " ").join(part for part in texts if part)
    return mistype(text, parts[7] / _SLIPS) if parts[7] < _SLIPS else text


def reply_to(matter: Matter, state: str, promised_at: int) -> str:
    """Write what the policy answers, given the state of the order that is meant."""
    promised = datetime.fromtimestamp(promised_at / SECOND, UTC).date().isoformat()
    answer = policy_of(matter.intent, state)[matter.language][0]
    return answer.format(thing=matter.thing, promised=promised)


def _pick(choices: tuple[str, ...], part: float) -> str:
    return choices[int(part * len(choices))]
