"""What each way of sharing costs: numbers to train, and the time of a training step relative to MMoE.

    python benchmarks/sharing.py [--tasks 4] [--rounds 15]

One thread, 256 rows a step, customers with 60 numbers and three categories, products with 30 and two. Steps of
all networks take turns, and the fastest of each counts, in processor time: what else the machine does matters little.
"""

import argparse
from functools import partial

import torch
from steps import draw_block, show_times, time_steps

from banian.balancing import build_balance
from banian.batches import Batch, Fields
from banian.kinds import TowerState
from banian.models import Grain, Model, build_model, count_trained
from banian.spec import EQUAL, ModelSpec, TrainSpec
from banian.training.objective import Objective, shared_parameters
from banian.training.running_counts import RunningCounts
from banian.training.step import step

FIELDS = {
    "customers": Fields(numeric=60, specials=6, vocabulary_sizes=(30, 12, 200)),
    "products": Fields(numeric=30, specials=6, vocabulary_sizes=(400, 60)),
}
SCENES = 6
KINDS = (
    "mmoe",
    "shared_bottom",
    "ple",
    "cross_stitch",
    "task_attention",
    "stem",
    "latent_variable",
)
SHARINGS = {
    **{kind: {"kind": kind} for kind in KINDS},
    "ple, 1 layer": {"kind": "ple", "layers": 1},
    "shared_bottom, 8 members": {"kind": "shared_bottom", "members": 8},
    "mmoe, 8 members": {"kind": "mmoe", "members": 8},
}


def draw_batch(tasks: tuple[str, ...], rows: int) -> Batch:
    """Draw rows in which every label is known."""
    return Batch(
        grain="customers",
        tasks=tasks,
        blocks={entity: draw_block(fields, rows) for entity, fields in FIELDS.items()},
        scene=torch.randint(SCENES, (rows,)),
        level=torch.zeros(rows, len(tasks)),
        label=(torch.rand(rows, len(tasks)) > 0.7).float(),
        mask=torch.ones(rows, len(tasks), dtype=torch.bool),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tasks = tuple(f"task{at:02}" for at in range(chosen.tasks))
    grains = {
        "customers": Grain(tuple(FIELDS), {task: TowerState("binary", "auc") for task in tasks})
    }
    batch = draw_batch(tasks, 256)
    models: dict[str, Model] = {}
    for name, sharing in SHARINGS.items():
        spec = ModelSpec.model_validate({"sharing": sharing})
        models[name] = build_model(spec, fields=FIELDS, grains=grains, scenes=SCENES)
        models[name].fit_priors(batch)
    optimizers = {
        name: torch.optim.AdamW(model.parameters(), fused=True) for name, model in models.items()
    }
    balance = build_balance(EQUAL, dict.fromkeys(tasks, "customers"), updates_per_epoch=1)
    rows = {"customers": batch}

    def move(model: Model, optimizer: torch.optim.Optimizer) -> None:
        counts = RunningCounts().add(model, rows, steps=1.0, distillation=0.0)
        objective = Objective(model, TrainSpec(), counts)
        step(balance, [objective.micro_batch(rows)], shared_parameters(model), optimizer)

    fastest = time_steps(
        {name: partial(move, model, optimizers[name]) for name, model in models.items()},
        chosen.rounds,
    )
    numbers = {name: count_trained(model)[1] for name, model in models.items()}
    show_times(f"{chosen.tasks} tasks", numbers, fastest)


if __name__ == "__main__":
    main()
