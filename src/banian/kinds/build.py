"""From the name of a kind to the kind; the only place that pairs the two."""

from typing import assert_never

from banian.kinds.amount import Amount
from banian.kinds.base import AbstractKind
from banian.kinds.binary import Binary
from banian.kinds.count import Count
from banian.kinds.multiclass import Multiclass
from banian.kinds.ordinal import Ordinal
from banian.kinds.quantile import Quantile
from banian.kinds.ranking import Ranking
from banian.kinds.regression import Regression
from banian.kinds.uplift import Uplift
from banian.spec import Kind


def build_kind(name: Kind) -> AbstractKind:
    """Build the kind of that name.

    >>> build_kind("count").default_metric
    'deviance'
    """
    match name:
        case "binary":
            return Binary()
        case "multiclass":
            return Multiclass()
        case "ordinal":
            return Ordinal()
        case "count":
            return Count()
        case "amount":
            return Amount()
        case "regression":
            return Regression()
        case "quantile":
            return Quantile()
        case "ranking":
            return Ranking()
        case "uplift":
            return Uplift()
        case _:
            assert_never(name)
