"""From what a run left on disk to a table and one page; no torch, and no look at the shop's tables."""

from banian.report.commands import next_commands as next_commands
from banian.report.explanation import Explanation as Explanation
from banian.report.explanation import explain as explain
from banian.report.page import render_page as render_page
from banian.report.result import BestPossible as BestPossible
from banian.report.result import Serving as Serving
from banian.report.result import TaskResult as TaskResult
from banian.report.result import task_results as task_results
from banian.report.run import Run as Run
from banian.report.run import read_run as read_run
from banian.report.sentences import Total as Total
from banian.report.simulated_truth import OTHER_SIMULATION as OTHER_SIMULATION
from banian.report.simulated_truth import SimulatedTruth as SimulatedTruth
from banian.report.simulated_truth import read_simulated_truth as read_simulated_truth
from banian.report.task_table import format_task_table as format_task_table
