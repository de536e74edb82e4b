"""Whether what trees found helps the network as features: their leaves as categories, products of what they split on.

    python benchmarks/tree_features.py --data FOLDER_OF_PUBLIC_DATA --shop backorders [--seed 0]

Trains one network without them, one with the leaves and one with the products, each on the rows that select, and prints
every task's headline metric on the validation rows. The trees grow on the training rows of half of the entities, so
that a leaf does not repeat the labels of the other half. Both were left out (docs/log.md).
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from shops.shop import SHOPS

from banian.examples import Examples, GrainExamples, Roles
from banian.selection.candidates import fit_candidates
from banian.selection.tree_teachers import fold_entities
from banian.selection.validation_scorer import build_scorer
from banian.spec import ShopSpec
from banian.tables import build_engine
from banian.training import NO_RECORDER, Selected, TrainingPlan, select_network
from banian.trees import Trees
from banian.trees.fit import TreesPlan, grow_trees
from banian.workflows.grains import build_grains
from banian.workflows.prepare import Prepared, prepare

_TREES, _LEAVES = 20, 8
_PAIRS = 12
Columns = Iterator[tuple[str, pa.Array]]
Describe = Callable[[GrainExamples, str, TreesPlan, np.ndarray, int], Columns]
"""From rows, a task, its plan, the rows that train and a seed to new columns."""


def main() -> None:
    """Print the metrics."""
    shops = {shop.name: shop for shop in SHOPS}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of public data")
    parser.add_argument("--shop", choices=shops, required=True)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = shops[chosen.shop].make(chosen.data, Path(folder))
        spec = shops[chosen.shop].spec(tables)
        prepared = prepare(spec, tables, build_engine("duckdb"), lambda _: None)
    plan = _course(spec, prepared, chosen.seed)
    examples, roles = prepared.examples, prepared.roles
    candidates = fit_candidates(examples, roles, plan, ("joint", "trees"))
    _show("without", candidates.joint, examples, roles, plan)
    for name, describe in (("leaves", _leaves), ("products", _products)):
        grains = {
            grain: _extend(rows, roles[grain], candidates.trees, describe, chosen.seed)
            for grain, rows in examples.grains.items()
        }
        richer = Examples(grains, examples.reach)
        _show(name, select_network(richer, roles, plan), richer, roles, plan)


def _course(spec: ShopSpec, prepared: Prepared, seed: int) -> TrainingPlan:
    return TrainingPlan(
        spec.model,
        spec.train.model_copy(update={"seeds": 1, "teacher": "none"}),
        build_grains(spec.tasks, prepared),
        spec.split,
        seed=seed,
        device=torch.device("cpu"),
        recorder=NO_RECORDER,
    )


def _show(
    name: str,
    selected: Selected,
    examples: Examples,
    roles: Mapping[str, Roles],
    plan: TrainingPlan,
) -> None:
    for grain, rows in examples.grains.items():
        for at, task in enumerate(rows.tasks):
            tower = plan.grains[grain].tasks[task]
            score = build_scorer(rows, task, tower, roles[grain].valid[:, at]).score
            print(
                f"{name:>10}  {task:>24}  {tower.metric:>10}  {score(selected.average(task)):.5g}"
            )


def _extend(
    rows: GrainExamples, roles: Roles, plans: Mapping[str, TreesPlan], describe: Describe, seed: int
) -> GrainExamples:
    """Give an entity of the grain the columns that `describe` makes of each task's trees."""
    entity = min(rows.entities)
    columns = rows.entities[entity].columns
    half = fold_entities(rows, seed=seed) < 2
    for at, task in enumerate(rows.tasks):
        if task in plans:
            training = roles.select[:, at] & half
            for name, column in describe(rows, task, plans[task], training, seed):
                columns = columns.append_column(f"{task}: {name}", pa.chunked_array([column]))
    described = replace(rows.entities[entity], columns=columns)
    return replace(rows, entities=dict(rows.entities) | {entity: described})


def _leaves(
    rows: GrainExamples, task: str, plan: TreesPlan, training: np.ndarray, seed: int
) -> Columns:
    settings = plan.settings | {"num_leaves": _LEAVES, "learning_rate": 0.2}
    few = replace(plan, rounds=min(_TREES, plan.rounds), settings=settings)
    trees = grow_trees(rows, task, few, training, seed=seed, threads=1)
    matrix = trees.columns.to_matrix(rows)
    for tree, leaf in enumerate(np.asarray(trees.booster.predict(matrix, pred_leaf=True)).T):
        yield f"leaf of tree {tree}", pa.array(leaf.astype(str))


def _products(
    rows: GrainExamples, task: str, plan: TreesPlan, training: np.ndarray, seed: int
) -> Columns:
    trees = grow_trees(rows, task, plan, training, seed=seed, threads=1)
    matrix = trees.columns.to_matrix(rows)
    for one, other in _split_together(trees):
        ranks = [_centred_ranks(matrix[:, at]) for at in (one, other)]
        yield f"{one} by {other}", pa.array(ranks[0] * ranks[1])


def _split_together(trees: Trees) -> list[tuple[int, int]]:
    """List the pairs of numbers of which one splits right below the other, those with most gain first."""
    nodes = trees.booster.trees_to_dataframe().dropna(subset=["split_feature"])
    place = nodes["split_feature"].str.removeprefix("f").astype(int)
    feature, gain = (
        dict(zip(nodes["node_index"], of, strict=True)) for of in (place, nodes["split_gain"])
    )
    found: Counter[tuple[int, int]] = Counter()
    for node, parent in zip(nodes["node_index"], nodes["parent_index"], strict=True):
        if parent in feature and feature[parent] != feature[node]:
            pair = sorted((feature[node], feature[parent]))
            found[pair[0], pair[1]] += min(gain[node], gain[parent])
    numbers = len(trees.columns.numbers)
    return [pair for pair, _ in found.most_common() if max(pair) < numbers][:_PAIRS]


def _centred_ranks(column: np.ndarray) -> np.ndarray:
    order = np.argsort(np.argsort(np.nan_to_num(column), kind="stable"))
    return order / len(column) - 0.5


if __name__ == "__main__":
    main()
