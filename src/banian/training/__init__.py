"""Training: one step, the loop around it, selection and refit, recorders."""

from banian.training.best_steps import KEPT as KEPT
from banian.training.checkpoints import NO_CHECKPOINTS as NO_CHECKPOINTS
from banian.training.checkpoints import AbstractCheckpoints as AbstractCheckpoints
from banian.training.checkpoints import Checkpoints as Checkpoints
from banian.training.checkpoints import has_checkpoints as has_checkpoints
from banian.training.device import Device as Device
from banian.training.device import choose_device as choose_device
from banian.training.fit import Selected as Selected
from banian.training.fit import TrainingPlan as TrainingPlan
from banian.training.fit import refit_network as refit_network
from banian.training.fit import select_network as select_network
from banian.training.recorder import NO_RECORDER as NO_RECORDER
from banian.training.recorder import PHASES as PHASES
from banian.training.recorder import AbstractRecorder as AbstractRecorder
from banian.training.recorder import Phase as Phase
from banian.training.self_training import add_pseudo_labels as add_pseudo_labels
from banian.training.soft_targets import NO_SOFT_TARGETS as NO_SOFT_TARGETS
from banian.training.soft_targets import PhaseTargets as PhaseTargets
from banian.training.stage_recorder import StageRecorder as StageRecorder
from banian.training.trainer import Schedule as Schedule
from banian.training.warm_start import WarmStart as WarmStart
