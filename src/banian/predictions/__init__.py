"""Stage 4: numbers that mean what they say; numpy and Arrow, no torch."""

from banian.predictions.calibrate import Calibration as Calibration
from banian.predictions.calibrate import fit_calibration as fit_calibration
from banian.predictions.calibrate import log_odds as log_odds
from banian.predictions.funnel import chain_of as chain_of
from banian.predictions.funnel import joint_probability as joint_probability
from banian.predictions.predictions import LABEL as LABEL
from banian.predictions.predictions import Predictions as Predictions
from banian.predictions.predictions import check_key_names as check_key_names
from banian.predictions.predictions import stack_predictions as stack_predictions
