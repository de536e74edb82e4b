"""What the tables could supervise, and how well a quick probe answers it; nothing here trains a network."""

from banian.studies.proposal.candidate import Candidate as Candidate
from banian.studies.proposal.candidate import Family as Family
from banian.studies.proposal.candidates import find_candidates as find_candidates
from banian.studies.proposal.census import ColumnFacts as ColumnFacts
from banian.studies.proposal.census import take_census as take_census
from banian.studies.proposal.design import design_of as design_of
from banian.studies.proposal.guess import guess_tables as guess_tables
from banian.studies.proposal.overlap import find_twins as find_twins
from banian.studies.proposal.probe import ProbeScore as ProbeScore
from banian.studies.proposal.probe import probe as probe
from banian.studies.proposal.probe_items import probe_items as probe_items
from banian.studies.proposal.split import choose_split as choose_split
from banian.studies.proposal.split import is_timed as is_timed
from banian.studies.proposal.split import probe_cutoffs as probe_cutoffs
