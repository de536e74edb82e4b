"""Calibrations from plain values; the only place that pairs the name of a calibration and its class."""

from collections.abc import Mapping
from typing import Any

from banian.predictions.base import AbstractCalibration
from banian.predictions.binary import BinaryCalibration
from banian.predictions.calibration import Isotonic, Platt
from banian.predictions.choices import ClassCalibration, EffectCalibration, GradeCalibration
from banian.predictions.means import MeanFit
from banian.predictions.numbers import NumberCalibration


def read_calibration(tree: Mapping[str, Any]) -> AbstractCalibration:
    """Read what `to_dict` gave.

    >>> read_calibration({"kind": "classes", "temperature": 2.0})
    ClassCalibration(temperature=2.0)
    """
    rest = dict(tree)
    name = rest.pop("kind")
    match name:
        case "binary":
            return BinaryCalibration(_curve(rest), float(rest["threshold"]))
        case "classes":
            return ClassCalibration(**rest)
        case "grades":
            return GradeCalibration(rest["temperature"], tuple(rest["grades"]), rest["reports"])
        case "numbers":
            return NumberCalibration(**{**rest, "mean": MeanFit.from_dict(rest.get("mean"))})
        case "effects":
            return EffectCalibration()
        case _:
            raise ValueError(f"there is no calibration of {name}")


def _curve(tree: Mapping[str, Any]) -> Platt | Isotonic:
    if "isotonic" in tree:
        return Isotonic(**{name: tuple(numbers) for name, numbers in tree["isotonic"].items()})
    line = tree["platt"]
    covariance = None if line["covariance"] is None else tuple(line["covariance"])
    return Platt(line["slope"], line["intercept"], covariance)
