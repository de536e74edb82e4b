"""What the network must know of each grain."""

from banian.errors import LabelError
from banian.models import Grain, TowerSpec
from banian.spec import METRICS, ShopSpec
from banian.workflows.prepare import Prepared


def describe_grains(spec: ShopSpec, prepared: Prepared) -> dict[str, Grain]:
    """Say which entities the rows of each grain have, and what is asked about them.

    Raises:
        LabelError: no tower can learn a label of this kind.

    """
    grains = {}
    for grain, rows in prepared.examples.grains.items():
        towers = {}
        for task in rows.tasks:
            kind = prepared.kinds[task]
            if kind not in METRICS:
                raise LabelError(
                    f"tasks.{task}: a {kind} label can be checked, but no tower is there to train it.",
                    remedy="Leave the task out, or ask for a number or yes or no: COUNT(…) > 3.",
                )
            metric = spec.tasks[task].metric or METRICS[kind][0]
            towers[task] = TowerSpec(kind, metric, spec.tasks[task].floor)
        given = {t: before for t in rows.tasks if (before := spec.tasks[t].given) is not None}
        grains[grain] = Grain(tuple(sorted(rows.entities)), towers, given)
    return grains
