"""From examples to a fitted model: select how long to train, then train on all that had matured."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Bool

from banian.batches import Batch, FeatureState, encode_rows, fit_features
from banian.examples import Examples, Roles
from banian.models import Grain, Model, build_model
from banian.spec import ModelSpec, ShopSpec
from banian.training.checkpoints import NO_CHECKPOINTS, AbstractCheckpoints
from banian.training.recorder import AbstractRecorder, Phase
from banian.training.state import TrainingState
from banian.training.trainer import Schedule, refit, select_steps

Encoded = tuple[FeatureState, dict[str, Batch]]
"""What the features looked like on the training rows of a phase, and the rows that it uses as tensors."""
Recall = Callable[[Phase, Callable[[], Encoded]], Encoded]
"""Gives what a phase encodes: made now, or earlier from the same."""


@final
@dataclass(frozen=True)
class Fitted:
    """A model, what its features looked like in training, and how long it was trained."""

    model: Model
    features: FeatureState
    schedule: Schedule


@contextmanager
def _reproducible() -> Iterator[None]:
    """Let a step use one core and deterministic algorithms.

    Micro-batches of some hundred rows gain nothing from a second core, and where other processes want the cores,
    threads that wait for each other make a step many times slower. The weights do not depend on their number then.
    """
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    switches: Any = torch.utils.deterministic  # a module with properties, which types do not know
    fills = switches.fill_uninitialized_memory
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs for it
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
    # Whatever is allocated is written before it is read; filling it first takes a twentieth of a step.
    switches.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        switches.fill_uninitialized_memory = fills


@_reproducible()
def fit_model(
    spec: ShopSpec,
    examples: Examples,
    roles: Mapping[str, Roles],
    grains: Mapping[str, Grain],
    *,
    seed: int,
    device: torch.device,
    recorder: AbstractRecorder,
    checkpoints: AbstractCheckpoints = NO_CHECKPOINTS,
    state: TrainingState | None = None,
    recall: Recall = lambda _, encode: encode(),
) -> Fitted:
    """Fit one model for all tasks, from a `state` on if there is one; the same seed and data give the same weights."""
    start = _Start(spec, examples, grains, seed, device, recall)
    if state is None or state.phase == "select":
        chosen = {grain: role.select for grain, role in roles.items()}
        valid = {grain: role.valid for grain, role in roles.items()}
        begun = start.phase("select", chosen, valid)
        schedule = select_steps(
            begun.model,
            begun.training,
            begun.valid,
            {
                task: tower.metric
                for grain in grains.values()
                for task, tower in grain.tasks.items()
            },
            spec.train,
            generator=begun.generator,
            recorder=recorder,
            checkpoints=checkpoints,
            state=state,
        )
        state = None
    else:
        schedule = Schedule(**state.facts["schedule"])
    chosen = {grain: role.refit for grain, role in roles.items()}
    begun = start.phase("refit", chosen, {g: np.zeros_like(mask) for g, mask in chosen.items()})
    refit(
        begun.model,
        begun.training,
        schedule,
        spec.train,
        generator=begun.generator,
        recorder=recorder,
        checkpoints=checkpoints,
        state=state,
    )
    return Fitted(begun.model.cpu(), begun.features, schedule)


_Chosen = Mapping[str, Bool[np.ndarray, "row task"]]
"""Grain → which labels have a role."""


@final
@dataclass(frozen=True)
class _Begun:
    """What a phase starts from."""

    features: FeatureState
    training: Mapping[str, Batch]
    valid: Mapping[str, Batch]
    model: Model
    generator: torch.Generator


@final
@dataclass(frozen=True)
class _Start:
    """What both phases start from."""

    spec: ShopSpec
    examples: Examples
    grains: Mapping[str, Grain]
    seed: int
    device: torch.device
    recall: Recall

    def phase(self, phase: Phase, chosen: _Chosen, valid: _Chosen) -> _Begun:
        """Encode rows as the chosen ones look, and make a new model that starts at their priors."""
        used = {
            grain: np.flatnonzero((chosen[grain] | valid[grain]).any(axis=1)) for grain in chosen
        }
        features, encoded = self.recall(
            phase, lambda: _encode(self.examples, self.spec.model, chosen, used)
        )
        training, judging = (
            _labelled(
                encoded, {grain: mask[used[grain]] for grain, mask in role.items()}, self.device
            )
            for role in (chosen, valid)
        )
        torch.manual_seed(self.seed)
        model = build_model(
            self.spec.model,
            fields={entity: state.fields for entity, state in features.entities.items()},
            grains=self.grains,
            scenes=features.scenes.size,
        ).to(self.device)
        for batch in training.values():
            model.fit_priors(batch)
        generator = torch.Generator().manual_seed(self.seed)
        return _Begun(features, training, judging, model, generator)


def _encode(
    examples: Examples, model: ModelSpec, chosen: _Chosen, used: Mapping[str, np.ndarray]
) -> Encoded:
    training = {grain: np.asarray(mask.any(axis=1)) for grain, mask in chosen.items()}
    features = fit_features(examples, training, model)
    return features, {
        grain: encode_rows(features, rows.take(used[grain]))
        for grain, rows in examples.grains.items()
    }


def _labelled(
    encoded: Mapping[str, Batch], chosen: _Chosen, device: torch.device
) -> dict[str, Batch]:
    """Keep the rows with a label for this use, and of their labels only those."""
    batches = {}
    for grain, batch in encoded.items():
        index = np.flatnonzero(chosen[grain].any(axis=1))
        if len(index):
            mask = torch.from_numpy(chosen[grain][index])
            batches[grain] = batch.rows(torch.from_numpy(index)).masked(mask).to(device)
    return batches
