"""Whose each parameter of a network is: shared by all that train it, one merchant's, or nobody else's.

The seam for whoever must not give everything away, or has not got everything: a round of federated training sends what
is shared, a merchant's bundle adds what is his, and what is private leaves no machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, final

from banian.errors import SpecError, nearest
from banian.models.encoders import EmbeddingTables
from banian.models.model import Model

Owner = Literal["shared", "merchant", "private"]
"""All who train a network together; one of them, on all his machines; a single machine."""
V = TypeVar("V")


@final
@dataclass(frozen=True)
class Ownership:
    """Whose each parameter of a network is; a plain value, which needs no network to choose by.

    Args:
        owners: Name of a parameter → its owner; every parameter of the network has one.

    """

    owners: Mapping[str, Owner]

    def select(self, values: Mapping[str, V], *owners: Owner) -> dict[str, V]:
        """Choose what belongs to one of these owners.

        Args:
            values: Name of a parameter → its value, gradient, or what else there is of it, as in a state dict; names
                of no parameter, such as buffers, are left out.
            owners: Whose it is to be.

        """
        return {name: value for name, value in values.items() if self.owners.get(name) in owners}


def declare_ownership(model: Model, ids: Mapping[str, Owner]) -> Ownership:
    """Say who owns the vectors of each entity's ids, in every encoder of a network; all else is shared.

    Args:
        model: The network.
        ids: Entity → owner of the vectors of its ids; those of entities that are not named are shared.

    Raises:
        SpecError: the ids of an entity have no vectors here.

    """
    owners: dict[str, Owner] = {name: "shared" for name, _ in model.named_parameters()}
    known = set()
    for place, part in model.named_modules():
        if isinstance(part, EmbeddingTables):
            known |= set(part.ids)
            for entity, table in part.ids.items():
                owners[f"{place}.tables.{table}.weight"] = ids.get(entity, "shared")
    for entity, owner in ids.items():
        if entity not in known:
            raise SpecError(
                f"Ids of {entity!r} are to be {owner}, and have no vectors. {nearest(entity, known)}",
                remedy="Name an entity with ids, or fit with `model: {ids: embedded}`.",
            )
    return Ownership(owners)
