"""Which columns tell a label too well to have been known when a row asked: target leakage, found and refused."""

from banian.leakage.dates_only import find_dates_only as find_dates_only
from banian.leakage.feature_score import FeatureScore as FeatureScore
from banian.leakage.single_features import FeatureScores as FeatureScores
from banian.leakage.single_features import score_single_features as score_single_features
from banian.leakage.suspicion import Suspicion as Suspicion
from banian.leakage.suspicion import refuse_leaks as refuse_leaks
from banian.leakage.suspicious_columns import find_suspicious_columns as find_suspicious_columns
from banian.leakage.target_encoding import FOLDS as FOLDS
from banian.leakage.target_encoding import assign_folds as assign_folds
