"""A fit that is to be done in so many minutes: what is left out so that it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, final

from banian.examples import Roles
from banian.selection.costs import Costs
from banian.spec import ServeWith, ShopSpec, TrainSpec
from banian.training import choose_batch_rows

_QUICK_STEPS = 200
"""Steps of the network of a first look, if that is more than two epochs."""
Part = Literal["rows", "twins", "folds", "seeds", "trees", "epochs"]
"""What can be left out, in the order in which it is; rows only of a first look."""


@final
@dataclass(frozen=True)
class Course:
    """One way to fit a spec.

    Args:
        train: How long the networks train, and how many.
        serve_with: What may serve.
        left_out: What the spec declares and this way leaves out → in words.

    """

    train: TrainSpec
    serve_with: ServeWith
    left_out: Mapping[Part, str] = field(default_factory=dict)

    def without(
        self,
        part: Part,
        words: str,
        *,
        serve_with: ServeWith | None = None,
        **train: Any,  # noqa: ANN401 -- fields of the spec
    ) -> "Course":
        """Leave out one part more."""
        changed = self.train.model_copy(update=train)
        return Course(changed, serve_with or self.serve_with, {**self.left_out, part: words})


def list_courses(spec: ShopSpec, costs: Costs) -> Iterator[Course]:
    """Give ways to fit a spec, each cheaper than the one before; what brings least for its time is left out first.

    Twins go first, then earlier validation blocks, networks of other seeds, trees, and in the end half of the epochs
    again and again (docs/performance.md says what each brings).
    """
    course = Course(spec.train, spec.serve_with)
    yield course
    if "twin" in course.serve_with and costs.twins and len(course.serve_with) > 1:
        kept = tuple(each for each in course.serve_with if each != "twin")
        course = course.without("twins", "single-task twins", serve_with=kept)
        yield course
    if course.train.folds > 1:
        words = f"{course.train.folds - 1} earlier validation blocks"
        course = course.without("folds", words, folds=1)
        yield course
    seeds = course.train.seeds
    for kept_seeds in range(seeds - 1, 0, -1):
        words = f"{seeds - kept_seeds} of {seeds} networks of different seeds"
        course = course.without("seeds", words, seeds=kept_seeds)
        yield course
    if course.serve_with != ("joint",) or course.train.teacher == "trees":
        course = course.without("trees", "boosted trees", serve_with=("joint",), teacher="none")
        yield course
    epochs = whole = costs.network.planned // costs.network.steps_per_epoch
    while epochs > 1:
        epochs = -(-epochs // 2)
        words = f"{whole - epochs} of {whole} epochs"
        course = course.without("epochs", words, epochs=epochs)
        yield course


def quick_course(spec: ShopSpec, roles: Mapping[str, Roles], *, most: int) -> Course:
    """Give the course of a first look: one network, some hundred steps.

    `roles` maps each grain to what the labels of its rows may be used for; of a grain there are about `most` rows.
    """
    rows = max(int(role.select.any(axis=1).sum()) for role in roles.values())
    steps = -(-rows // (spec.train.batch_rows or choose_batch_rows(rows)))
    epochs = max(2, -(-_QUICK_STEPS // steps))
    course = Course(spec.train, spec.serve_with).without("rows", f"rows beyond {most:,} of a grain")
    if "twin" in course.serve_with and len(spec.tasks) > 1:
        course = course.without("twins", "single-task twins")
    if course.train.folds > 1:
        course = course.without("folds", "earlier validation blocks", folds=1)
    if course.train.seeds > 1:
        course = course.without("seeds", "networks of other seeds", seeds=1)
    if "trees" in course.serve_with or course.train.teacher == "trees":
        course = course.without("trees", "boosted trees", teacher="none")
    if course.train.epochs is None or course.train.epochs > epochs:
        course = course.without("epochs", f"all but {epochs} epochs", epochs=epochs)
    return replace(course, serve_with=("joint",))


def choose_course(spec: ShopSpec, costs: Costs, *, seconds: float, jobs: int) -> Course:
    """Choose the first course that is done in so many seconds, or the cheapest where none is."""
    listed = [*list_courses(spec, costs)]
    fitting = (
        course
        for course in listed
        if costs.seconds(course.train, course.serve_with, jobs=jobs) <= seconds
    )
    return next(fitting, listed[-1])
