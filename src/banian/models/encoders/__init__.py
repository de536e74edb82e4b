"""Encoders: the fields of entities in, vectors out."""

from banian.models.encoders.categorical import CategoricalEmbedding as CategoricalEmbedding
from banian.models.encoders.entities import EntitiesEncoder as EntitiesEncoder
from banian.models.encoders.entity import EntityEncoder as EntityEncoder
from banian.models.encoders.fields import FieldsEmbedding as FieldsEmbedding
from banian.models.encoders.joined_rows import JoinedRows as JoinedRows
from banian.models.encoders.joined_rows import join_rows as join_rows
from banian.models.encoders.tables import EmbeddingTables as EmbeddingTables
from banian.models.encoders.tables import TableField as TableField
from banian.models.encoders.tables import TableRows as TableRows
from banian.models.encoders.task_encoder import TaskEncoder as TaskEncoder
