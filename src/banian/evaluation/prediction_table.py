"""The table of test predictions with their labels beside them, read back for metrics.

`test_predictions.parquet` of a run: one row per prediction, with the columns of `Predictions` and, behind them, label,
answers, likelihood and weight.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float64

from banian.evaluation.number_metrics import pinball
from banian.evaluation.outcome import Reading
from banian.evaluation.ranking_metrics import score_rankings
from banian.predictions import ANSWERS, LIKELIHOOD, WEIGHT
from banian.spec import Metric


def read_prediction_table(
    metric: Metric, rows: pa.Table, *, quantile: float | None
) -> Reading | None:
    """Give labels and predictions of one task as the metric takes them; None where a column that it needs is missing.

    `rows` are those of the task whose label is known; `quantile` is that which a quantile task predicts.
    """
    label, value = (rows[name].to_numpy().astype(np.float64) for name in ("label", "value"))
    match metric:
        case "auc" | "average_precision" | "mae" | "rmse" | "deviance":
            return label, value
        case "log_loss" if LIKELIHOOD in rows.column_names:
            said = rows[LIKELIHOOD].to_numpy().astype(np.float64)
            return np.ones(len(said)), said
        case "log_loss":  # an older Banian wrote it, of yes or no
            return label, value
        case "accuracy" | "macro_f1":
            return label, _code(rows["choice"], pc.list_element(rows[ANSWERS], 0), label)
        case "pinball" if quantile is not None:
            return label, pinball(label, value, rank=quantile)
        case "ndcg" | "recall" | "mrr":
            return label, _rank(metric, rows, label)
        case _:
            return None


def read_weight(rows: pa.Table) -> Float64[np.ndarray, " row"]:
    """Give the weight of each row: 1 where the table has none."""
    if WEIGHT not in rows.column_names:
        return np.ones(len(rows))
    return np.asarray(pc.fill_null(rows[WEIGHT], 1.0)).astype(np.float64)


def right_choices(rows: pa.Table) -> Float64[np.ndarray, " row"]:
    """Say which rows were predicted to have the class that they have: 1 or 0."""
    right = pc.equal(rows["choice"], pc.list_element(rows[ANSWERS], 0))
    return np.asarray(pc.fill_null(right, False)).astype(np.float64)


def _code(
    choice: pa.ChunkedArray, truth: pa.ChunkedArray, label: Float64[np.ndarray, " row"]
) -> Float64[np.ndarray, " row"]:
    """Give chosen classes the codes that labels have; those that are no row's class get negative codes of their own."""
    texts, first = np.unique(truth.to_numpy(zero_copy_only=False).astype(str), return_index=True)
    said = choice.to_numpy(zero_copy_only=False).astype(str)
    place = np.searchsorted(texts, said).clip(max=len(texts) - 1)
    _, other = np.unique(said, return_inverse=True)
    return np.where(texts[place] == said, label[first][place], -1.0 - other)


def _rank(
    metric: Metric, rows: pa.Table, label: Float64[np.ndarray, " row"]
) -> Float64[np.ndarray, " row"]:
    wanted, ranked = rows[ANSWERS].combine_chunks(), rows["choices"].combine_chunks()
    names = pc.struct_field(ranked.flatten(), "name")
    known = pc.unique(pa.concat_arrays([wanted.flatten(), names]))
    scores = score_rankings(
        _lay_out(wanted, pc.index_in(wanted.flatten(), known), -1),
        label,
        _lay_out(ranked, pc.index_in(names, known), -2),
    )
    return {"ndcg": scores.ndcg, "recall": scores.recall_at_k}.get(metric, scores.mrr)


def _lay_out(lists: pa.Array, codes: pa.Array, filler: int) -> np.ndarray:
    sizes = pc.list_value_length(lists).to_numpy()
    found = np.full((len(sizes), int(sizes.max(initial=1))), filler, np.int64)
    found[np.arange(found.shape[1]) < sizes[:, None]] = codes.to_numpy()
    return found
