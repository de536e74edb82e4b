"""The model on disk: spec, state, weights, calibration, card, sums."""

from banian.bundle.bundle import Bundle as Bundle
from banian.bundle.load import load_bundle as load_bundle
from banian.bundle.one_set import ONE_SET as ONE_SET
from banian.bundle.one_set import OneSetFacts as OneSetFacts
from banian.bundle.one_set import SetComparison as SetComparison
from banian.bundle.one_set import find_one_set as find_one_set
from banian.bundle.save import save_bundle as save_bundle
