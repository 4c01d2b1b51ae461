"""Cost of elastic tendons of soleus and gastrocnemii in MuJoCo without a plugin.

    python benchmarks/elastic_tendon.py [--json]

MuJoCo's muscles have rigid tendons. Without a plugin, the end of each of the six muscles can slide along its line on a
joint with the stiffness of the tendon (4.9 % strain at the peak force: Rajagopal et al. 2016), with armature in place
of mass. An explicit spring of that stiffness needs short time steps or a large armature, and armature delays the
force. For each armature, the table gives the lowest physics rate at which full activation from rest does not diverge,
and the lowest at which the maximum stretch is accurate to a tenth; the period of the tendon's own oscillation; and the
simulation speed at these rates relative to the default body at 150 Hz. The exact stretch is that of the smallest
armature at 9600 Hz.
"""

from __future__ import annotations

import json
import time
import xml.etree.ElementTree as ET
from typing import Any

import commandline
import mujoco
import numpy as np
from tables import table

from kinesis_env.model import load_model
from kinesis_env.model.muscles import MuscleCurves
from kinesis_env.model.names import LOWER_BODY

MUSCLES = tuple(f"{name}_{side}" for name in ("soleus", "gasmed", "gaslat") for side in "rl")
#: Strain of the tendon at the peak isometric force, and how far off a stretch may be, in parts of the exact one.
STRAIN, OFF = 0.049, 0.1
#: Damping of a sliding end in parts of the critical, rates tried [Hz], and armatures [kg].
DAMPING, RATES, ARMATURES = 0.3, (150.0, 300.0, 600.0, 1200.0, 2400.0, 4800.0, 9600.0), (0.01, 0.1, 1.0, 5.0)
SECONDS, REPEATS = 0.5, 3


def elastic(armature: float) -> mujoco.MjModel:
    """Return the body with sliding ends of the six muscles."""
    rigid = load_model()
    curves, data = MuscleCurves(rigid), mujoco.MjData(rigid)
    mujoco.mj_resetDataKeyframe(rigid, data, 0)
    mujoco.mj_forward(rigid, data)
    root = ET.fromstring(LOWER_BODY.read_text(encoding="utf-8"))
    for part in root.findall("keyframe"):
        root.remove(part)
    parents = {child: parent for parent in root.iter() for child in parent}
    for name in MUSCLES:
        number = rigid.actuator(name).id
        tendon = int(rigid.actuator_trnid[number, 0])
        first, count = int(rigid.tendon_adr[tendon]), int(rigid.tendon_num[tendon])
        last, before = (int(rigid.wrap_objid[first + count - i]) for i in (1, 2))
        site = next(each for each in root.iter("site") if each.get("name") == rigid.site(last).name)
        body = parents[site]
        turn = data.xmat[rigid.site_bodyid[last]].reshape(3, 3)
        line = turn.T @ (data.site_xpos[before] - data.site_xpos[last])
        stiffness = curves.peak_force[number] / (STRAIN * curves.slack_length[number])
        end = ET.SubElement(body, "body", name=f"end_{name}", pos=str(site.get("pos")))
        damping = 2.0 * DAMPING * np.sqrt(stiffness * armature)
        ET.SubElement(
            end,
            "joint",
            name=f"slide_{name}",
            type="slide",
            limited="false",
            axis=" ".join(map(str, line / np.linalg.norm(line))),
            stiffness=f"{stiffness:.6g}",
            armature=f"{armature:g}",
            damping=f"{damping:.6g}",
        )
        ET.SubElement(end, "inertial", pos="0 0 0", mass="1e-4", diaginertia="1e-8 1e-8 1e-8")
        body.remove(site)
        site.set("pos", "0 0 0")
        end.append(site)
    return mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"))


def stretch(model: mujoco.MjModel, rate: float) -> float:
    """Return the greatest stretch [m] under full activation at a rate [Hz], infinite where it diverges; in the air."""
    model.opt.timestep = 1.0 / rate
    data = mujoco.MjData(model)
    data.qpos[2] += 5.0
    for name in MUSCLES:
        data.ctrl[model.actuator(name).id] = 1.0
    slides = [model.joint(f"slide_{name}").qposadr[0] for name in MUSCLES]
    greatest = 0.0
    for _ in range(round(SECONDS * rate)):
        mujoco.mj_step(model, data)
        greatest = max(greatest, float(np.abs(data.qpos[slides]).max()))
        if any(warning.number for warning in data.warning):
            return float("inf")
    return greatest


def speed(model: mujoco.MjModel, rate: float) -> float:
    """Return physics steps per second of a body that stands."""
    model.opt.timestep = 1.0 / rate
    best = 0.0
    for _ in range(REPEATS):
        data = mujoco.MjData(model)
        started, count = time.perf_counter(), 600
        for _ in range(count):
            mujoco.mj_step(model, data)
        best = max(best, count / (time.perf_counter() - started))
    return best


def measure() -> dict[str, Any]:
    """Return the figures of each armature."""
    rigid = load_model()
    curves = MuscleCurves(rigid)
    soleus = rigid.actuator("soleus_r").id
    stiffness = float(curves.peak_force[soleus] / (STRAIN * curves.slack_length[soleus]))
    base = speed(rigid, 150.0)
    exact = stretch(elastic(ARMATURES[0]), RATES[-1])
    rows = []
    for armature in ARMATURES:
        model = elastic(armature)
        found = {rate: stretch(model, rate) for rate in RATES}
        row: dict[str, Any] = {"armature": armature, "period_ms": 2e3 * np.pi * float(np.sqrt(armature / stiffness))}
        for kind, off in (("stable", 1e9), ("right", OFF * exact)):
            rate = next((rate for rate in RATES if abs(found[rate] - exact) <= off), None)
            row |= {kind: rate, f"{kind}_time": rate and speed(model, rate) / rate / (base / 150.0)}
        rows.append(row)
    return {
        "soleus_stiffness": stiffness,
        "stretch_mm": 1000.0 * exact,
        "rigid_steps_per_second": base,
        "armatures": rows,
    }


def main() -> None:
    """Run the benchmark."""
    arguments = commandline.parser(__doc__).parse_args()
    facts = measure()
    if arguments.json:
        print(json.dumps(facts, indent=1))
        return
    head = ["armature [kg]", "oscillates every [ms]"]
    rows = [[*head, "does not diverge from [Hz]", "simulated time", "right from [Hz]", "simulated time"]]
    for row in facts["armatures"]:
        told = [
            form.format(row[key]) if row[key] else "-"
            for key, form in (
                ("stable", "{:g}"),
                ("stable_time", "{:.2f}"),
                ("right", "{:g}"),
                ("right_time", "{:.2f}"),
            )
        ]
        rows.append([f"{row['armature']:g}", f"{row['period_ms']:.1f}", *told])
    print(f"stiffness of the tendon of soleus: {facts['soleus_stiffness'] / 1000:.0f} N/mm")
    print(f"default body at 150 Hz: {facts['rigid_steps_per_second']:.0f} physics steps per second\n{table(rows)}")


if __name__ == "__main__":
    main()
