"""Single-task twins: the same network, trained in the same way, of one task alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import final
from urllib.parse import quote

from banian.examples import Examples, Roles
from banian.models import Network
from banian.training import Selected, TrainingPlan, begin_refit, begin_selecting


@final
@dataclass(frozen=True)
class Twin:
    """What trains the twin of one task."""

    examples: Examples
    """The rows of the task's grain, with its labels alone."""
    roles: Mapping[str, Roles]
    """Grain → what these labels may be used for."""
    plan: TrainingPlan
    """The plan of the joint network, less the other tasks."""

    def begin_selecting(self) -> Callable[[], Selected]:
        """Let workers find out how long to train the twin; what is given waits for them."""
        return begin_selecting(self.examples, self.roles, self.plan)

    def begin_refit(self, selected: Selected) -> Callable[[], Network]:
        """Let workers train the twin on all that had matured before the test cutoff; what is given waits for them."""
        return begin_refit(self.examples, self.roles, self.plan, selected)


def single_out(
    task: str, examples: Examples, roles: Mapping[str, Roles], plan: TrainingPlan
) -> Twin:
    """Keep the rows, labels and roles of one task, and all else as the joint network has it.

    Encoded batches of the joint network are not used again, as the twin has other rows.
    """
    rows = examples.grain_of(task)
    at = rows.tasks.index(task)
    role, grain = roles[rows.grain], plan.grains[rows.grain]
    uses = {each.name: getattr(role, each.name)[:, [at]] for each in fields(Roles)}
    return Twin(
        Examples({rows.grain: rows.choose((task,))}, examples.reach),
        {rows.grain: Roles(**uses)},
        replace(
            plan,
            grains={rows.grain: replace(grain, tasks={task: grain.tasks[task]}, given={})},
            name=f"single-task twin of {task}" + (f", {plan.name}" if plan.name else ""),
            checkpoints=plan.checkpoints.within(f"twin-{quote(task, safe='')}"),
            cached=lambda _, encode: encode(),
            soft_targets={
                phase: {g: said[:, [at]] for g, said in targets.items() if g == rows.grain}
                for phase, targets in plan.soft_targets.items()
            },
        ),
    )
