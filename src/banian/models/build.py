"""From a model spec to the network; the only constructor that outsiders call."""

from collections.abc import Mapping

from banian.batches import Fields
from banian.models.encoders import CategoricalEmbedding, EntitiesEncoder
from banian.models.encoders.numbers.build import FIELD_WIDTH
from banian.models.grain import Grain
from banian.models.model import Model
from banian.models.sharing import build_sharing
from banian.models.towers import TowerLayer, build_tower
from banian.spec import ModelSpec, NoIdsSpec, NoSequencesSpec


def build_model(
    spec: ModelSpec,
    *,
    fields: Mapping[str, Fields],
    grains: Mapping[str, Grain],
    scenes: int,
) -> Model:
    """Build the network for these entities, grains and scenes.

    `fields` maps each entity to its fields; `scenes` counts the codes of the scene, absent and
    unseen among them. Weights are drawn from torch's global generator, in the order of names: the
    same seed gives the same network however the mappings are ordered.
    """
    entities = EntitiesEncoder(fields, spec, width=spec.entity_width)
    scene = CategoricalEmbedding((scenes,), width=FIELD_WIDTH)
    sharing = build_sharing(
        spec.sharing,
        dim=entities.dim + scene.dim,
        tasks=sum(len(grain.tasks) for grain in grains.values()),
        dropout=spec.dropout,
    )
    # What is learned of single entities and events is for all tasks: the private encoders do without.
    plain = {"ids": NoIdsSpec(), "pairs": 0, "sequences": NoSequencesSpec()}
    unnamed = spec.model_copy(update=plain)
    private = {
        name: EntitiesEncoder(
            {entity: fields[entity] for entity in grain.entities},
            unnamed,
            width=spec.private_width,
        )
        for name, grain in sorted(grains.items())
    }
    towers = {
        task: build_tower(
            tower,
            TowerLayer(
                spec.sharing.width + private[name].dim,
                width=spec.tower_width,
                dropout=spec.dropout,
            ),
        )
        for name, grain in sorted(grains.items())
        for task, tower in sorted(grain.tasks.items())
    }
    return Model(entities=entities, scene=scene, sharing=sharing, private=private, towers=towers)
