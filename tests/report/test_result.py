import json

import pytest
from made_runs import CLICKED, change_card, write_run

from banian.report import BestPossible, TaskResult, read_run, task_results


def result(metric="auc", value=0.7, constant=0.5, best=None):
    found = None if best is None else BestPossible(best, 0.5)
    return TaskResult("click", "rows of views", metric, value, None, constant, True, 9, found)


@pytest.mark.parametrize(
    ("metric", "constant", "perfect"),
    [
        ("auc", 0.5, 1.0),
        ("average_precision", 0.1, 1.0),
        ("mae", 30.0, 0.0),
        ("deviance", 2.0, 0.0),
    ],
)
def test_the_constant_has_no_skill_and_perfection_all_of_it(metric, constant, perfect):
    about = result(metric, constant=constant)
    assert about.skill(constant) == 0.0
    assert about.skill(perfect) == 1.0
    assert about.skill((constant + perfect) / 2) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("metric", "constant", "best"), [("auc", 0.5, 0.8), ("log_loss", 0.6, 0.4)]
)
def test_where_the_best_possible_is_known_it_is_all_of_the_skill(metric, constant, best):
    about = result(metric, constant=constant, best=best)
    assert about.is_reachable
    assert about.skill(best) == 1.0
    assert about.skill(constant) == 0.0


@pytest.mark.parametrize("best", [0.4, 0.5])
def test_a_best_possible_that_chance_put_below_the_constant_is_no_scale(best):
    about = result(best=best)
    assert not about.is_reachable
    assert about.skill(1.0) == 1.0


def test_what_is_undefined_has_no_skill():
    assert result().skill(None) is None
    assert result(constant=None, best=0.8).skill(0.7) is None
    assert result("mae", constant=0.0).skill(0.0) is None


def test_results_come_in_the_order_of_the_spec_with_what_the_card_says(tmp_path):
    folder = write_run(tmp_path / "run", {"b": CLICKED, "a": CLICKED})
    card = read_run(folder).card["scores"]
    card["a"]["interval"] = [None, None]
    change_card(folder, scores=card)
    found = task_results(read_run(folder), {"a": BestPossible(0.8, 0.9)})
    assert [each.task for each in found] == ["b", "a"]
    assert found[0].interval == tuple(card["b"]["interval"])
    assert found[1].interval is None
    assert found[1].best == BestPossible(0.8, 0.9)


def test_a_result_is_told_as_json():
    told = json.loads(json.dumps(result(best=0.8).to_dict(), allow_nan=False))
    assert (told["value"], told["best_possible"], told["gap_closed"]) == (0.7, 0.8, 0.5)
    assert result().to_dict()["best_possible"] is None
