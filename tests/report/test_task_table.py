from dataclasses import replace

from banian.report import BestPossible, Serving, TaskResult, format_task_table

PLAIN = TaskResult("click", "rows of views", "auc", 0.7, (0.65, 0.75), 0.5, True, 1_200)
KNOWN = TaskResult("buy", "rows of views", "auc", 0.6, None, 0.5, None, 9, BestPossible(0.9, 0.25))


def test_each_task_is_a_row():
    names, rows = format_task_table([PLAIN, KNOWN])
    assert [dict(zip(names, row, strict=True))["task"] for row in rows] == ["click", "buy"]
    assert rows[1] == ("buy", "rows of views", "auc", "0.6", "", "0.5", "0.9", "25 %", "9")


def test_columns_in_which_nothing_is_known_are_left_out():
    names, rows = format_task_table([PLAIN])
    assert "possible " not in names
    assert rows == (("click", "rows of views", "auc", "0.7", "0.65 to 0.75", "0.5", "1,200"),)


def test_what_serves_is_named_where_there_was_a_choice():
    chosen = replace(PLAIN, serving=Serving(("twin",), "better", {"joint": 0.6, "twin": 0.7}))
    alone = replace(KNOWN, serving=Serving(("joint",), "nothing else was asked for", {}))
    names, rows = format_task_table([chosen, alone])
    assert [dict(zip(names, row, strict=True))["served by"] for row in rows] == ["twin", ""]
    assert "served by" not in format_task_table([alone])[0]
