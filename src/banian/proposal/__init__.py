"""Which tasks the tables could supervise, and how well a quick probe predicts each; no network is trained here."""

from banian.proposal.column_facts import ColumnFacts as ColumnFacts
from banian.proposal.column_facts import collect_facts as collect_facts
from banian.proposal.design_matrix import build_design as build_design
from banian.proposal.duplicates import find_duplicates as find_duplicates
from banian.proposal.guess import guess_tables as guess_tables
from banian.proposal.probe import ProbeScore as ProbeScore
from banian.proposal.probe import probe as probe
from banian.proposal.probe_items import probe_items as probe_items
from banian.proposal.search import find_candidates as find_candidates
from banian.proposal.split import choose_split as choose_split
from banian.proposal.split import is_timed as is_timed
from banian.proposal.split import probe_cutoffs as probe_cutoffs
from banian.proposal.task_candidate import Family as Family
from banian.proposal.task_candidate import TaskCandidate as TaskCandidate
