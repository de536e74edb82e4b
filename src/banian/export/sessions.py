"""The graphs of one weight set, run by ONNX Runtime."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from banian.batches import Batch, Block, Fields
from banian.export.files import SetFiles
from banian.export.inputs import (
    ENTITY,
    SCENE,
    carried,
    entity_tensors,
    event_names,
    event_tensors,
    paths_of,
    vector_name,
)
from banian.extra import import_extra
from banian.models import Model

Vectors = Float32[np.ndarray, "row width"]


@final
class WeightSet:
    """Encodes entities and answers tasks of one grain with the weights of one member, in one thread.

    Args:
        folder: Where the graphs of the network lie.
        files: Which of them.
        grain: Whose rows they are for.
        model: The member that they were made from.
        fields: Entity → its fields.

    """

    def __init__(
        self,
        folder: Path,
        files: SetFiles,
        *,
        grain: str,
        model: Model,
        fields: Mapping[str, Fields],
    ) -> None:
        self.member, self.tasks = files.member, files.tasks
        self.entities = carried(model, grain)
        self.paths, self._fields = paths_of(model, grain), fields
        self._encoders = {name: _start(folder / files.entities[name]) for name in self.entities}
        self._tail = _start(folder / files.tail)

    def encode(self, entity: str, block: Block | None, rows: int) -> Vectors:
        """Encode an entity of some rows, of which none has it where the block is missing."""
        session = self._encoders[entity]
        tensors = entity_tensors(block, self._fields[entity], rows)
        (found,) = _run(session, dict(zip(ENTITY, tensors, strict=True)))
        return found

    def tell(self, batch: Batch, vectors: Mapping[str, Vectors]) -> dict[str, Tensor]:
        """Compute the logits of the tasks from the vectors of all entities of the rows of a batch."""
        feeds: dict[str, Tensor] = {SCENE: batch.scene}
        feeds |= {
            vector_name(at): torch.from_numpy(vectors[name])
            for at, name in enumerate(self.entities)
        }
        for at, found in enumerate(event_tensors(batch, self.paths, self._fields)):
            feeds |= dict(zip(event_names(at), found, strict=True))
        said = _run(self._tail, feeds)
        return {
            task: torch.from_numpy(logits) for task, logits in zip(self.tasks, said, strict=True)
        }


def _start(path: Path) -> Any:  # noqa: ANN401
    runtime = import_extra("serve", "onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_mem_pattern = False  # made for rows of one number
    options.log_severity_level = 3
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _run(session: Any, feeds: Mapping[str, Tensor]) -> Sequence[np.ndarray]:  # noqa: ANN401
    taken = {found.name: feeds[found.name].numpy() for found in session.get_inputs()}
    found: Sequence[np.ndarray] = session.run(None, taken)
    return found
