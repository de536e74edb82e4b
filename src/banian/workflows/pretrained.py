"""The pretrained network that a run starts from: read from its bundle, and refused where it does not fit."""

import hashlib
import json

from safetensors.torch import save

from banian.batches import missing_fields
from banian.bundle import Bundle, load_bundle
from banian.errors import LeakageError, SpecError, nearest
from banian.examples import Examples
from banian.features import EntityFeatures
from banian.spec import ShopSpec, TimeSplitSpec
from banian.training import WarmStart

_FREE = {"adapters", "tower_width", "dropout"}
"""Options that may differ from those of the pretrained network: towers start anew."""


def load_pretrained(spec: ShopSpec) -> WarmStart | None:
    """Load the bundle that training starts from, if the spec names one.

    Raises:
        BundleError: there is none, or it is not whole.
        SpecError: it is another network, or has adapters of its own.
        LeakageError: it has learned from labels that are to judge or to select here.

    """
    if spec.train.start_from is None:
        return None
    bundle = load_bundle(spec.train.start_from)
    _check_network(spec, bundle)
    _check_split(spec, bundle)
    return WarmStart(bundle.joint.features, bundle.joint.members[0])


def check_entities(pretrained: WarmStart, examples: Examples) -> None:
    """Refuse a pretrained network that lacks an entity, or reads a column or events that these tables do not give.

    Raises:
        SpecError: with its name, and what there is.

    """
    views: dict[str, list[EntityFeatures]] = {}
    for rows in examples.grains.values():
        for entity, features in rows.entities.items():
            views.setdefault(entity, []).append(features)
    for entity, seen in sorted(views.items()):
        if entity not in pretrained.features.entities:
            raise SpecError(
                f"train.start_from: the pretrained network never saw {entity!r}. "
                f"{nearest(entity, pretrained.features.entities)}",
                remedy="Start from a bundle with a task about it, or without start_from.",
            )
        state = pretrained.features.entities[entity]
        missing = set.intersection(*({*missing_fields(state, view)} for view in seen))
        if missing:
            raise SpecError(
                f"train.start_from: the pretrained network reads {min(missing)!r} of {entity}, "
                "which these tables do not give.",
                remedy="Declare the tables as its spec does, or start without start_from.",
            )


def sum_pretrained(pretrained: WarmStart) -> str:
    """Give a checksum of the weights and the fitted features, 16 hexadecimal digits."""
    features = json.dumps(pretrained.features.to_dict()).encode()
    vocabularies = str(pretrained.features.vocabularies().to_pydict()).encode()
    parts = features + vocabularies + save(dict(pretrained.model.state_dict()))
    return hashlib.sha256(parts).hexdigest()[:16]


def _check_network(spec: ShopSpec, bundle: Bundle) -> None:
    if bundle.spec.model.adapters is not None:
        raise SpecError(
            "train.start_from: the bundle has adapters of its own, so nothing can start from it.",
            remedy=f"Start from the one that it started from: {bundle.spec.train.start_from}",
        )
    here = spec.model.model_dump(exclude=_FREE)
    for part, there in bundle.spec.model.model_dump(exclude=_FREE).items():
        if here[part] != there:
            raise SpecError(
                f"train.start_from: model.{part} is {json.dumps(here[part])} here and "
                f"{json.dumps(there)} in the pretrained network.",
                remedy=f"Write: model: {{{part}: {json.dumps(there)}}}",
            )


def _check_split(spec: ShopSpec, bundle: Bundle) -> None:
    here, there = spec.split, bundle.spec.split
    if isinstance(here, TimeSplitSpec) and isinstance(there, TimeSplitSpec):
        if there.test <= here.test:
            return
        said = f"has learned from labels up to {there.test}, and split.test is {here.test}"
    elif here == there:
        return
    else:
        said = "was split otherwise, so it has learned from rows that are to judge here"
    raise LeakageError(
        f"train.start_from: the pretrained network {said}.",
        remedy="Split as its spec does, or put split.test later.",
    )
