"""A model that is to answer next: what it says of asks that the present one has answered, which nobody is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeAlias, final

from banian.errors import BanianError, BundleError
from banian.inference.asked_together import AskedTogether
from banian.predictions import PredictionTable
from banian.serving.candidate_check import AnswerComparison
from banian.serving.served_model import ServedModel, refuse_endless

Answered: TypeAlias = tuple[AskedTogether, PredictionTable]
"""What was asked at once, and what the present model said."""
_TOGETHER = 32


@final
@dataclass(eq=False)
class Candidate:
    """Tries a model.

    Args:
        model: it.
        since: when it was there, by `time.monotonic`.
        asks: of those who asked meanwhile, how many it answered.
        fault: why it cannot take the place of the present one; none where nothing is known against it.
        comparison: its answers against the present one's.

    """

    model: ServedModel
    since: float = field(default_factory=monotonic)
    asks: int = 0
    fault: str | None = None
    comparison: AnswerComparison = field(default_factory=AnswerComparison)

    def answer(self, answered: Sequence[Answered]) -> None:
        """Let it answer what was asked; stop where it fails, or where an answer is no number."""
        for start in range(0, len(answered), _TOGETHER):
            self._answer(answered[start : start + _TOGETHER])

    def _answer(self, answered: Sequence[Answered]) -> None:
        if self.fault is not None:
            return
        predictor, read = self.model.predictor, []
        try:
            for asked, said in answered:
                try:
                    again = predictor.read(asked.given, tasks=asked.wanted)
                except BundleError:
                    raise
                except BanianError:
                    continue  # it may know other tasks and columns
                read.append((again, said))
            tables = predictor.answer([again for again, _ in read]) if read else []
            for (_, said), found in zip(read, tables, strict=True):
                refuse_endless(found)
                self.comparison.add(said, found)
        except BundleError as error:
            self.fault = error.problem
        except BanianError:
            if len(answered) > 1:  # one ask is none for it, and spoils the others
                for one in answered:
                    self._answer([one])
        except Exception as error:
            self.fault = f"it fails at an ask that the present one answers: {type(error).__name__}"
