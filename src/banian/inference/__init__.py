"""From what was known of rows to calibrated predictions: the one way, whether they are judged, written or served.

What is imported here serves one row as well as many: no engine, nothing that trains, no trees unless a bundle has them.
"""

from banian.inference.load import load as load
from banian.inference.parts import cut_rows as cut_rows
from banian.inference.parts import most_outputs as most_outputs
from banian.inference.parts import most_rows as most_rows
from banian.inference.pii import PII_KEY as PII_KEY
from banian.inference.pii import expect_same_key as expect_same_key
from banian.inference.pii import key_of_spec as key_of_spec
from banian.inference.predict import answer_rows as answer_rows
from banian.inference.predict import calibrate_values as calibrate_values
from banian.inference.predict import name_items as name_items
from banian.inference.predict import of_candidates as of_candidates
from banian.inference.predict import predict_chosen as predict_chosen
from banian.inference.predict import predict_rows as predict_rows
from banian.inference.predict import to_predictions as to_predictions
from banian.inference.predictor import Predictor as Predictor
from banian.inference.served import remark_served as remark_served
from banian.inference.served import served_values as served_values
