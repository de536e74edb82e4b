"""Stage 4: numbers that mean what they say; numpy and Arrow, no torch."""

from banian.predictions.answer import SHARE as SHARE
from banian.predictions.answer import Answer as Answer
from banian.predictions.base import AbstractCalibration as AbstractCalibration
from banian.predictions.binary import BinaryCalibration as BinaryCalibration
from banian.predictions.binary import fit_binary as fit_binary
from banian.predictions.calibration import read_calibration as read_calibration
from banian.predictions.classes import ClassCalibration as ClassCalibration
from banian.predictions.effects import EffectCalibration as EffectCalibration
from banian.predictions.grades import GradeCalibration as GradeCalibration
from banian.predictions.isotonic import Isotonic as Isotonic
from banian.predictions.isotonic import fit_isotonic as fit_isotonic
from banian.predictions.log_odds import log_odds as log_odds
from banian.predictions.numbers import NumberCalibration as NumberCalibration
from banian.predictions.numbers import fit_numbers as fit_numbers
from banian.predictions.platt import Platt as Platt
from banian.predictions.platt import fit_platt as fit_platt
from banian.predictions.predictions import ANSWERS as ANSWERS
from banian.predictions.predictions import CHOICES as CHOICES
from banian.predictions.predictions import LABEL as LABEL
from banian.predictions.predictions import LIKELIHOOD as LIKELIHOOD
from banian.predictions.predictions import Predictions as Predictions
from banian.predictions.predictions import chain_predictions as chain_predictions
from banian.predictions.predictions import check_key_names as check_key_names
from banian.predictions.predictions import stack_predictions as stack_predictions
from banian.predictions.temperature import fit_temperature as fit_temperature
from banian.predictions.temperature import sharpen as sharpen
