"""Stage 4: batches in, logits, losses and predictions out."""

from banian.models.build import build_model as build_model
from banian.models.grain import Grain as Grain
from banian.models.grow import grow_network as grow_network
from banian.models.grow import grow_tables as grow_tables
from banian.models.model import Model as Model
from banian.models.network import AbstractNetwork as AbstractNetwork
from banian.models.network import Network as Network
from banian.models.ownership import Owner as Owner
from banian.models.ownership import Ownership as Ownership
from banian.models.ownership import declare_ownership as declare_ownership
from banian.models.predict import freeze as freeze
from banian.models.predict import predict_values as predict_values
from banian.models.predict import read_logits as read_logits
from banian.models.predict import whole_groups as whole_groups
from banian.models.warm_start import build_warm_started as build_warm_started
from banian.models.warm_start import count_trained as count_trained
