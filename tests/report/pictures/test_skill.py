from dataclasses import replace

from banian.report import BestPossible, TaskResult
from banian.report.pictures import draw_skill

CLICK = TaskResult("click", "rows of views", "auc", 0.75, (0.7, 0.8), 0.5, True, 9)
SPEND = TaskResult("spend", "customers", "mae", 30.0, (10.0, 50.0), 40.0, False, 9)


def test_the_words_say_every_skill_with_the_better_end_above():
    assert draw_skill([CLICK, SPEND]).alt == (
        "Skill from 0, the best constant, to 1: click 0.50 (0.40 to 0.60); spend 0.25 (-0.25 to 0.75)."
    )


def test_dots_are_hollow_where_the_constant_may_do():
    filled, hollow = draw_skill([CLICK]).svg, draw_skill([SPEND]).svg
    assert 'fill="var(--paper)"' not in filled
    assert 'fill="var(--paper)"' in hollow


def test_only_a_known_best_possible_is_marked():
    known = replace(CLICK, best=BestPossible(0.9, 0.5))
    assert "var(--second)" in draw_skill([known]).svg
    assert "var(--second)" not in draw_skill([CLICK]).svg
