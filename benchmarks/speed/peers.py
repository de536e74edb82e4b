"""Other libraries train the same MMoE on the same rows; run by the interpreter of an environment that has them.

    python -m venv peers && peers/bin/pip install torch scikit-learn requests torch-rechub deepctr-torch
    peers/bin/python benchmarks/speed/peers.py ROWS.npz

ROWS.npz holds what `benchmarks/training.py --peers` writes. Prints a JSON object: library → rows per second of
processor time of its own `fit`, validation included, over one pass.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from time import process_time

import numpy as np
import torch

EXPERTS, EXPERT, TOWER = 8, (64, 64), (32,)
VALID = 0.1


def main() -> None:
    """Measure both."""
    torch.set_num_threads(1)
    found = {}
    with np.load(sys.argv[1]) as rows, redirect_stdout(sys.stderr):
        for name, fit in (("DeepCTR-Torch", fit_deepctr), ("torch-rechub", fit_rechub)):
            train = fit(rows["codes"], rows["numbers"], rows["labels"], rows["shape"].tolist())
            begun = process_time()
            train()
            found[name] = len(rows["codes"]) * (1 - VALID) / (process_time() - begun)
    print(json.dumps(found))


def fit_deepctr(
    codes: np.ndarray, numbers: np.ndarray, labels: np.ndarray, shape: list[int]
) -> Callable[[], object]:
    """Give what trains DeepCTR-Torch's MMOE."""
    from deepctr_torch.inputs import DenseFeat, SparseFeat
    from deepctr_torch.models import MMOE

    batch, width, *sizes = shape
    fields = [SparseFeat(f"c{at}", size, width) for at, size in enumerate(sizes)]
    fields += [DenseFeat(f"n{at}", 1) for at in range(numbers.shape[1])]
    names = [f"y{at}" for at in range(labels.shape[1])]
    model = MMOE(
        fields,
        num_experts=EXPERTS,
        expert_dnn_hidden_units=EXPERT,
        gate_dnn_hidden_units=(),
        tower_dnn_hidden_units=TOWER,
        l2_reg_linear=0,
        l2_reg_embedding=0,
        task_types=["binary"] * len(names),
        task_names=names,
    )
    model.compile("adam", loss=["binary_crossentropy"] * len(names), metrics=["auc"])
    columns = _columns(codes, numbers)
    return lambda: model.fit(
        columns, labels, batch_size=batch, epochs=1, verbose=0, validation_split=VALID
    )


def fit_rechub(
    codes: np.ndarray, numbers: np.ndarray, labels: np.ndarray, shape: list[int]
) -> Callable[[], object]:
    """Give what trains torch-rechub's MMOE."""
    from torch_rechub.basic.features import DenseFeature, SparseFeature
    from torch_rechub.models.multi_task import MMOE
    from torch_rechub.trainers import MTLTrainer
    from torch_rechub.utils.data import DataGenerator

    batch, width, *sizes = shape
    fields = [
        SparseFeature(f"c{at}", vocab_size=size, embed_dim=width) for at, size in enumerate(sizes)
    ]
    fields += [DenseFeature(f"n{at}") for at in range(numbers.shape[1])]
    kinds = ["classification"] * labels.shape[1]
    towers = [{"dims": list(TOWER)} for _ in kinds]
    model = MMOE(fields, kinds, EXPERTS, {"dims": list(EXPERT)}, towers)
    data = DataGenerator(_columns(codes, numbers), labels)
    loaders = data.generate_dataloader(split_ratio=[1 - VALID, VALID], batch_size=batch)
    trainer = MTLTrainer(model, kinds, n_epoch=1, model_path=tempfile.mkdtemp())
    return lambda: trainer.fit(loaders[0], loaders[1])


def _columns(codes: np.ndarray, numbers: np.ndarray) -> dict[str, np.ndarray]:
    columns = {f"c{at}": column for at, column in enumerate(codes.T)}
    return columns | {f"n{at}": column for at, column in enumerate(numbers.T)}


if __name__ == "__main__":
    main()
