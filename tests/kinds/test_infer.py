"""The kind of a task follows from its labels, and what contradicts them is refused with what to write."""

from typing import get_args

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from banian.errors import LabelError
from banian.kinds import infer_kind
from banian.spec import EntityTaskSpec, Kind, RowTaskSpec
from banian.spec.label import parse_label

KINDS = [
    ([0, 1, np.nan], None, "binary"),
    ([0, 2, 1], None, "count"),
    ([0.5, 2], None, "regression"),
    ([-1, 2], None, "regression"),
    ([0, 0, 0.5, 2], None, "amount"),
    ([3, 1, 5, 2, 4], None, "ordinal"),
    ([1, 2, 4], None, "count"),
    ([3, 1, 2], "regression", "regression"),
    ([0, 1], "amount", "amount"),
    ([0, 1], "count", "count"),
]


@pytest.mark.parametrize(("label", "said", "kind"), KINDS)
def test_the_kind_follows_from_the_labels_unless_it_is_said(
    label: list[float], said: str | None, kind: str
):
    task = RowTaskSpec(rows="e", label="n", kind=said)  # type: ignore[arg-type]
    assert infer_kind("t", task, np.array(label, float)) == kind


FORMS = {
    "EXISTS(e, 0, 1d)": "binary",
    "SUM(e.n, 0, 1d) > 1 OR EXISTS(e, 0, 1d)": "binary",
    "COUNT(e, 0, 1d)": "count",
    "LEAST(COUNT_DISTINCT(e.s, 0, 1d), 5)": "count",
    "SUM(e.n, 0, 1d)": "amount",
    "COUNT(e, 0, 1d) / 2": "amount",
    "GREATEST(SUM(e.n, 0, 1d), 0)": "amount",
    "AVG(e.n, 0, 1d)": "regression",
    "GREATEST(MAX(e.n, 0, 1d), 0.5)": "regression",
}


@pytest.mark.parametrize(("text", "kind"), FORMS.items())
def test_the_kind_of_a_window_follows_from_its_form(text: str, kind: str):
    task = EntityTaskSpec(for_each="w", label=text)
    assert infer_kind("t", task, np.array([0.0, 1.0, 1.0])) == kind


PLACES = pa.array(["home", "shop", "web"])


def test_names_and_lists_are_kinds_of_their_own():
    task = EntityTaskSpec(for_each="w", label="FIRST(e.s, 0, 1d)")
    assert infer_kind("t", task, np.array([0.0, 2.0]), classes=PLACES) == "multiclass"
    assert infer_kind("t", task, np.array([0.0, 2.0]), classes=PLACES, listed=True) == "ranking"
    with pytest.raises(LabelError, match="a label that is a text is multiclass, not count"):
        infer_kind("t", task.model_copy(update={"kind": "count"}), np.array([0.0]), classes=PLACES)


def test_a_treatment_makes_it_uplift_whatever_the_label():
    for label in ([0.0, 1.0], [0.5, 12.0]):
        task = RowTaskSpec(rows="e", label="n", treatment="arm", control="none")
        assert infer_kind("t", task, np.array(label), listed=True) == "uplift"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"kind": "ranking"}, "only a list can be ranked"),
        ({"metric": "auc"}, "count is judged by one of deviance, mae, rmse, not auc"),
        ({"tower": "gaussian"}, "count is learned by one of poisson, negative_binomial"),
    ],
)
def test_what_does_not_fit_the_kind_that_was_inferred_is_refused(said: dict, problem: str):
    task = RowTaskSpec(rows="e", label="n", **said)
    with pytest.raises(LabelError, match=f"tasks.t: {problem}") as error:
        infer_kind("t", task, np.array([0.0, 3.0]))
    assert error.value.remedy


@pytest.mark.parametrize(
    ("label", "said", "problem"),
    [
        ([np.nan], None, "tasks.t: not one label is known."),
        ([0, 2], "binary", "tasks.t: a binary label cannot be 0 to 2."),
        ([-1, 2], "count", "tasks.t: a count label cannot be -1 to 2."),
        ([0, 0.5], "binary", "tasks.t: a binary label cannot be 0 to 0.5."),
    ],
)
def test_labels_that_contradict_their_kind_are_an_error(
    label: list[float], said: str | None, problem: str
):
    task = RowTaskSpec(rows="e", label="n", kind=said)  # type: ignore[arg-type]
    with pytest.raises(LabelError) as error:
        infer_kind("t", task, np.array(label, float))
    assert error.value.problem == problem


REMEDIES = [
    ("n", "binary", [-1, 1], None, "Compare it, like n > 0."),
    ("n", "binary", [0, 3, 7], None, "Compare it, like n > 0."),
    ("n", "binary", [1, 2, 2], None, "Compare it, like n = 2."),
    ("n", "binary", [-2, -1], None, "Compare it, like n = -1."),
    ("n", "binary", [2, 3, 9, 9, 9], None, "Compare it, like n > 2."),
    ("n + 1", "binary", [0.25, 0.5, 1], None, "Compare it, like n + 1 > 0.5."),
    ("n", "count", [-1, 2.5], None, "Write AS regression, or leave AS out."),
    ("n", "count", [-1, 2], None, "If less than 0 is to count as 0, ask GREATEST(n, 0)."),
    ("n", "count", [0, 0, 0.5], None, "Write AS amount, or leave AS out."),
    ("n", "ordinal", [1, 2.5], None, "Write AS regression, or leave AS out."),
    (
        "n",
        "binary",
        [0, 1, 1],
        ["No", "Yes"],
        "Compare it, like n = 'Yes'. There are: 'No', 'Yes'.",
    ),
    ("n", "binary", [0, 0, 1], ["it's", "so"], "Compare it, like n = 'so'."),
    ("n", "amount", [0, 1, 1], ["1.5", "much"], "'much' is none."),
    ("n", "ordinal", [0, 1, 1], ["bad", "good"], "Write AS multiclass, or leave AS out."),
]


@pytest.mark.parametrize(("text", "said", "label", "names", "remedy"), REMEDIES)
def test_the_remedy_is_a_question_that_these_labels_can_answer(
    text: str, said: str, label: list[float], names: list[str] | None, remedy: str
):
    task = RowTaskSpec(rows="e", label=text, kind=said)  # type: ignore[arg-type]
    classes = None if names is None else pa.array(names)
    with pytest.raises(LabelError) as error:
        infer_kind("t", task, np.array(label, float), classes=classes)
    assert remedy in error.value.remedy
    if "like " in error.value.remedy:
        written = error.value.remedy.partition("like ")[2].split(". There")[0].removesuffix(".")
        compared = RowTaskSpec(rows="e", label=written, kind="binary")
        assert parse_label(compared.label).left == task.tree
    if "Write AS" in error.value.remedy and names is None:
        other = error.value.remedy.split()[2].rstrip(",")
        task = RowTaskSpec(rows="e", label=text, kind=other)  # type: ignore[arg-type]
        assert infer_kind("t", task, np.array(label, float)) == other


def test_a_list_that_was_to_be_something_else_is_asked_for_otherwise():
    asked = "LIST_DISTINCT(e.s, 0, 1d) RANK TOP 3"
    for said, other in (("binary", "EXISTS(e, 0, 1d)"), ("count", "COUNT_DISTINCT(e.s, 0, 1d)")):
        task = EntityTaskSpec(for_each="w", label=asked, kind=said)  # type: ignore[arg-type]
        with pytest.raises(LabelError, match="a list is ranking") as error:
            infer_kind("t", task, np.array([1.0]), classes=PLACES, listed=True)
        assert error.value.remedy.endswith(f"ask {other}.")
        assert EntityTaskSpec(for_each="w", label=other).label == other


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ([0, 1], {"metric": "mae"}),
        ([0, 3], {"tower": "gaussian"}),
        ([0, 0.5], {"metric": "auc"}),
    ],
)
def test_a_metric_or_tower_that_fits_other_kinds_names_those_that_the_labels_allow(
    label: list[float], said: dict
):
    task, known = RowTaskSpec(rows="e", label="n", **said), np.array(label, float)
    with pytest.raises(LabelError) as error:
        infer_kind("t", task, known)
    allowed = []
    for kind in get_args(Kind):
        try:
            infer_kind("t", RowTaskSpec(rows="e", label="n", kind=kind, **said), known)
            allowed.append(kind)
        except (LabelError, ValidationError):
            pass
    named = f", or ask for another kind: AS {' or AS '.join(allowed)}" if allowed else ""
    assert error.value.remedy == f"Leave it out{named}."
    assert allowed or said == {"metric": "auc"}
