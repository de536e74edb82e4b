"""Whether the items that an entity had before predict its next ones better than the most popular items do."""

from collections import Counter

import numpy as np

from banian.evaluation.bootstrap import percentiles
from banian.examples import GrainExamples
from banian.proposal.probe import ProbeScore

_FEWEST, _DRAWS = 50, 200


def probe_items(rows: GrainExamples, task: str, top: int) -> ProbeScore | None:
    """Predict each entity's earlier items, then popular ones; compare the recall at `top` with popular ones alone.

    Earlier items are the labels of earlier cutoffs that had matured by then. None where too few rows have labels.
    """
    at = rows.tasks.index(task)
    lists = rows.items[task].to_pylist()
    entity, asked, matured = rows.cluster, rows.cutoff, rows.matured_at[:, at]
    hits, popular_hits, of_entity = [], [], []
    for moment in np.unique(asked)[1:]:
        earlier = np.flatnonzero((matured <= moment) & rows.mask[:, at])
        seen: dict[int, list[int]] = {}
        popular: Counter[int] = Counter()
        for row in earlier[np.argsort(-asked[earlier].astype(np.int64), kind="stable")]:
            seen.setdefault(int(entity[row]), []).extend(lists[row])
            popular.update(lists[row])
        favourites = [item for item, _ in popular.most_common(top)]
        for row in np.flatnonzero((asked == moment) & rows.mask[:, at]):
            wanted = set(lists[row])
            if not wanted:
                continue
            own = Counter(seen.get(int(entity[row]), ()))
            guess = [item for item, _ in own.most_common(top)]
            guess += [item for item in favourites if item not in own]
            best = min(top, len(wanted))
            hits.append(len(wanted.intersection(guess[:top])) / best)
            popular_hits.append(len(wanted.intersection(favourites)) / best)
            of_entity.append(int(entity[row]))
    if len(hits) < _FEWEST:
        return None
    return _score(np.array(hits), np.array(popular_hits), np.array(of_entity))


def _score(hits: np.ndarray, popular: np.ndarray, entity: np.ndarray) -> ProbeScore:
    _, place = np.unique(entity, return_inverse=True)
    size = place.max() + 1
    sums = [np.bincount(place, weights=values) for values in (hits, popular, np.ones(len(hits)))]
    generator = np.random.Generator(np.random.PCG64(0))
    drawn = generator.integers(size, size=(_DRAWS, size))
    gained, known, count = (total[drawn].sum(axis=1) for total in sums)
    skills = (gained - known) / (count - known)
    value, constant = float(hits.mean()), float(popular.mean())
    skill = (value - constant) / (1 - constant) if constant < 1 else float("nan")
    return ProbeScore("recall", value, constant, skill, percentiles(skills, 0.95), len(hits))
