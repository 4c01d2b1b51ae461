"""EMG from files: envelopes as they are, raw signals by stated filters, and columns by their names."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.analysis import Emg, linear_envelope, muscles_of_channel, read_emg, side_of_channel
from kinesis_env.analysis.envelope import looks_raw
from kinesis_env.errors import AnalysisError, MotionFormatError
from tests.motions.formats.test_markers import write_c3d


def activity(times):
    """A known envelope of two bursts a second."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * 2.0 * times)


def raw_signal(times, seed=0):
    """Noise of 50 to 300 Hz with that envelope, on an offset."""
    noise = np.random.default_rng(seed).standard_normal(len(times))
    return 0.3 + activity(times) * noise


def write(path, times, columns, labels, separator="\t"):
    rows = [
        separator.join(f"{x:.8g}" for x in (t, *row)) for t, row in zip(times, np.stack(columns, axis=1), strict=True)
    ]
    head = ["title", f"nRows={len(times)}", f"nColumns={1 + len(columns)}", "endheader"]
    path.write_text("\n".join([*head, separator.join(("time", *labels)), *rows]) + "\n")
    return path


@pytest.mark.parametrize("rate", [1000.0, 2000.0])
def test_the_envelope_of_a_raw_signal_is_what_made_it_at_any_rate_and_without_a_delay(rate):
    times = np.arange(0.0, 10.0, 1.0 / rate)
    at, envelope = linear_envelope(times, raw_signal(times)[:, None])
    inside = (at > 0.5) & (at < 9.5)
    wanted = activity(at)
    lags = {lag: np.corrcoef(np.roll(envelope[:, 0], lag)[inside], wanted[inside])[0, 1] for lag in range(-10, 11)}
    assert lags[0] > 0.95
    assert abs(max(lags, key=lags.get)) <= 2  # 10 ms
    assert np.median(np.diff(at)) == pytest.approx(1 / 200.0)
    assert envelope.min() >= 0.0


def test_uneven_times_are_made_even_before_the_filters():
    rng = np.random.default_rng(1)
    times = np.arange(0.0, 6.0, 1e-3)
    values = np.sin(2 * np.pi * 80.0 * times)
    jitter = times + rng.uniform(-3e-4, 3e-4, len(times))
    kept = np.interp(jitter, times, values)
    even, uneven = linear_envelope(times, values[:, None])[1], linear_envelope(jitter, kept[:, None])[1]
    middle = slice(200, 900)
    assert np.abs(even[middle] - 2 / np.pi).max() < 0.01  # the mean of a rectified sine
    assert np.abs(even[middle] - uneven[: len(even)][middle]).max() < 0.05


def test_what_is_raw_is_found_from_the_values(tmp_path):
    times = np.arange(0.0, 4.0, 1e-3)
    raw, envelope = raw_signal(times) - 0.3, activity(times)
    assert looks_raw(np.stack((raw, envelope, envelope - 0.01), axis=1), 1000.0).tolist() == [True, False, False]
    emg = read_emg(write(tmp_path / "raw.sto", times, [raw, raw], ["TA_L", "SOL_L"]))
    assert emg.side == "l"
    assert any("band-pass 20 to 400 Hz" in note for note in emg.notes)
    assert len(emg.times) == 800
    kept = read_emg(write(tmp_path / "envelope.mot", times, [envelope], ["soleus"]))
    assert kept.notes[-1] == "used as envelopes, without a filter"
    assert np.allclose(kept.channel("soleus"), envelope, atol=1e-7)


def test_a_band_beyond_the_rate_is_lowered_and_an_impossible_one_refused():
    times = np.arange(0.0, 4.0, 1 / 500.0)
    linear_envelope(times, raw_signal(times)[:, None])
    slow = np.arange(0.0, 4.0, 1 / 40.0)
    with pytest.raises(AnalysisError, match="more than 44 samples a second"):
        linear_envelope(slow, raw_signal(slow)[:, None])
    with pytest.raises(AnalysisError, match="the upper edge of the band must be above 20"):
        linear_envelope(times, raw_signal(times)[:, None], band=(20.0, 10.0))
    with pytest.raises(AnalysisError, match="a filter needs more than"):
        linear_envelope(times[:20], raw_signal(times)[:20, None])


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path):
    times = np.arange(0.0, 1.0, 0.01)
    path = write(tmp_path / "emg.sto", times, [activity(times)] * 2, ["soleus_r", "tib_ant_r"])
    assert read_emg(path, channels=["tib_ant_r"]).channels == ("tib_ant_r",)
    with pytest.raises(MotionFormatError, match=r"no column 'soleus'; its columns are soleus_r, tib_ant_r"):
        read_emg(path, channels=["soleus"])
    with pytest.raises(AnalysisError, match="unknown channel 'x'; the channels are soleus_r"):
        read_emg(path).channel("x")


def test_gaps_are_bridged_when_short_and_refused_when_long(tmp_path):
    times = np.arange(0.0, 2.0, 0.01)
    values = activity(times)
    values[50:55] = np.nan
    emg = read_emg(write(tmp_path / "short.sto", times, [values], ["soleus"]))
    assert np.abs(emg.channel("soleus") - activity(times)).max() < 0.05
    assert any("5 missing values" in note for note in emg.notes)
    values[50:90] = np.nan
    with pytest.raises(MotionFormatError, match="column 'soleus': 20% of its values are missing"):
        read_emg(write(tmp_path / "long.sto", times, [values], ["soleus"]))


def test_csv_is_read_too(tmp_path):
    path = tmp_path / "emg.csv"
    path.write_text("time,RTA (V),LSOL\n" + "\n".join(f"{t / 100},{t % 7},{t % 5}" for t in range(50)) + "\n")
    emg = read_emg(path, kind="envelope")
    assert emg.channels == ("RTA (V)", "LSOL")
    assert emg.side == ""


def test_analog_channels_of_a_c3d_are_read_by_their_names(tmp_path):
    emg = read_emg(write_c3d(tmp_path / "walk.c3d"))
    assert emg.channels == ("EMG soleus",)  # the channels of the plate are none
    assert any("raw signals at 1000 Hz" in note for note in emg.notes)
    with pytest.raises(MotionFormatError, match=r"walk\.c3d: no column 'EMG tibialis'; its columns are EMG soleus"):
        read_emg(tmp_path / "walk.c3d", channels=["EMG tibialis"])


@pytest.mark.parametrize(
    ("name", "muscles", "side"),
    [
        ("bifemlh_r", ("bflh",), "r"),
        ("Biceps Femoris Left", ("bflh",), "l"),
        ("gastrocnemius", ("gasmed", "gaslat"), ""),
        ("hamstrings", ("semimem", "semiten"), ""),
        ("R_VastusLat", ("vaslat",), "r"),
        ("RTA", ("tibant",), "r"),
        ("LSOL [mV]", ("soleus",), "l"),
        ("Trigno IM EMG GM", ("gasmed",), ""),
        ("rect_fem_r", ("recfem",), "r"),
        ("deltoid_r", (), "r"),
    ],
)
def test_channels_are_known_by_the_names_people_give_them(name, muscles, side):
    assert (muscles_of_channel(name), side_of_channel(name)) == (muscles, side)


def test_signals_that_do_not_fit_are_refused():
    with pytest.raises(AnalysisError, match=r"values \(n, 2\)"):
        Emg(np.arange(3.0), ("a", "b"), np.zeros((3, 1)))
    with pytest.raises(AnalysisError, match="increasing times"):
        Emg(np.array([0.0, 0.0]), ("a",), np.zeros((2, 1)))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_any_name_can_be_asked_about(name):
    assert side_of_channel(name) in ("", "r", "l")
    assert isinstance(muscles_of_channel(name), tuple)
