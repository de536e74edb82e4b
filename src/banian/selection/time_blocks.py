"""Cross-validation over time blocks: how long to train, seen from several validation blocks instead of one.

Source: Tashman, "Out-of-sample tests of forecasting accuracy", International Journal of Forecasting 16, 2000: rolling
origins. Block 0 is the validation block of the split; each further one ends where the one after it begins, is as long,
and is seen by networks that were trained on what had matured before it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from banian.errors import LabelError, SpecError
from banian.examples import Examples, Roles, assign_roles
from banian.spec import SplitSpec, TimeSplitSpec
from banian.training import KEPT, Schedule, Selected, TrainingPlan


@final
@dataclass(frozen=True)
class Block:
    """One validation block, and what is trained to be judged by it."""

    roles: Mapping[str, Roles]
    """Grain → what its labels may be used for where this block validates."""
    plan: TrainingPlan
    """The plan of training, with the split of this block."""
    judged: frozenset[str]
    """The tasks of which it has labels."""

    def known(self, schedule: Schedule) -> Schedule:
        """Keep of a schedule the tasks of which this block has labels."""
        steps = schedule.best_steps.items()
        return replace(schedule, best_steps={task: at for task, at in steps if task in self.judged})


def cut_blocks(examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan) -> list[Block]:
    """Give as many blocks as the spec has folds, the newest first.

    Raises:
        SpecError: the split has no time.
        LabelError: the shop has not existed for so long.

    """
    blocks = [Block(roles, plan, _judged(examples, roles))]
    for fold in range(1, plan.train.folds):
        split = move_back(plan.split, fold)
        earlier = {
            grain: assign_roles(rows, split, calibrate=False)
            for grain, rows in examples.grains.items()
        }
        for use, missing in (("select", "matured before it"), ("valid", "lies in it")):
            if not any(getattr(role, use).any() for role in earlier.values()):
                raise LabelError(
                    f"train.folds: block {fold + 1} of {plan.train.folds} is from {split.valid} to {split.test}, "
                    f"and no label {missing}.",
                    remedy=f"Take at most {fold} folds.",
                )
        blocks.append(
            Block(
                earlier,
                replace(
                    plan,
                    split=split,
                    name=f"block {fold + 1} of {plan.train.folds}",
                    checkpoints=plan.checkpoints.within(f"block-{fold}"),
                    cached=lambda _, encode: encode(),
                ),
                _judged(examples, earlier),
            )
        )
    return blocks


def _judged(examples: Examples, roles: Mapping[str, Roles]) -> frozenset[str]:
    return frozenset(
        task
        for grain, rows in examples.grains.items()
        for at, task in enumerate(rows.tasks)
        if roles[grain].valid[:, at].any()
    )


def move_back(split: SplitSpec, blocks: int) -> TimeSplitSpec:
    """Move a split by so many of its validation blocks into the past.

    >>> split = TimeSplitSpec(valid="2024-03-01", test="2024-03-31")
    >>> str(move_back(split, 2).valid), str(move_back(split, 2).test)
    ('2024-01-01 00:00:00', '2024-01-31 00:00:00')
    """
    if not isinstance(split, TimeSplitSpec):
        raise SpecError(
            "train.folds: time blocks need a split by time, and this one is by id.",
            remedy="Leave folds out, or split by valid and test times.",
        )
    length = split.test - split.valid
    dates = {"valid": split.valid - blocks * length, "test": split.test - blocks * length}
    return split.model_copy(update=dates)


def begin_over(
    blocks: Sequence[Block],
    begin: Callable[[Mapping[str, Roles], TrainingPlan], Callable[[], Selected]],
) -> Callable[[], Selected]:
    """Begin to select on every block; what is given waits, and merges the best steps that were found for each task.

    `begin` is given roles and plan of a block, and lets a network be trained. The outputs kept are those on the first
    block, which is the validation block of the split; a block says nothing of tasks of which it has no labels.
    """
    begun = [begin(block.roles, block.plan) for block in blocks]

    def wait() -> Selected:
        first, *others = (selected() for selected in begun)
        known = [
            [block.known(s) for s in o.schedules]
            for block, o in zip(blocks[1:], others, strict=True)
        ]
        members = zip(first.schedules, *known, strict=True)
        return Selected(tuple(map(merge_schedules, members)), first.said)

    return wait


def merge_schedules(schedules: Sequence[Schedule]) -> Schedule:
    """Take, of all steps that were best for a task on some block, those in the middle.

    Steps are compared as shares of the planned ones, as the step size falls with these; the first schedule says how
    many are planned.

    >>> late = Schedule(100, {"buys": (40, 60, 80)}, batch_rows=256)
    >>> soon = Schedule(50, {"buys": (5, 10, 15)}, batch_rows=256)
    >>> merge_schedules([late, soon])
    Schedule(planned=100, best_steps={'buys': (20, 30, 40)}, batch_rows=256)
    """
    planned = schedules[0].planned
    best_steps: dict[str, tuple[int, ...]] = {}
    for task in schedules[0].best_steps:
        steps = sorted(
            round(step * planned / each.planned)
            for each in schedules
            for step in each.best_steps.get(task, ())
        )
        start = max(0, (len(steps) - KEPT) // 2)
        best_steps[task] = tuple(sorted(set(steps[start : start + KEPT])))
    return replace(schedules[0], best_steps=best_steps)
