"""Writing an array: NumPy says of a full disk how many numbers it wrote, and not what the system says."""

from pathlib import Path

import numpy as np


def save_array(array: np.ndarray, path: Path) -> None:
    """Write an array as `numpy.save` does.

    Raises:
        OSError: the disk is full or the file cannot be written, in the system's words.

    """
    rows = np.ascontiguousarray(array)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(rows))
        file.write(rows.reshape(-1).view(np.uint8).data)
