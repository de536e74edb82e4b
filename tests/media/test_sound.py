import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

from banian import extra
from banian.media import MediaRefusal, log_mel, safe_sound, sound


def wav(samples, rate=16_000) -> bytes:
    written = BytesIO()
    wavfile.write(written, rate, samples)
    return written.getvalue()


def sine(hertz=440.0, seconds=0.5, rate=16_000, loud=0.5) -> np.ndarray:
    return loud * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def wav_of_24_bits(samples) -> bytes:
    whole = (samples * 2**23).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    head = struct.pack("<HHIIHH", 1, 1, 16_000, 48_000, 3, 24)
    body = (
        b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(whole)) + whole
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def kept(data: bytes) -> np.ndarray:
    rate, samples = wavfile.read(BytesIO(safe_sound(data)[0]))
    assert rate == 16_000
    assert samples.dtype == np.int16
    assert samples.ndim == 1
    return samples / 32768


@pytest.mark.parametrize(
    ("data", "exact"),
    [
        (wav((sine() * 127 + 128).round().astype(np.uint8)), 1 / 127),
        (wav((sine() * 32767).astype(np.int16)), 1e-4),
        (wav_of_24_bits(sine()), 1e-4),
        (wav((sine() * (2**31 - 1)).astype(np.int32)), 1e-4),
        (wav(sine().astype(np.float32)), 1e-4),
        (wav(sine()), 1e-4),
    ],
    ids=["8", "16", "24", "32", "float32", "float64"],
)
def test_every_width_is_the_same_sound(data, exact):
    np.testing.assert_allclose(kept(data), sine(), rtol=0, atol=exact)


def test_channels_become_their_mean():
    data = wav(np.stack([sine(), -sine(), sine(880), 0 * sine()], 1).astype(np.float32))
    np.testing.assert_allclose(kept(data), sine(880) / 4, rtol=0, atol=1e-4)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 95_987])
def test_every_rate_becomes_16_khz(rate):
    found = kept(wav(sine(rate=rate).astype(np.float32), rate))
    assert abs(len(found) - 8_000) <= 1
    inner = slice(400, 7_500)  # a filter rings at the ends
    np.testing.assert_allclose(found[inner], sine()[inner], rtol=0, atol=0.015)


def test_what_is_too_loud_is_clipped():
    assert np.abs(kept(wav(np.array([3.0, -3.0, 0.0], np.float32)))).tolist() == [
        32767 / 32768,
        1,
        0,
    ]


def test_what_is_longer_than_30_seconds_is_cut():
    content, is_cut = safe_sound(wav(np.zeros(31 * 8_000, np.int16), 8_000))
    assert is_cut
    assert len(wavfile.read(BytesIO(content))[1]) == 30 * 16_000
    assert not safe_sound(wav(np.zeros(30 * 8_000, np.int16), 8_000))[1]


def test_what_is_safe_stays_as_it_is():
    once = safe_sound(wav(sine().astype(np.float32)))[0]
    assert safe_sound(once) == (once, False)


WAV = wav((sine() * 32767).astype(np.int16))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"RIFF\0\0\0\0WAVE", "is damaged or cut off"),
        (WAV[:-300], "is damaged or cut off"),
        (wav(np.zeros(0, np.int16)), "has no samples"),
        (wav(np.array([0, np.nan], np.float32)), "has samples that are no numbers"),
        (wav(np.zeros(9, np.int16), 999), "has a rate outside 1,000 to 384,000 Hz"),
        (wav(np.zeros(9, np.int16), 2**29), "has a rate outside 1,000 to 384,000 Hz"),
        (wav(np.zeros((9, 9), np.int16)), "has more than 8 channels"),
        (WAV + bytes(sound.MOST_BYTES), "has more than 50 MiB"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_no_sound_is_refused(data, reason):
    with pytest.raises(MediaRefusal) as caught:
        safe_sound(data)
    assert caught.value.reason == reason


def test_other_formats_need_the_extra(monkeypatch):
    def missing(name):
        raise ImportError(name=name)

    monkeypatch.setattr(extra, "import_module", missing)
    with pytest.raises(MediaRefusal, match=r'is no plain WAV.*pip install "banian\[audio\]"'):
        safe_sound(b"fLaC")


@pytest.mark.parametrize(("form", "kind"), [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("WAV", "ULAW")])
def test_other_formats_are_read_with_the_extra(form, kind):
    soundfile = pytest.importorskip("soundfile", reason="the extra 'audio' is not installed")
    written = BytesIO()
    soundfile.write(written, sine(seconds=31, rate=8_000), 8_000, format=form, subtype=kind)
    content, is_cut = safe_sound(written.getvalue())
    assert is_cut
    found = wavfile.read(BytesIO(content))[1]
    assert len(found) == 30 * 16_000
    np.testing.assert_allclose(
        found[2_000:8_000] / 32768, sine(seconds=1)[2_000:8_000], rtol=0, atol=0.04
    )
    with pytest.raises(MediaRefusal, match="is no sound in a known format, or damaged"):
        safe_sound(b"fLaC and nothing else")


@given(st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=4)), max_size=4))
def test_broken_heads_are_a_sound_or_a_reason(changes):
    data = wav(np.arange(40, dtype=np.int16))
    for at, written in changes:
        data = data[:at] + written + data[at + len(written) :]
    try:
        content, _ = safe_sound(data)
    except MediaRefusal as refusal:
        assert refusal.reason  # noqa: PT017 — anything else is a fault
    else:
        assert log_mel(content, 16, 4).shape == (16, 4)


@given(st.binary(max_size=100))
def test_random_bytes_are_no_sound(data):
    with pytest.raises(MediaRefusal):
        safe_sound(data)


def brute_levels(samples: np.ndarray, mels: int) -> np.ndarray:
    """Levels [mel, frame], from the definition of each sum."""
    frames = 1 + int(np.ceil(max(0, len(samples) - 512) / 320))
    padded = np.zeros(frames * 512)
    padded[: len(samples)] = samples
    times, bins = np.arange(512), np.arange(513)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * times / 512)
    wave = np.exp(-2j * np.pi * times[:, None] * bins / 1024)
    highest = 2595 * np.log10(1 + 8_000 / 700)
    corners = 700 * (10 ** (np.arange(mels + 2) * highest / (mels + 1) / 2595) - 1)
    levels = np.zeros((mels, frames))
    for frame in range(frames):
        power = np.abs((padded[frame * 320 : frame * 320 + 512] * window) @ wave) ** 2
        for mel in range(mels):
            low, middle, high = corners[mel : mel + 3]
            weights = np.interp(bins * 16_000 / 1024, [low, middle, high], [0, 1, 0])
            assert weights.any()
            levels[mel, frame] = 10 * np.log10(
                max(power @ weights / (window.sum() / 2) ** 2, 1e-10)
            )
    return np.clip(255 * (levels / 100 + 1), 0, 255)


@pytest.mark.parametrize("count", [1, 511, 513, 5_000])
def test_levels_are_those_of_the_definition(count):
    samples = np.random.default_rng(count).normal(0, 0.05, count).clip(-1, 1)
    content, _ = safe_sound(wav(samples))
    expected = brute_levels(wavfile.read(BytesIO(content))[1] / 32768, 64)
    told = log_mel(content, 64, 20)
    assert told.dtype == np.uint8
    np.testing.assert_allclose(told[:, : expected.shape[1]], expected, rtol=0, atol=0.51)
    assert not told[:, expected.shape[1] :].any()


def test_a_sine_of_full_scale_is_loudest_in_its_band_and_silence_is_nothing():
    told = log_mel(safe_sound(wav(sine(1_000, loud=1.0)))[0], 64, 20)
    assert told.max() == 255
    assert told[:, :12].argmax(0).tolist() == [22] * 12  # of 1 kHz in 64 bands up to 8 kHz
    assert not log_mel(safe_sound(wav(np.zeros(5_000, np.int16)))[0]).any()


def test_a_long_sound_is_told_to_its_end():
    half = np.concatenate([np.zeros(80_000), sine(seconds=5)])
    told = log_mel(safe_sound(wav(half))[0], 64, 100)
    silent = ~told.any(0)
    assert silent[:49].all()
    assert not silent[51:99].any()
