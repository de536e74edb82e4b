"""A shop whose customers have events, and networks of every composition over it, made without training."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import jaxtyping
import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import settings

from banian.batches import ID, EntityState, FeatureState
from banian.batches.state import SequenceState
from banian.bundle import Bundle
from banian.examples import GrainExamples
from banian.export.files import NetworkFiles
from banian.export.network import NetworkWriter
from banian.features import EntityFeatures
from banian.features.codecs import NumberCodec, Vocabulary
from banian.kinds import TowerState
from banian.models import Grain, Network, build_model, freeze
from banian.predictions import BinaryCalibration, NumberCalibration, Platt
from banian.spec import ModelSpec, parse_spec

NUMBER = NumberCodec((0.0, 1.0), (2.0, 3.0), (0.0, 1.0), 2.5, 1.0)
BINARY = TowerState("binary", "auc")
PAGES = Grain(
    ("customers", "pages"),
    {"buy": BINARY, "click": BINARY, "spend": TowerState("amount", "mae", floor=0.0)},
    given={"buy": "click", "spend": "buy"},
)
GRAINS = {
    "pages": PAGES,
    "customers": Grain(("customers",), {"visits": TowerState("count", "deviance")}),
}
"""A funnel over scenes, and another grain that the networks know of."""


SPEC = """
shop: tiny
tables:
  pages:
    source: pages.csv
    time: at
    key: id
    links: {who: customers}
    known_at: {buy: 1d, click: 1d, spend: 1d}
  customers: {from: pages, key: who}
tasks:
  buy: {rows: pages, label: buy}
  click: {rows: pages, label: click}
  spend: {rows: pages, label: spend}
split: {valid: 2020-02-01, test: 2020-03-01}
model:
  sharing: {kind: mmoe, width: 6, experts: 2}
  scenes: {kind: star}
  dependence: {kind: aitm}
  entity_width: 6
  private_width: 4
  tower_width: 4
"""
VISITS = """  visits: {for_each: customers, label: {aggregate: count, of: pages, within: 7d}}
"""


def make_state(
    *categories: str, numbers: int, events: Mapping[str, SequenceState] = {}
) -> EntityState:
    return EntityState(
        {f"number {at}": NUMBER for at in range(numbers)},
        {name: Vocabulary(pa.array(["a", "b", "c"])) for name in categories},
        sequences=events,
    )


FEATURES = FeatureState(
    {
        "customers": make_state(
            "city",
            ID,
            numbers=2,
            events={"lines": SequenceState(make_state("kind", numbers=1), {}, 3, 0.5, 2.0)},
        ),
        "pages": make_state("colour", numbers=0),
        "sellers": make_state(numbers=1),  # of no grain that has graphs
    },
    Vocabulary(pa.array(["home", "search", "mail"])),
)


@pytest.fixture(scope="session")
def make_network() -> Callable[..., Network]:
    """Make a network whose parameters are all drawn; all members answer every task but `spend`."""

    def make(
        spec: ModelSpec,
        features: FeatureState = FEATURES,
        *,
        grains: tuple[str, ...] = ("pages",),
        members: int = 2,
    ) -> Network:
        chosen = {name: GRAINS[name] for name in grains}
        models = []
        for seed in range(members):
            torch.manual_seed(seed)
            model = build_model(
                spec, fields=features.fields, grains=chosen, scenes=features.scenes.size
            )
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(torch.randn_like(parameter) / 5)
            models.append(freeze(model))
        tasks = [task for grain in chosen.values() for task in grain.tasks]
        answering = dict.fromkeys(tasks, tuple(range(members))) | {"spend": (members - 1,)}
        return Network(features, chosen, tuple(models), answering)

    return make


def draw_rows(grain: str, rows: int, *, seed: int = 0) -> GrainExamples:
    """Rows with values that were never seen, and entities that are absent."""
    draw, tasks = np.random.default_rng(seed), tuple(GRAINS[grain].tasks)
    unknown = np.full((rows, len(tasks)), np.nan)

    def describe(entity: str) -> EntityFeatures:
        state = FEATURES.entities[entity]
        columns = {name: draw.normal(2, 2, rows) for name in state.numbers}
        columns |= {
            name: draw.choice(["a", "b", "z"], rows) for name in state.categories if name != ID
        }
        ids = pa.array(draw.choice(["a", "c", "nobody"], rows)) if ID in state.categories else None
        return EntityFeatures(draw.random(rows) < 0.8, pa.table(columns), ids=ids)

    return GrainExamples(
        grain=grain,
        tasks=tasks,
        keys=pa.table({"id": np.arange(rows)}),
        cluster=np.arange(rows),
        clusters=pa.array(np.arange(rows).astype(str)),
        cutoff=np.full(rows, np.datetime64("2020-01-01", "us")),
        scene=pa.array(draw.choice(["home", "mail", "nowhere"], rows)),
        entities={entity: describe(entity) for entity in GRAINS[grain].entities},
        asked=np.ones((rows, len(tasks)), bool),
        label=unknown,
        matured_at=unknown.astype("datetime64[us]"),
        level=draw.random((rows, len(tasks))) * 30,
    )


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., GrainExamples]:
    return draw_rows


@pytest.fixture(scope="session")
def bundle(make_network) -> Bundle:
    """In the long run customers are asked about as well, and answered by a twin: each graph takes seconds."""
    twinned = settings.get_current_profile_name() == "long"
    spec = parse_spec(SPEC.replace("split:", VISITS + "split:") if twinned else SPEC)
    features = replace(
        FEATURES,
        entities={n: replace(state, sequences={}) for n, state in FEATURES.entities.items()},
    )
    platt = BinaryCalibration(Platt(1.1, -0.2, (0.1, 0.0, 0.2)), 0.3)
    number = NumberCalibration(0.5, 1.5, 3.0, 0.5)
    calibrations = {"buy": platt, "click": platt, "spend": number, "visits": number}
    twin = make_network(spec.model, features, grains=("customers",))
    return Bundle(
        spec=spec,
        types={},
        joint=make_network(
            spec.model, features, grains=("pages", "customers") if twinned else ("pages",)
        ),
        twins={"visits": twin} if twinned else {},
        predictors={"visits": ("twin",)} if twinned else {},
        calibrations={task: calibrations[task] for task in spec.tasks},
        card={},
    )


@pytest.fixture(scope="session")
def tracing() -> Callable[[], AbstractContextManager[None]]:
    """Leave axes open while tracing: a shape that is checked is a shape that is fixed."""

    @contextmanager
    def unchecked() -> Iterator[None]:
        before = jaxtyping.config.jaxtyping_disable
        jaxtyping.config.update("jaxtyping_disable", True)
        yield
        jaxtyping.config.update("jaxtyping_disable", before)

    return unchecked


@pytest.fixture(scope="session")
def write(tracing) -> Callable[[Network, Path], NetworkFiles]:
    """Write the graphs of a network for all tasks."""

    def write(network: Network, folder: Path) -> NetworkFiles:
        tasks = [task for grain in network.grains.values() for task in grain.tasks]
        with tracing():
            return NetworkWriter(network, folder, lambda graph: graph, lambda _: None).write(tasks)

    return write
