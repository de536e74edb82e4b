"""Who is told how training goes: a log in the run's folder, TensorBoard, MLflow, Weights & Biases."""

from banian.training.recorders.background import Background as Background
from banian.training.recorders.mlflow import MLflowRecorder as MLflowRecorder
from banian.training.recorders.run_log import RunLog as RunLog
from banian.training.recorders.several import Several as Several
from banian.training.recorders.shielded import Shielded as Shielded
from banian.training.recorders.sink import AbstractSink as AbstractSink
from banian.training.recorders.tensorboard import TensorBoardRecorder as TensorBoardRecorder
from banian.training.recorders.wandb import WandbRecorder as WandbRecorder
