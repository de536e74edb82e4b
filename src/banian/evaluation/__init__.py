"""Metrics as pure functions, with intervals over entities, and the comparison with a constant."""

from banian.evaluation.binary_metrics import auc as auc
from banian.evaluation.binary_metrics import average_precision as average_precision
from banian.evaluation.binary_metrics import f1 as f1
from banian.evaluation.binary_metrics import log_loss as log_loss
from banian.evaluation.binary_metrics import precision as precision
from banian.evaluation.binary_metrics import recall as recall
from banian.evaluation.bootstrap import bootstrap_interval as bootstrap_interval
from banian.evaluation.bootstrap import draw_metric as draw_metric
from banian.evaluation.bootstrap import holm as holm
from banian.evaluation.bootstrap import paired_interval as paired_interval
from banian.evaluation.bootstrap import resamples_for as resamples_for
from banian.evaluation.calibration_metrics import BELOW as BELOW
from banian.evaluation.calibration_metrics import INSIDE as INSIDE
from banian.evaluation.calibration_metrics import Bin as Bin
from banian.evaluation.calibration_metrics import calibration_bins as calibration_bins
from banian.evaluation.calibration_metrics import (
    expected_calibration_error as expected_calibration_error,
)
from banian.evaluation.calibration_metrics import name_promises as name_promises
from banian.evaluation.class_metrics import accuracy as accuracy
from banian.evaluation.class_metrics import kappa as kappa
from banian.evaluation.class_metrics import macro_f1 as macro_f1
from banian.evaluation.class_metrics import ranked_probability as ranked_probability
from banian.evaluation.dominant_row import DominantRow as DominantRow
from banian.evaluation.dominant_row import find_dominant_row as find_dominant_row
from banian.evaluation.evaluate import TaskScore as TaskScore
from banian.evaluation.evaluate import evaluate as evaluate
from banian.evaluation.importance import ColumnImportance as ColumnImportance
from banian.evaluation.importance import TaskImportance as TaskImportance
from banian.evaluation.lift import TopTenth as TopTenth
from banian.evaluation.lift import top_tenth as top_tenth
from banian.evaluation.metrics import higher_is_better as higher_is_better
from banian.evaluation.metrics import measure as measure
from banian.evaluation.number import number as number
from banian.evaluation.number import of_100 as of_100
from banian.evaluation.number_metrics import deviance as deviance
from banian.evaluation.number_metrics import mae as mae
from banian.evaluation.number_metrics import pinball as pinball
from banian.evaluation.number_metrics import rmse as rmse
from banian.evaluation.outcome import Outcome as Outcome
from banian.evaluation.outcomes import outcome_of_classes as outcome_of_classes
from banian.evaluation.outcomes import outcome_of_effects as outcome_of_effects
from banian.evaluation.outcomes import outcome_of_grades as outcome_of_grades
from banian.evaluation.outcomes import outcome_of_numbers as outcome_of_numbers
from banian.evaluation.outcomes import outcome_of_quantiles as outcome_of_quantiles
from banian.evaluation.outcomes import outcome_of_rankings as outcome_of_rankings
from banian.evaluation.outcomes import outcome_of_truths as outcome_of_truths
from banian.evaluation.outcomes import rank_choices as rank_choices
from banian.evaluation.prediction_table import read_prediction_table as read_prediction_table
from banian.evaluation.prediction_table import read_weight as read_weight
from banian.evaluation.prediction_table import right_choices as right_choices
from banian.evaluation.ranking_metrics import score_rankings as score_rankings
from banian.evaluation.scene_scores import SceneScore as SceneScore
from banian.evaluation.scene_scores import scene_scores as scene_scores
from banian.evaluation.uplift_metrics import policy_mean as policy_mean
from banian.evaluation.uplift_metrics import qini as qini
