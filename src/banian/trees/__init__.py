"""Boosted trees, one model per task: the bar for the network, and what serves where they clear it alone."""

from banian.trees.cores import side_by_side as side_by_side
from banian.trees.cores import threads_for as threads_for
from banian.trees.fit import TreesPlan as TreesPlan
from banian.trees.fit import grow_trees as grow_trees
from banian.trees.fit import plan_trees as plan_trees
from banian.trees.target import Target as Target
from banian.trees.trees import Trees as Trees
