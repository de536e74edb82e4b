"""Self-supervised pre-training: encoders learn what entities look like before they learn what is asked about them.

It takes all rows of times before the cutoff, labelled or not, and none of their labels.
"""

from collections.abc import Iterator, Mapping
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from banian.batches import Batch, FeatureState, Fields, encode_rows
from banian.examples import Examples, lies_before
from banian.models import Model
from banian.models.encoders import EntitiesEncoder
from banian.models.module_key import module_key
from banian.spec import SplitSpec, TrainSpec
from banian.training.batch_rows import choose_batch_rows, with_batch_rows
from banian.training.clip import clip_gradients
from banian.training.masking import Guesser, hide_fields
from banian.training.optimizer import Optimizers
from banian.training.recorder import Phase
from banian.training.sampler import MicroBatches


def encode_early_rows(
    examples: Examples,
    features: FeatureState,
    split: SplitSpec,
    phase: Phase,
    device: torch.device,
) -> dict[str, Batch]:
    """Encode all rows that a phase may look at, without their labels."""
    batches = {}
    for grain, rows in examples.grains.items():
        early = lies_before(rows, split, "valid" if phase == "select" else "test")
        if early.any():
            batch = encode_rows(features, rows, np.flatnonzero(early))
            batches[grain] = batch.masked(torch.zeros_like(batch.mask)).to(device)
    return batches


def pretrain(
    model: Model,
    fields: Mapping[str, Fields],
    rows: Mapping[str, Batch],
    spec: TrainSpec,
    *,
    seed: int,
) -> None:
    """Train every encoder of entities to guess fields that are hidden from it, if there are rows."""
    if not rows:
        return
    generator = torch.Generator().manual_seed(seed)
    task = _Guessing(model, fields).to(next(model.parameters()).device)
    rows = {grain: batch for grain, batch in rows.items() if task.guesses(batch)}
    if not rows:
        return  # no entity has any field
    at_once = spec.batch_rows or choose_batch_rows(max(map(len, rows.values())))
    spec = with_batch_rows(spec, at_once)
    batches = MicroBatches(rows, rows=at_once, generator=generator)
    steps = spec.pretrain_epochs * batches.steps_per_epoch
    optimizers = Optimizers(task, spec, steps)
    model.train()
    for _ in range(steps):
        optimizers.zero_grad()
        for grains in batches.draw():
            losses = [task(batch, generator) for batch in grains.values()]
            torch.stack(losses).mean().backward()
        clip_gradients(list(task.parameters()))
        optimizers.step()


@final
class _Guessing(nn.Module):
    """The encoders of a model, and a guesser for each."""

    def __init__(self, model: Model, fields: Mapping[str, Fields]) -> None:
        super().__init__()
        self.known = {e for e, own in fields.items() if own.numeric or own.vocabulary_sizes}
        self.entities = model.entities
        self.views = model.views
        self.private = model.private
        self.guessers = nn.ModuleDict()
        for place, entity, encoder in self._parts():
            width = len(encoder.encoder(entity).absent)
            self.guessers[f"{place}:{module_key(entity)}"] = Guesser(fields[entity], width=width)

    def forward(self, batch: Batch, generator: torch.Generator) -> Float[Tensor, ""]:
        """Give the mean loss over the encoders that see such rows."""
        losses = []
        for place, entity, encoder in self.guesses(batch):
            hidden = hide_fields(batch.blocks[entity], generator)
            guesser = self.guessers[f"{place}:{module_key(entity)}"]
            assert isinstance(guesser, Guesser)
            prepared = encoder.embedding(entity).prepare(hidden.block)
            vector = encoder.encode(entity, hidden.block, prepared)
            losses.append(guesser.loss(vector, batch.blocks[entity], hidden))
        return torch.stack(losses).mean()

    def guesses(self, batch: Batch) -> list[tuple[str, str, EntitiesEncoder]]:
        """List the encoders that see such rows: where they stand, and of which entity."""
        others = {f"private/{key}" for key in self.private} - {f"private/{module_key(batch.grain)}"}
        return [part for part in self._parts() if part[1] in batch.blocks and part[0] not in others]

    def _parts(self) -> Iterator[tuple[str, str, EntitiesEncoder]]:
        views = {f"views/{key}": view.encoder for key, view in self.views.items()}
        private = {f"private/{key}": encoder for key, encoder in self.private.items()}
        for place, encoder in {"entities": self.entities, **views, **private}.items():
            assert isinstance(encoder, EntitiesEncoder)
            for entity in sorted(self.known.intersection(encoder.names)):
                yield place, entity, encoder
