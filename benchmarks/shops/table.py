"""From what the rivals said to a table: every metric, and paired differences with intervals."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from banian.evaluation import draw_metric, higher_is_better, holm, measure
from shops.measure import POSSIBLE, SERVED

_DRAWS = 1000
_COLUMNS = (
    *("shop, task", "metric", "rows", "served", "by", "joint", "twin", "trees", "possible"),
    *("served − trees", "joint − trees", "joint − twin"),
)


@dataclass(frozen=True)
class Difference:
    """How much better one rival is than another, in the units of the metric; positive is better."""

    value: float
    lower: float
    upper: float
    p_value: float
    """Two-sided, of no difference."""

    def __str__(self) -> str:
        return f"{self.value:+.4g} [{self.lower:+.3g}, {self.upper:+.3g}]"


@dataclass(frozen=True)
class Row:
    """One task of one shop, over all seeds."""

    shop: str
    task: str
    metric: str
    rows: int
    scores: dict[str, float]
    """Rival → its metric, the mean over the seeds."""
    served_by: str
    against_trees: Difference
    """Served against trees."""
    joint_against_trees: Difference
    joint_against_twin: Difference | None


def read_rows(folder: Path) -> list[Row]:
    """Judge all that was measured into a folder."""
    runs: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.json")):
        runs.setdefault(path.stem.rpartition("-")[0], []).append(path)
    shown = track(runs.items(), "judging", console=Console(stderr=True), transient=True)
    return [row for shop, paths in shown for row in _judge(shop, paths)]


def _judge(shop: str, paths: list[Path]) -> Iterable[Row]:
    facts = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    said = [np.load(path.with_suffix(".npz")) for path in paths]
    for task, about in facts[0]["tasks"].items():
        metric = about["metric"]
        label, cluster = said[0][f"{task}/label"], said[0][f"{task}/cluster"]
        rivals = [
            r for r in ("joint", "twin", "trees", SERVED, POSSIBLE) if f"{task}/{r}" in said[0]
        ]
        values = [one[f"{task}/{rival}"] for rival in rivals for one in said]
        weight = np.ones(len(label))
        scores = [measure(metric, label, value, weight) for value in values]
        drawn = draw_metric(metric, label, values, cluster, resamples=_DRAWS, seed=0)
        sign = 1 if higher_is_better(metric) else -1
        point = dict(zip(rivals, np.reshape(scores, (len(rivals), -1)).mean(axis=1), strict=True))
        means = drawn.reshape(len(rivals), len(said), -1).mean(axis=1)
        draws = dict(zip(rivals, means, strict=True))
        against = {
            pair: _compare(sign, point, draws, *pair)
            for pair in ((SERVED, "trees"), ("joint", "trees"), ("joint", "twin"))
            if set(pair) <= set(rivals)
        }

        served_by = [" + ".join(one["tasks"][task]["predictors"]) for one in facts]
        yield Row(
            shop,
            task,
            metric,
            len(label),
            {name: float(score) for name, score in point.items()},
            ", ".join(dict.fromkeys(served_by)),
            against[SERVED, "trees"],
            against["joint", "trees"],
            against.get(("joint", "twin")),
        )


def _compare(
    sign: int, point: dict[str, float], draws: dict[str, np.ndarray], one: str, other: str
) -> Difference:
    ahead = sign * (draws[one] - draws[other]) + 0.0  # no −0
    ahead = ahead[~np.isnan(ahead)]
    lower, upper = np.quantile(ahead, [0.025, 0.975]) if len(ahead) else (np.nan, np.nan)
    value = sign * (point[one] - point[other]) + 0.0
    spread = float(ahead.std()) if len(ahead) else 0.0
    # Of the normal distribution with the draws' spread: counted, a thousand draws have no p below .002, which Holm's
    # correction over 25 tasks and more would never let count.
    p_value = math.erfc(abs(value) / spread / math.sqrt(2)) if spread else 1.0
    return Difference(value, lower, upper, p_value)


def write_table(rows: list[Row]) -> str:
    """Write the rows as Markdown, and below them what they come to."""
    corrected = holm({f"{r.shop}/{r.task}": r.against_trees.p_value for r in rows})
    alone = holm({f"{r.shop}/{r.task}": r.joint_against_trees.p_value for r in rows})
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        "|---" * len(_COLUMNS) + "|",
    ]
    for row in rows:
        name = f"{row.shop}/{row.task}"
        shown = {rival: f"{score:.4g}" for rival, score in row.scores.items()}
        lines.append(
            f"| {row.shop} {row.task} | {row.metric} | {row.rows:,} | {shown[SERVED]} | {row.served_by} | "
            f"{shown['joint']} | {shown.get('twin', '')} | {shown['trees']} | {shown.get(POSSIBLE, '')} | "
            f"{row.against_trees}{_star(corrected[name])} | {row.joint_against_trees}{_star(alone[name])} | "
            f"{row.joint_against_twin or ''} |"
        )
    better = sum(row.against_trees.value > 0 for row in rows)
    worse = sum(corrected[f"{r.shop}/{r.task}"] < 0.05 and r.against_trees.value < 0 for r in rows)
    ties = sum(
        r.joint_against_trees.value >= 0 or alone[f"{r.shop}/{r.task}"] >= 0.05 for r in rows
    )
    ahead = sum(row.joint_against_trees.value >= 0 for row in rows)
    return "\n".join(
        [
            *lines,
            "",
            "Positive differences are better; intervals hold 95 of 100 draws of entities, all rivals and seeds on the "
            "same draws; * is p < .05 after Holm's correction over the tasks.",
            "",
            f"- What is served is better than trees on {better} of {len(rows)} tasks, significantly worse on {worse}.",
            f"- The joint network alone is better on {ahead}, and ties or beats them on {ties}.",
            _write_twins(rows),
        ]
    )


def _write_twins(rows: list[Row]) -> str:
    twins = [(row.joint_against_twin, abs(row.scores.get("twin", 0.0))) for row in rows]
    gains = [(ahead, ahead.value / score) for ahead, score in twins if ahead and score]
    if not gains:
        return "- No shop has twins."
    shares = [share for _, share in gains]
    clear = sum(ahead.lower > 0 for ahead, _ in gains)
    behind = sum(ahead.upper < 0 for ahead, _ in gains)
    return (
        f"- Joint against its single-task twins: {np.mean(shares):+.2%} of the metric on average, "
        f"{np.median(shares):+.2%} in the median; better on {sum(share > 0 for share in shares)} of {len(shares)}, "
        f"with the whole interval on {clear}, and worse with the whole interval on {behind}."
    )


def _star(p_value: float) -> str:
    return " *" if p_value < 0.05 else ""
