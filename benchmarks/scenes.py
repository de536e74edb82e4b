"""What scenes, dependence and fusion cost: numbers to train, and the time of a training step relative to the plain one.

    python benchmarks/scenes.py [--scenes 4] [--rounds 30]

One thread, 256 rows a step, scenes drawn evenly, a funnel of three steps and a purchase's amount; customers with 60
numbers and three categories, products with 30 and two. Steps of all networks take turns, and the fastest of each
counts, in processor time: what else the machine does matters little.
"""

import argparse

import torch
from steps import draw_block, race

from banian.batches import Batch, Fields
from banian.kinds import TowerState
from banian.models import Grain, build_model
from banian.spec import ModelSpec

FIELDS = {
    "customers": Fields(numeric=60, specials=6, vocabulary_sizes=(30, 12, 200)),
    "products": Fields(numeric=30, specials=6, vocabulary_sizes=(400, 60)),
}
BINARY = TowerState("binary", "auc")
GRAIN = Grain(
    tuple(FIELDS),
    {"click": BINARY, "cart": BINARY, "buy": BINARY, "spend": TowerState("amount", "mae")},
    given={"cart": "click", "buy": "cart", "spend": "buy"},
)
ROWS, KNOWN = 256, 2
COMPOSITIONS = {
    "plain": {},
    "scenes: pepnet": {"scenes": "pepnet"},
    "scenes: star": {"scenes": "star"},
    "scenes: {kind: star, rank: 1}": {"scenes": {"kind": "star", "rank": 1}},
    "scenes: {kind: star, rank: 2}": {"scenes": {"kind": "star", "rank": 2}},
    "scenes: towers": {"scenes": "towers"},
    "scenes: {kind: towers, rank: 1}": {"scenes": {"kind": "towers", "rank": 1}},
    "scenes: {kind: towers, rank: 2}": {"scenes": {"kind": "towers", "rank": 2}},
    "dependence: esmm": {"dependence": "esmm"},
    "dependence: aitm": {"dependence": "aitm"},
    "fusion: true": {"fusion": True},
    "pepnet, esmm, fusion": {"scenes": "pepnet", "dependence": "esmm", "fusion": True},
}


def draw_batch(scenes: int) -> Batch:
    """Draw rows of a funnel in which every other row of a step goes on to the next."""
    goes_on = (torch.rand(ROWS, 4) > 0.5).cumprod(dim=1)
    asked = torch.cat([torch.ones(ROWS, 1), goes_on[:, :3]], dim=1) > 0
    return Batch(
        grain="pages",
        tasks=tuple(GRAIN.tasks),
        blocks={entity: draw_block(fields, ROWS) for entity, fields in FIELDS.items()},
        scene=torch.randint(KNOWN, KNOWN + scenes, (ROWS,)),
        level=torch.zeros(ROWS, 4),
        label=goes_on * asked * torch.tensor([1.0, 1.0, 1.0, 30.0]),
        mask=asked,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenes", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=30)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(0)
    batch = draw_batch(chosen.scenes)
    models = {
        name: build_model(
            ModelSpec.model_validate(composed),
            fields=FIELDS,
            grains={"pages": GRAIN},
            scenes=KNOWN + chosen.scenes,
        )
        for name, composed in COMPOSITIONS.items()
    }
    optimizers = {
        name: torch.optim.AdamW(model.parameters(), fused=True) for name, model in models.items()
    }
    for model in models.values():
        model.fit_priors(batch)
    race(f"{chosen.scenes} scenes", models, optimizers, batch, chosen.rounds)


if __name__ == "__main__":
    main()
