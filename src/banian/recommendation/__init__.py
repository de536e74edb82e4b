"""What to show to whom: items ranked by the tasks of a model, filtered, capped, made diverse, with reasons."""

from banian.recommendation.goal import Goal as Goal
from banian.recommendation.goal import find_goal as find_goal
from banian.recommendation.item_filter import ItemFilter as ItemFilter
from banian.recommendation.recommender import Recommender as Recommender
from banian.recommendation.wish import MEMBERS as MEMBERS
from banian.recommendation.wish import Recommendation as Recommendation
from banian.recommendation.wish import RecommendedItem as RecommendedItem
from banian.recommendation.wish import Wish as Wish
