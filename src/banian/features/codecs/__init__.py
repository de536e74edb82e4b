"""How columns become codes and numbers: a codec per semantic type, fitted on training rows; NumPy only."""

from banian.features.codecs.base import ABSENT as ABSENT
from banian.features.codecs.base import FIRST as FIRST
from banian.features.codecs.base import UNSEEN as UNSEEN
from banian.features.codecs.base import AbstractCategories as AbstractCategories
from banian.features.codecs.base import AbstractCodec as AbstractCodec
from banian.features.codecs.buckets import Buckets as Buckets
from banian.features.codecs.fit import chain_chunks as chain_chunks
from banian.features.codecs.fit import fit_categories as fit_categories
from banian.features.codecs.fit import fit_columns as fit_columns
from banian.features.codecs.lacking import refuse_lacking as refuse_lacking
from banian.features.codecs.ngrams import Ngrams as Ngrams
from banian.features.codecs.ngrams import hash_ngrams as hash_ngrams
from banian.features.codecs.number import FEWEST_BINS as FEWEST_BINS
from banian.features.codecs.number import SPECIALS as SPECIALS
from banian.features.codecs.number import NumberCodec as NumberCodec
from banian.features.codecs.number import count_bins as count_bins
from banian.features.codecs.number import fit_number as fit_number
from banian.features.codecs.numbers import LARGEST_SCALED as LARGEST_SCALED
from banian.features.codecs.numbers import EncodedNumbers as EncodedNumbers
from banian.features.codecs.numbers import NumberCodecs as NumberCodecs
from banian.features.codecs.text import MOST_NGRAMS as MOST_NGRAMS
from banian.features.codecs.text import TextCodec as TextCodec
from banian.features.codecs.text import fit_text as fit_text
from banian.features.codecs.vocabulary import Vocabulary as Vocabulary
from banian.features.codecs.vocabulary import fit_vocabulary as fit_vocabulary
