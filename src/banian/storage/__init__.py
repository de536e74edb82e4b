"""Files and folders that are whole or not there, whatever stops the writing."""

from banian.storage.array import save_array as save_array
from banian.storage.file import is_stream as is_stream
from banian.storage.file import new_file as new_file
from banian.storage.folder import new_folder as new_folder
from banian.storage.folder import settled as settled
from banian.storage.lines import read_lines as read_lines
from banian.storage.lock import only_writer as only_writer
from banian.storage.reason import reason_of as reason_of
from banian.storage.run_folder import BUNDLE as BUNDLE
from banian.storage.run_folder import holds_bundle_itself as holds_bundle_itself
from banian.storage.run_folder import run_of as run_of
from banian.storage.strict_json import strict_json as strict_json
from banian.storage.sums import SUMS as SUMS
from banian.storage.sums import is_whole as is_whole
from banian.storage.sums import read_sums as read_sums
from banian.storage.sums import sum_of as sum_of
from banian.storage.sums import write_sums as write_sums
