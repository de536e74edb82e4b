"""A network for new tasks that starts with what the tasks of a pretrained network share.

Source of the adapters: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022.
"""

from collections.abc import Iterator, Mapping, Sequence

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
    pretrained: Model,
    *,
    fields: Mapping[str, Fields],
    grains: Mapping[str, Grain],
    scenes: int,
) -> Model:
    """Build a network that starts with everything that the tasks of `pretrained` share.

    With `spec.adapters` the copied parameters are frozen, and trained are the adapters, what tasks own, and private
    encoders that `pretrained` does not have. Without adapters everything is trained. `fields` and `scenes` must be
    those of `pretrained`; `grains` are those of the new tasks.

    Raises:
        SpecError: what is shared has parts for each task, and here are other tasks; or the network is another one.

    """
    plain = spec.model_copy(update={"adapters": None})
    model = build_model(plain, fields=fields, grains=grains, scenes=scenes)
    copied = list(_copy_shared(model, pretrained))
    if spec.adapters is not None:
        adapt(model, spec.adapters)
        for parameter in copied:
            parameter.requires_grad_(False)
    return model


def count_trained(model: nn.Module) -> tuple[int, int]:
    """Count the numbers that training changes, and all that it could."""
    sizes = [(parameter.requires_grad, parameter.numel()) for parameter in model.parameters()]
    return sum(size for is_trained, size in sizes if is_trained), sum(size for _, size in sizes)


def _copy_shared(model: Model, pretrained: Model) -> Iterator[nn.Parameter]:
    shared = {id(parameter) for parameter in pretrained.shared_parameters()}
    there = {name: value for name, value in pretrained.named_parameters() if id(value) in shared}
    here = dict(model.named_parameters())
    for name in sorted(there):
        if name not in here and name.startswith("private."):
            continue  # of a grain that is not asked about here
        if name not in here or here[name].shape != there[name].shape:
            raise _has_no_place(name, here, model.tasks, pretrained.tasks)
        with torch.no_grad():
            here[name].copy_(there[name])
        yield here[name]


def _has_no_place(
    name: str, here: Mapping[str, nn.Parameter], tasks: Sequence[str], pretrained: Sequence[str]
) -> SpecError:
    whole = name.partition(".by_task.")[0]
    if not any(other.partition(".by_task.")[0] == whole for other in here):
        return SpecError(
            f"train.start_from: the pretrained network's {name} has no place in this network.",
            remedy="Build it as the pretrained network's spec says: the same sharing, the same widths.",
        )
    return SpecError(
        f"train.start_from: the pretrained network's {whole} has a part for each of its tasks, which all of them "
        f"train: {', '.join(pretrained)}; here are {', '.join(tasks)}.",
        remedy="Ask the same tasks, or take a pretrained network whose sharing is shared_bottom, mmoe, "
        "task_attention, stem or latent_variable.",
    )
