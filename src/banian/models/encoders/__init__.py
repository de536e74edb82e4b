"""Encoders: the fields of entities in, vectors out."""

from banian.models.encoders.categorical import CategoricalEmbedding as CategoricalEmbedding
from banian.models.encoders.entities import EntitiesEncoder as EntitiesEncoder
from banian.models.encoders.entity import EntityEncoder as EntityEncoder
from banian.models.encoders.tables import EmbeddingTables as EmbeddingTables
from banian.models.encoders.tables import TableField as TableField
from banian.models.encoders.tables import TableRows as TableRows
from banian.models.encoders.tabular import TabularEncoder as TabularEncoder
from banian.models.encoders.task_encoder import TaskEncoder as TaskEncoder
