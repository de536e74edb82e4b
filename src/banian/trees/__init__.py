"""Boosted trees, one model per task: the bar for the network, and what serves where they clear it alone."""

from banian.trees.cores import side_by_side as side_by_side
from banian.trees.cores import threads_for as threads_for
from banian.trees.target import Target as Target
from banian.trees.trees import Trees as Trees
