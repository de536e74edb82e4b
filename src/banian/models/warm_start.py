"""A network that starts from a fitted one: the trunk, what tasks share there, serves new tasks here.

Source of the adapters: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import nn

from banian.batches import Fields
from banian.errors import SpecError
from banian.models.build import adapt, build_model
from banian.models.grain import Grain
from banian.models.model import Model
from banian.spec import ModelSpec


def build_warm_started(
    spec: ModelSpec,
    trunk: Model,
    *,
    fields: Mapping[str, Fields],
    grains: Mapping[str, Grain],
    scenes: int,
) -> Model:
    """Build a network that starts with everything that the tasks of another share.

    With adapters that trunk is frozen: trained are they, what tasks own, and private encoders that the
    trunk does not have. Without, everything is trained. `fields` and `scenes` are those of the trunk.

    Raises: SpecError where the shared part depends on the number of tasks, and there are more or fewer here.
    """
    plain = spec.model_copy(update={"adapters": None})
    model = build_model(plain, fields=fields, grains=grains, scenes=scenes)
    copied = list(_copy_shared(model, trunk))
    if spec.adapters is not None:
        adapt(model, spec.adapters)
        for parameter in copied:
            parameter.requires_grad_(False)
    return model


def count_trained(model: nn.Module) -> tuple[int, int]:
    """Count the numbers that training changes, and all that it could."""
    sizes = [(parameter.requires_grad, parameter.numel()) for parameter in model.parameters()]
    return sum(size for is_trained, size in sizes if is_trained), sum(size for _, size in sizes)


def _copy_shared(model: Model, trunk: Model) -> Iterator[nn.Parameter]:
    shared = {id(parameter) for parameter in trunk.shared_parameters()}
    there = {name: value for name, value in trunk.named_parameters() if id(value) in shared}
    here = dict(model.named_parameters())
    for name in sorted(there):
        if name not in here and name.startswith("private."):
            continue  # of a grain that is not asked about here
        if name not in here:
            raise SpecError(
                f"train.start_from: the trunk's {name} has no place in this network.",
                remedy="Build it as the trunk's spec says: the same sharing, the same widths.",
            )
        if here[name].shape != there[name].shape:
            raise SpecError(
                f"train.start_from: the trunk shares {name} among {len(trunk.tasks)} tasks, "
                f"and here are {len(model.tasks)}.",
                remedy="Ask as many tasks as the trunk, or take one whose sharing is shared_bottom, mmoe, "
                "task_attention, stem or latent_variable.",
            )
        with torch.no_grad():
            here[name].copy_(there[name])
        yield here[name]
