"""One model for every prediction a shop needs.

Names are imported when they are first used, so that serving never loads training and help never loads torch.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from banian.bundle import Bundle as Bundle
    from banian.errors import BanianError as BanianError
    from banian.inference import load as load
    from banian.serving.client import Client as Client
    from banian.spec import ShopSpec as ShopSpec
    from banian.workflows.check import check as check
    from banian.workflows.fit import fit as fit
    from banian.workflows.load_spec import load_spec as load_spec
    from banian.workflows.predict import predict as predict
    from banian.workflows.propose import propose as propose
    from banian.workflows.simulate import simulate as simulate

# Read when torch is loaded: a thread that waits for another lets go of its core soon. By default it holds on to it, and
# two networks of two threads each on two cores then take three times as long.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
_HOMES = {
    "BanianError": ("banian.errors", "BanianError"),
    "Bundle": ("banian.bundle", "Bundle"),
    "Client": ("banian.serving.client", "Client"),
    "ShopSpec": ("banian.spec", "ShopSpec"),
    "check": ("banian.workflows.check", "check"),
    "fit": ("banian.workflows.fit", "fit"),
    "load": ("banian.inference", "load"),
    "load_spec": ("banian.workflows.load_spec", "load_spec"),
    "predict": ("banian.workflows.predict", "predict"),
    "propose": ("banian.workflows.propose", "propose"),
    "simulate": ("banian.workflows.simulate", "simulate"),
}

__all__ = [
    "BanianError",
    "Bundle",
    "Client",
    "ShopSpec",
    "check",
    "fit",
    "load",
    "load_spec",
    "predict",
    "propose",
    "simulate",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name == "__version__":
        from importlib.metadata import version

        return version("banian")
    if name in _HOMES:
        module, attribute = _HOMES[name]
        return getattr(import_module(module), attribute)
    if not name.startswith("_") and find_spec(f"banian.{name}") is not None:
        return import_module(f"banian.{name}")
    raise AttributeError(f"module 'banian' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
