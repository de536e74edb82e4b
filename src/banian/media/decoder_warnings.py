"""What decoders warn of: all threads share one list of filters, so that it is changed once for all of them."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_lock = threading.Lock()
_filters = ExitStack()
_inside = 0


@contextmanager
def strict_decoders() -> Iterator[None]:
    """Turn what Pillow warns of into errors, and silence what SciPy says of chunks, while any thread is inside."""
    global _inside
    with _lock:
        if _inside == 0:
            _filters.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("error", module=r"PIL\.")
            # A camera's note that is damaged costs no image.
            warnings.filterwarnings("ignore", message="Corrupt EXIF data", module=r"PIL\.")
            for reader in (r"scipy\.io\.wavfile", r"banian\.media\."):
                warnings.filterwarnings("ignore", module=reader)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _filters.close()
