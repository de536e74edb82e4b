"""Studies of tables before and after training: which tasks they could supervise, and how well a quick probe answers."""

from banian.studies.candidate import Candidate as Candidate
from banian.studies.candidate import Family as Family
from banian.studies.candidates import find_candidates as find_candidates
from banian.studies.census import ColumnFacts as ColumnFacts
from banian.studies.census import take_census as take_census
from banian.studies.design import design_of as design_of
from banian.studies.guess import guess_tables as guess_tables
from banian.studies.overlap import find_twins as find_twins
from banian.studies.probe import ProbeScore as ProbeScore
from banian.studies.probe import probe as probe
from banian.studies.probe_items import probe_items as probe_items
from banian.studies.split import choose_split as choose_split
from banian.studies.split import is_timed as is_timed
from banian.studies.split import probe_cutoffs as probe_cutoffs
