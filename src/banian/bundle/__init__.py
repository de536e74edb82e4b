"""The model on disk: spec, state, weights, calibration, card, sums."""

from banian.bundle.bundle import Bundle as Bundle
from banian.bundle.load import load_bundle as load_bundle
from banian.bundle.save import save_bundle as save_bundle
