"""What each way of balancing costs, and each option of training: the time of a training step relative to the plain one.

    python benchmarks/balance.py [--rounds 15]

One thread, 256 rows a step of customers and lines, 120 of products; first three tasks of one grain, then six of three.
All take turns, and the fastest step of each counts, in processor time: what else the machine does matters little.
"""

import argparse
from collections.abc import Callable, Mapping

import torch
from steps import draw_block, time_steps

from banian.balancing import build_balance
from banian.batches import Batch, Fields
from banian.kinds import TowerState
from banian.models import Grain, Model, build_model
from banian.spec import ModelSpec, TrainSpec
from banian.training.objective import Objective, shared_parameters
from banian.training.running_counts import RunningCounts
from banian.training.step import step

FIELDS = {
    "customers": Fields(numeric=60, specials=6, vocabulary_sizes=(40,)),
    "products": Fields(numeric=60, specials=6, vocabulary_sizes=(200, 30)),
    "lines": Fields(numeric=12, specials=6, vocabulary_sizes=(30, 20)),
}
ROWS = {"customers": 256, "products": 120, "lines": 256}
SCENES = 3
BINARY, AMOUNT = TowerState("binary", "auc"), TowerState("amount", "mae")
CUSTOMERS = Grain(("customers",), {"churn": BINARY, "repurchase": BINARY, "spend": AMOUNT})
WORLDS = {
    "3 tasks of 1 grain": {"customers": CUSTOMERS},
    "6 tasks of 3 grains": {
        "customers": CUSTOMERS,
        "products": Grain(("products",), {"demand": AMOUNT}),
        "lines": Grain(("lines", "customers", "products"), {"returned": BINARY, "late": BINARY}),
    },
}
WORDS = (
    *("equal", "uncertainty", "dwa", "rlw", "gradnorm", "famo"),
    *("upgrad", "pcgrad", "cagrad", "mgda", "imtl_g", "aligned_mtl", "nash_mtl", "alternating"),
)
BALANCES = {word: {"kind": word} for word in WORDS} | {
    "alternating by grain": {"kind": "alternating", "by": "grain"}
}
OPTIONS = {
    "embedding_l2": TrainSpec(embedding_l2=0.01),
    "adversary": TrainSpec(adversary=0.3),
    "bfloat16": TrainSpec(precision="bfloat16"),
    "a teacher": TrainSpec(),
}
PLAIN = TrainSpec()


def draw_batch(name: str, grain: Grain) -> Batch:
    """Draw rows in which four labels of five are known."""
    rows, tasks = ROWS[name], tuple(grain.tasks)
    return Batch(
        grain=name,
        tasks=tasks,
        blocks={entity: draw_block(FIELDS[entity], rows) for entity in grain.entities},
        scene=torch.randint(SCENES, (rows,)),
        level=torch.zeros(rows, len(tasks)),
        label=(torch.rand(rows, len(tasks)) > 0.7).float(),
        mask=torch.rand(rows, len(tasks)) < 0.8,
    )


def new_step(
    grains: Mapping[str, Grain], rows: Mapping[str, Batch], balance: str, train: TrainSpec
) -> Callable[[], object]:
    """Build a network, and give what makes a step with it."""
    torch.manual_seed(0)
    spec = ModelSpec.model_validate({"balance": BALANCES[balance]})
    entities = {entity for grain in grains.values() for entity in grain.entities}
    fields = {entity: FIELDS[entity] for entity in entities}
    model: Model = build_model(spec, fields=fields, grains=grains, scenes=SCENES)
    for batch in rows.values():
        model.fit_priors(batch)
    counts = RunningCounts().add(model, rows, steps=1.0, distillation=train.distillation)
    objective = Objective(model, train, counts)
    weighing = build_balance(spec.balance, objective.grain_of, updates_per_epoch=50)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    shared = shared_parameters(model)

    def make() -> object:
        # Drawn rows are new blocks: nothing that an earlier step worked out of them is kept.
        drawn = {name: batch.rows(torch.arange(len(batch))) for name, batch in rows.items()}
        return step(weighing, [objective.micro_batch(drawn)], shared, optimizer)

    return make


def main() -> None:
    """Print a table per world."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    for world, grains in WORLDS.items():
        torch.manual_seed(0)
        rows = {name: draw_batch(name, grain) for name, grain in grains.items()}
        taught = {name: batch.taught(batch.label) for name, batch in rows.items()}
        steps = {name: new_step(grains, rows, name, PLAIN) for name in BALANCES}
        for name, train in OPTIONS.items():
            known = taught if name == "a teacher" else rows
            steps[name] = new_step(grains, known, "equal", train)
        fastest = time_steps(steps, rounds)
        print(f"{world:>24}  {'ms':>6}  relative")
        for name, took in fastest.items():
            print(f"{name:>24}  {took * 1e3:>6.1f}  {took / fastest['equal']:.2f}")


if __name__ == "__main__":
    main()
