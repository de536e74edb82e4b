"""Files and folders that are whole or not there, whatever stops the writing."""

from banian.storage.file import new_file as new_file
from banian.storage.folder import new_folder as new_folder
from banian.storage.folder import settled as settled
