"""What sets the kinds of task apart, one file per kind: labels, objective, calibration, metrics, words; no torch."""

from banian.kinds.base import AbstractKind as AbstractKind
from banian.kinds.base import Form as Form
from banian.kinds.base import Judged as Judged
from banian.kinds.base import Objective as Objective
from banian.kinds.base import ProbeMetric as ProbeMetric
from banian.kinds.build import build_kind as build_kind
from banian.kinds.infer import infer_kind as infer_kind
from banian.kinds.tower_state import Reports as Reports
from banian.kinds.tower_state import TowerState as TowerState
from banian.kinds.tower_state import TrialLabel as TrialLabel
