from typing import get_args

from banian.evaluation import higher_is_better
from banian.report.sentences import METRIC_WORDS, serving_words
from banian.spec import Metric


def test_every_metric_is_explained_and_its_perfect_score_said():
    assert set(METRIC_WORDS) == set(get_args(Metric))
    for metric, said in METRIC_WORDS.items():
        if metric != "qini":  # nobody knows how much there was to gain
            assert f"{1 if higher_is_better(metric) else 0} is perfect" in said


def test_averages_name_all_that_answer():
    assert serving_words(["twin"]) == "a network for this task alone"
    assert serving_words(["joint", "twin", "trees"]) == (
        "the average of the one network of all tasks, a network for this task alone and boosted trees"
    )
