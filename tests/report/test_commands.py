from made_runs import write_run

from banian.report import TaskResult, next_commands, read_run

SURE = TaskResult("click", "rows of views", "auc", 0.7, None, 0.5, True, 9)
UNSURE = TaskResult("spend", "customers", "mae", 3.0, None, 2.0, False, 9)


def test_the_run_is_named_so_that_a_shell_understands_it(tmp_path):
    run = read_run(write_run(tmp_path / "my run"))
    (command,) = next_commands(run, [SURE]).values()
    assert command.startswith(f"banian predict '{tmp_path}/my run' --data")


def test_tasks_that_are_not_surely_better_are_to_be_looked_into(tmp_path):
    run = read_run(write_run(tmp_path / "run"))
    _, (why, command) = next_commands(run, [SURE, UNSURE]).items()
    assert "spend" in why
    assert "click" not in why
    assert command.startswith("banian check ")
