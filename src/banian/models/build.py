"""From a model spec to the network; the only constructor that outsiders call."""

from collections.abc import Mapping

from banian.batches import Fields
from banian.models.batch_ensemble import MemberLinear
from banian.models.dependence import build_space, build_transfer
from banian.models.encoders import CategoricalEmbedding, EntitiesEncoder, TaskEncoder
from banian.models.encoders.numbers.build import FIELD_WIDTH
from banian.models.fusion import Fusion
from banian.models.grain import Grain
from banian.models.model import Model
from banian.models.scenes import build_scene_input, build_tower_layer
from banian.models.sharing import AdaptedSharing, build_sharing
from banian.models.towers import build_tower
from banian.spec import AdaptersSpec, ModelSpec, NoIdsSpec, NoSequencesSpec, STEMSpec


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
    tasks = sorted(task for grain in grains.values() for task in grain.tasks)
    members = spec.sharing.members
    entities = EntitiesEncoder(fields, spec, width=spec.entity_width)
    # Pairs and events are for all tasks; so is what is learned of single entities, but for STEM.
    viewing = spec.model_copy(update={"pairs": 0, "sequences": NoSequencesSpec()})
    unnamed = viewing.model_copy(update={"ids": NoIdsSpec()})
    views = {
        task: TaskEncoder(
            EntitiesEncoder(
                {entity: fields[entity] for entity in grain.entities},
                viewing,
                width=spec.entity_width,
            ),
            among=entities.names,
            dim=entities.dim,
        )
        for _, grain in (sorted(grains.items()) if isinstance(spec.sharing, STEMSpec) else ())
        for task in sorted(grain.tasks)
    }
    scene = CategoricalEmbedding((scenes,), width=FIELD_WIDTH)
    dim = entities.dim + scene.dim
    scene_input = build_scene_input(spec.scenes, dim=dim * (1 + len(views)), scenes=scenes)
    sharing = build_sharing(
        spec.sharing,
        dim=dim,
        tasks=tasks,
        dropout=spec.dropout,
    )
    transfer = build_transfer(
        spec.dependence, grains=grains, width=spec.sharing.width, dropout=spec.dropout
    )
    private = {
        name: EntitiesEncoder(
            {entity: fields[entity] for entity in grain.entities},
            unnamed,
            width=spec.private_width,
            long_fields=False,
        )
        for name, grain in sorted(grains.items())
    }
    towers = {
        task: build_tower(
            tower,
            build_tower_layer(
                spec.scenes,
                dim=spec.sharing.width + private[name].dim,
                width=spec.tower_width,
                dropout=spec.dropout,
                scenes=scenes,
            ),
        )
        for name, grain in sorted(grains.items())
        for task, tower in sorted(grain.tasks.items())
    }
    fused = [
        {task: len(towers[task].head.bias) for task in sorted(grain.tasks)}
        for _, grain in sorted(grains.items())
    ]
    if members > 1:
        for task in tasks:
            tower = towers[task]
            logits = len(tower.head.bias)
            tower.head = MemberLinear(tower.layer.width, logits, members=members)
    model = Model(
        entities=entities,
        scene=scene,
        scene_input=scene_input,
        sharing=sharing,
        transfer=transfer,
        private=private,
        towers=towers,
        fusion=Fusion(fused if spec.fusion else []),
        space=build_space(spec.dependence, grains=grains),
        views=views,
        members=members,
        specs={task: tower for grain in grains.values() for task, tower in grain.tasks.items()},
    )
    if spec.adapters is not None:
        adapt(model, spec.adapters)
    return model


def adapt(model: Model, spec: AdaptersSpec) -> None:
    """Give every task adapters on what it shares; they start without effect."""
    model.sharing = AdaptedSharing(model.sharing, tasks=model.tasks, rank=spec.rank)
