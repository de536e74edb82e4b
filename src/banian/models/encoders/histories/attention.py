"""Target attention.

Source: Zhou et al., "Deep Interest Network for Click-Through Rate Prediction", KDD 2018, section 4.3, equation 3.
"""

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from typing_extensions import override

from banian.models.encoders.histories.base import AbstractHistory

_HIDDEN = 16


@final
class TargetAttention(AbstractHistory):
    """Sums the events, each weighted by how well it fits the entities of the row, the query.

    With query q and events eⱼ this is Σⱼ a(eⱼ, q) eⱼ, where a is a perceptron on eⱼ, q and eⱼ ⊙ q. The weights do not
    sum to one: a long history of what fits weighs more than a short one.

    Args:
        width: Units of an event, of the query and of the result.

    """

    def __init__(self, width: int) -> None:
        super().__init__(width)
        # The first layer on (e, q, e ⊙ q), in parts: what it makes of q is the same for all events of a row.
        self.of_event = nn.Linear(width, _HIDDEN)
        self.of_query = nn.Linear(width, _HIDDEN, bias=False)
        self.of_both = nn.Linear(width, _HIDDEN, bias=False)
        self.weight = nn.Linear(_HIDDEN, 1)

    @override
    def _read(self, query: Tensor, events: Tensor, is_there: Tensor) -> Tensor:
        of_query = self.of_query(query).unsqueeze(1)
        of_both = self.of_both(events * query.unsqueeze(1))
        hidden = F.relu(self.of_event(events) + of_query + of_both)
        # An event that is not there is zero, whatever its weight.
        return torch.einsum("bs,bsw->bw", self.weight(hidden).squeeze(2), events)
