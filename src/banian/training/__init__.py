"""One step, the loop around it, and who is told."""

from banian.training.checkpoints import NO_CHECKPOINTS as NO_CHECKPOINTS
from banian.training.checkpoints import AbstractCheckpoints as AbstractCheckpoints
from banian.training.checkpoints import Checkpoints as Checkpoints
from banian.training.device import Device as Device
from banian.training.device import choose_device as choose_device
from banian.training.fit import Fitted as Fitted
from banian.training.fit import fit_model as fit_model
from banian.training.recorder import NO_RECORDER as NO_RECORDER
from banian.training.recorder import AbstractRecorder as AbstractRecorder
from banian.training.trunk import Trunk as Trunk
