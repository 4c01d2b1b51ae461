"""Bodies measured in files, and what a session is told about them."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_env.errors import ConfigError
from kinesis_env.model.bodies import make_body
from kinesis_env.motions import Motion, body_of, load_motions, measured_lengths, read_recorded
from kinesis_env.motions.datasets.conversion import ConvertOptions, convert
from kinesis_env.motions.export import export_motion

SIDES = {"R": -1.0, "L": 1.0}


def static_trial(path, *, thigh=0.42, shank=0.40, wide=0.17, frames=20, sway=0.0):
    """Write joint centers of a person who stands [mm], y up, as OpenSim's tools do."""
    names, places = [], []
    for side, sign in SIDES.items():
        at = np.array([0.0, shank + thigh + 0.08, -sign * wide / 2])
        for name, drop, ahead in (("HJC", 0.0, 0.0), ("KJC", thigh, 0.0), ("AJC", shank, 0.0), ("TOE", 0.06, 0.13)):
            at = at + [ahead, -drop, 0.0]
            names.append(f"{side}{name}")
            places.append(at)
        for name, offset in (("ASI", (0.06, 0.09, -sign * 0.12)), ("PSI", (-0.1, 0.09, -sign * 0.04))):
            names.append(f"{side}{name}")
            places.append(np.array([0.0, shank + thigh + 0.08, 0.0]) + offset)
    points = 1000.0 * np.tile(np.ravel(places), (frames, 1))
    knees = [i for i, name in enumerate(names) if name.endswith("KJC")]
    for knee in knees:
        points[:, 3 * knee + 1] += 1000.0 * sway * np.sin(np.arange(frames))
    head = [
        "PathFileType\t4\t(X/Y/Z)\tstatic.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"100\t100\t{frames}\t{len(names)}\tmm\t100\t1\t{frames}",
        "Frame#\tTime\t" + "\t\t\t".join(names),
        "\t\t" + "\t".join(f"X{i + 1}\tY{i + 1}\tZ{i + 1}" for i in range(len(names))),
    ]
    rows = ["\t".join([str(i + 1), f"{i / 100:.2f}", *(f"{x:.3f}" for x in row)]) for i, row in enumerate(points)]
    path.write_text("\n".join([*head, "", *rows]) + "\n")
    return path


def test_lengths_of_a_static_trial(tmp_path):
    found = measured_lengths(static_trial(tmp_path / "static.trc"))
    assert found == pytest.approx({"pelvis": 0.17, "femur": 0.42, "tibia": 0.40}, abs=2e-4)
    body = body_of({"markers": str(tmp_path / "static.trc"), "mass": 60.0})
    assert body.model.body_mass.sum() == pytest.approx(60.0, rel=1e-6)
    assert body == make_body({"lengths": measured_lengths(tmp_path / "static.trc"), "mass": 60.0})


def test_a_file_that_has_changed_is_read_again(tmp_path):
    path = static_trial(tmp_path / "static.trc")
    before = measured_lengths(path)
    static_trial(path, thigh=0.45, frames=21)
    assert measured_lengths(path)["femur"] == pytest.approx(before["femur"] + 0.03, abs=3e-4)


def test_lengths_of_a_motion_of_a_body_come_back(tmp_path):
    """A scaled body walks, is written as BVH, and measured."""
    body = make_body({"height": 1.6, "lengths": {"femur": 0.40, "tibia": 0.36}})
    motion = load_motions("walk", body=body)[0]
    export_motion(motion, tmp_path / "walk.bvh")
    found = measured_lengths(tmp_path / "walk.bvh")
    assert found["femur"] == pytest.approx(0.40, abs=0.003)
    assert found["tibia"] == pytest.approx(0.36, abs=0.003)


def test_recordings_are_put_onto_the_body(tmp_path):
    """The angles of a scaled body's walk, on that body: its own height, and its own angles."""
    body = make_body({"height": 1.9, "mass": 95.0})
    motion = load_motions("walk", body=body)[0]
    export_motion(motion, tmp_path / "walk.mot")
    there, usual = (read_recorded(tmp_path / "walk.mot", body=one) for one in (body, None))
    assert there.body is body
    assert there.scale == pytest.approx(1.0, abs=0.01)
    assert usual.scale == pytest.approx(1.7 / 1.9, abs=0.01)
    again = load_motions(str(tmp_path / "walk.mot"), body=body)[0]
    assert again.body is body
    assert np.abs(again.qpos[5:-5, 2] - motion.qpos[5 : len(again) - 5, 2]).max() < 0.01


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"markers": 3}, "must be a path"),
        ({"markers": "a.trc", "lengths": {"femur": 0.4}}, "'markers' and 'lengths' contradict"),
        ({"markers": "a.trc", "osim": "b.osim"}, "'markers' and 'osim' contradict"),
    ],
)
def test_what_cannot_be(body, message):
    with pytest.raises(ConfigError, match=message):
        body_of(body)


def test_files_without_lengths(tmp_path):
    with pytest.raises(ConfigError, match="these distances should be constant"):
        measured_lengths(static_trial(tmp_path / "sways.trc", sway=0.15, frames=60))
    export_motion(load_motions("walk")[0], tmp_path / "walk.mot")
    with pytest.raises(ConfigError, match="joint angles do not give lengths"):
        measured_lengths(tmp_path / "walk.mot")
    (tmp_path / "empty.trc").write_text("PathFileType\t4\n")
    with pytest.raises(ConfigError, match="Frame#"):
        measured_lengths(tmp_path / "empty.trc")


def test_conversions_are_of_a_body(tmp_path):
    """A second run does nothing; another body is another conversion; what is converted says for whom."""
    file = tmp_path / "walk.mot"
    export_motion(load_motions("walk")[0], file)
    her, him = {"height": 1.6, "mass": 60.0}, {"height": 1.8, "mass": 80.0}
    for body, status in ((her, "written"), (her, "unchanged"), (him, "written"), (None, "written")):
        outcome = convert([file], tmp_path / "out", ConvertOptions(body=body))[0]
        assert outcome.status == status
        assert Motion.load(tmp_path / "out" / outcome.outputs[0]).body == make_body(body)
    with make_body(her).in_use():
        outcome = convert([file], tmp_path / "out")[0]
    assert Motion.load(tmp_path / "out" / outcome.outputs[0]).body == make_body(her)
