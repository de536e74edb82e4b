"""Images and sounds: read from strangers' files, made safe and small, and kept by the digest of their content."""

from banian.media.image import pixels as pixels
from banian.media.image import safe_image as safe_image
from banian.media.read import MediaColumn as MediaColumn
from banian.media.read import read_media as read_media
from banian.media.refusal import MediaRefusal as MediaRefusal
from banian.media.refusal import SetAside as SetAside
from banian.media.shelf import MediaShelf as MediaShelf
from banian.media.shelf import digest_of as digest_of
from banian.media.sound import log_mel as log_mel
from banian.media.sound import safe_sound as safe_sound
