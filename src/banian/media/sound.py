"""Sounds: a stranger's bytes as 16 kHz, mono, 16 bits, and what is kept as levels over time and frequency."""

from fractions import Fraction
from functools import cache
from io import BytesIO
from struct import Struct

import numpy as np
from jaxtyping import Float, Float32, Int16, UInt8
from scipy import fft
from scipy.io import wavfile
from scipy.signal import resample_poly

from banian.errors import DependencyError
from banian.extra import import_extra
from banian.media.decoder_warnings import strict_decoders
from banian.media.refusal import MediaRefusal

MOST_BYTES = 50 * 2**20
"""Size of a sound's file, at most."""
MOST_SECONDS = 30
"""Seconds of a sound that are kept, from its beginning."""
RATE = 16_000
"""Samples in a second of what is kept."""
CUT = f"is longer than {MOST_SECONDS} seconds, of which the first are kept"
"""Why a sound was changed; it is not set aside."""
MOST_CHANNELS = 8
"""Channels of a sound, at most."""
_RATES = range(1_000, 384_001)
_FINE = 50_000  # terms of a ratio of rates: finer rates are up to 1 in 50,000 off
_DAMAGED = "is damaged or cut off"
_RIFF = (b"RIFF", b"RIFX", b"RF64")
_SIZE, _TAG = Struct("<I"), Struct("<H")
_PLAIN = (1, 3, 0xFFFE)  # kinds of WAV that hold samples as they are
_WINDOW, _HOP, _POINTS = (
    512,
    320,
    1024,
)  # 32 ms of sound every 20 ms, its spectrum drawn finer than it is
_FLOOR = -100.0  # decibels below a sine of full scale that are told as 0


def safe_sound(data: bytes) -> tuple[bytes, bool]:
    """Decode a sound and encode it anew, as WAV of 16 bits and 16 kHz, mono; say too whether it was cut.

    WAV is read without more; other formats where the extra `audio` is installed.

    Args:
        data: A file's bytes, of whatever content.

    Raises:
        MediaRefusal: it is empty, too large, no sound, damaged, or in a format that needs the extra.

    """
    if not data:
        raise MediaRefusal("is empty")
    if len(data) > MOST_BYTES:
        raise MediaRefusal(f"has more than {MOST_BYTES // 2**20} MiB")
    with strict_decoders():
        rate, samples, is_cut = _plain_wav(data) if _is_plain_wav(data) else _by_library(data)
        if not samples.size:
            raise MediaRefusal("has no samples")
        if not np.isfinite(samples).all():
            raise MediaRefusal("has samples that are no numbers")
        ratio = Fraction(RATE, rate).limit_denominator(_FINE)
        mono = samples.mean(axis=1, dtype=np.float64).clip(-1, 1)
        if ratio != 1:
            mono = resample_poly(mono, ratio.numerator, ratio.denominator)
        written = BytesIO()
        wavfile.write(written, RATE, (mono * 32768).round().clip(-32768, 32767).astype(np.int16))
        return written.getvalue(), is_cut


def log_mel(content: bytes, mels: int = 64, frames: int = 256) -> UInt8[np.ndarray, "mels frames"]:
    """Give the power of what `safe_sound` kept, in bands of the mel scale over time.

    A frame is 32 ms, every 20 ms. Where there are more than `frames`, each is the mean power of as many neighbours as
    it takes to tell all of the sound; where there are less, silence follows. 255 is the level of a sine of full scale,
    0 is 100 decibels less.

    Args:
        content: What `safe_sound` gave.
        mels: Bands between 0 and 8 kHz.
        frames: Of time.

    """
    _, samples = wavfile.read(BytesIO(content))
    power = _band_power(samples, mels)
    together = -(-len(power) // frames)
    starts = np.arange(0, len(power), together)
    sizes = np.diff(np.append(starts, len(power)))
    power = np.add.reduceat(power, starts) / sizes[:, None]
    levels = 10 * np.log10(np.maximum(power, 10 ** (_FLOOR / 10)))
    told = np.zeros((mels, frames), np.uint8)
    told[:, : len(power)] = (255 * (levels / -_FLOOR + 1)).round().clip(0, 255).T
    return told


def _band_power(
    samples: Int16[np.ndarray, " sample"], mels: int
) -> Float[np.ndarray, "frame mels"]:
    """Give the power in each band and frame, of which a sine of full scale has 1 in its own."""
    count = 1 + max(0, -(-(len(samples) - _WINDOW) // _HOP))
    padded = np.zeros(_WINDOW + (count - 1) * _HOP, np.float32)
    padded[: len(samples)] = samples
    framed = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    spectrum = fft.rfft(framed * window, _POINTS, axis=1)
    full_scale = (32768 * float(window.sum()) / 2) ** 2
    power: Float[np.ndarray, "frame mels"] = (np.abs(spectrum) ** 2 / full_scale) @ _filters(mels)
    return power


@cache
def _filters(mels: int) -> Float32[np.ndarray, "bin mels"]:
    """Give triangles that overlap by half, evenly spaced on the mel scale, each 1 at its peak."""
    highest = 2595 * np.log10(1 + RATE / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, highest, mels + 2) / 2595) - 1)
    heard = fft.rfftfreq(_POINTS, 1 / RATE)[:, None]
    rising = (heard - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - heard) / (corners[2:] - corners[1:-1])
    return np.minimum(rising, falling).clip(0).astype(np.float32)


def _is_plain_wav(data: bytes) -> bool:
    if data[:4] not in _RIFF or data[8:12] != b"WAVE":
        return False
    at = data.find(b"fmt ", 12, 4096)
    if at < 0 or data[:4] == b"RIFX" or len(data) < at + 10:
        return True
    return _TAG.unpack_from(data, at + 8)[0] in _PLAIN


def _plain_wav(data: bytes) -> tuple[int, Float[np.ndarray, "sample channel"], bool]:
    told = _SIZE.unpack_from(data, 4)[0] + 8
    if (
        data[:4] == b"RIFF" and len(data) + 1 < told < 2**32
    ):  # a stream that does not know its size tells the most
        raise MediaRefusal(_DAMAGED)
    try:
        rate, samples = wavfile.read(BytesIO(data))
    except Exception:  # whatever a stranger's bytes make it stumble over
        raise MediaRefusal(_DAMAGED) from None
    kept = _rate(rate) * MOST_SECONDS
    is_cut = len(samples) > kept
    samples = samples[:kept].reshape(min(len(samples), kept), -1 if len(samples) else 1)
    _check_channels(samples.shape[1])
    if samples.dtype == np.uint8:
        return rate, (samples.astype(np.float32) - 128) / 128, is_cut
    if samples.dtype.kind == "i":
        return rate, samples.astype(np.float32) / -float(np.iinfo(samples.dtype).min), is_cut
    return rate, samples, is_cut


def _by_library(data: bytes) -> tuple[int, Float[np.ndarray, "sample channel"], bool]:
    try:
        soundfile = import_extra("audio", "soundfile")
    except DependencyError as error:
        raise MediaRefusal(f"is no plain WAV; for other formats: {error.remedy}") from None
    try:
        with soundfile.SoundFile(BytesIO(data)) as file:
            rate = _rate(file.samplerate)
            _check_channels(file.channels)
            samples = file.read(rate * MOST_SECONDS + 1, dtype="float32", always_2d=True)
    except MediaRefusal:
        raise
    except Exception:  # as above
        raise MediaRefusal("is no sound in a known format, or damaged") from None
    return rate, samples[: rate * MOST_SECONDS], len(samples) > rate * MOST_SECONDS


def _rate(rate: int) -> int:
    if rate not in _RATES:
        raise MediaRefusal(f"has a rate outside {_RATES.start:,} to {_RATES.stop - 1:,} Hz")
    return rate


def _check_channels(channels: int) -> None:
    if channels > MOST_CHANNELS:
        raise MediaRefusal(f"has more than {MOST_CHANNELS} channels")
