"""What is known of whom, and when: features of rows and entities at the instants at which they are asked about."""

from banian.features.compute import describe_entities as describe_entities
from banian.features.compute import describe_rows as describe_rows
from banian.features.feature import Feature as Feature
from banian.features.feature import Origin as Origin
from banian.features.plan import Types as Types
from banian.features.plan import entities_of_task as entities_of_task
from banian.features.plan import features_told as features_told
from banian.features.store_index import StoreSize as StoreSize
from banian.features.store_index import read_index as read_index
from banian.features.store_index import read_store_size as read_store_size
from banian.features.stored_asks import StoredAsks as StoredAsks
from banian.features.stored_events import StoredEvents as StoredEvents
from banian.features.table import EntityFeatures as EntityFeatures
