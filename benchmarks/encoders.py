"""What each encoder costs: numbers to train, and the time of a training step relative to the plain one.

    python benchmarks/encoders.py [--rounds 30]

The fields of benchmarks/sharing.py and four tasks; beside them 5,000 ids of customers and 2,000 of products, and the
newest twenty events of each customer, with two numbers and a product. One thread, 256 rows a step; steps of all
networks take turns, and the fastest of each counts, in processor time.
"""

import argparse
from dataclasses import replace

import torch
from sharing import FIELDS, SCENES, draw_batch
from steps import draw_numbers, race

from banian.batches import ID, Batch, CategoryPart, Events, Fields
from banian.kinds import TowerState
from banian.models import Grain, build_model
from banian.spec import ModelSpec, TrainSpec
from banian.training.optimizer import Optimizers

ROWS, STEPS, POOL = 256, 20, 4096
IDS = {"customers": 5_000, "products": 2_000}
EVENTS = Fields(
    numeric=2,
    specials=6,
    vocabulary_sizes=(IDS["products"],),
    names=("product_id",),
    links={"product_id": "products"},
    steps=STEPS,
)
ENCODERS = {
    "plain": {},
    "numbers: periodic": {"numbers": "periodic"},
    "fields: {width: auto}": {"fields": {"width": "auto"}},
    "ids: embedded": {"ids": "embedded"},
    "ids, rows sparse": {"ids": "embedded", "fields": {"sparse_rows": 1000}},
    "pairs: 16": {"pairs": 16},
    "sequences: attention": {"sequences": "attention"},
    "sequences: transformer": {"sequences": "transformer"},
}


def name_entities() -> dict[str, Fields]:
    """Give the fields of sharing.py names, ids and, to customers, a history."""
    found = {}
    for entity, fields in FIELDS.items():
        names = (*map(str, range(len(fields.vocabulary_sizes))), ID)
        sizes = (*fields.vocabulary_sizes, IDS[entity])
        found[entity] = replace(fields, vocabulary_sizes=sizes, names=names)
    found["customers"] = replace(found["customers"], events={"lines": EVENTS})
    return found


def draw_rows(tasks: tuple[str, ...]) -> Batch:
    """Draw rows with ids and histories of every length."""
    batch = draw_batch(tasks, ROWS)
    blocks = {}
    for entity, block in batch.blocks.items():
        ids = torch.randint(IDS[entity], (ROWS, 1))
        blocks[entity] = block.with_parts(
            CategoryPart(torch.cat([block.part(CategoryPart).codes, ids], dim=1))
        )
    events = Events(
        (
            draw_numbers(POOL, 2),
            CategoryPart(torch.randint(IDS["products"], (POOL, 1))),
        ),
        first=torch.randint(POOL - STEPS, (ROWS,)),
        count=torch.randint(STEPS + 1, (ROWS,)),
        age=torch.rand(ROWS, STEPS),
    )
    blocks["customers"] = replace(blocks["customers"], events={"lines": events})
    return replace(batch, blocks=blocks)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=30)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tasks = tuple(f"task{at}" for at in range(4))
    towers = {task: TowerState("binary", "auc") for task in tasks}
    batch, fields = draw_rows(tasks), name_entities()
    models = {}
    for name, encoders in ENCODERS.items():
        spec = ModelSpec.model_validate(encoders)
        grains = {"customers": Grain(tuple(FIELDS), towers)}
        models[name] = build_model(spec, fields=fields, grains=grains, scenes=SCENES)
        models[name].fit_priors(batch)
    optimizers = {name: Optimizers(model, TrainSpec(), 1000) for name, model in models.items()}
    race("encoder", models, optimizers, batch, chosen.rounds)


if __name__ == "__main__":
    main()
