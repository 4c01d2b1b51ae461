"""The body of a subject, scaled from height, mass and sex, with published strength, pushed while it stands."""

import gymnasium

import kinesis_env  # noqa: F401  (registers the ids)
from kinesis_env.motions import load_motions

SUBJECT = {"height": 1.62, "mass": 54.0, "sex": "f"}

for body in (None, SUBJECT):
    env = gymnasium.make("Kinesis-Reach-v0", body=body, strength="young-women", push=20.0, push_times=[0.5])
    env.reset(seed=0)
    task = env.unwrapped.task
    mass = float(task.simulation.model.body_mass.sum())
    walk = load_motions("walk", body=body)[0]
    speed = (walk.qpos[-1, 0] - walk.qpos[0, 0]) / walk.duration
    print(f"{task.body}: {mass:.1f} kg, pelvis at {task.simulation.qpos[0, 2]:.3f} m, walks at {speed:.2f} m/s")
    for _ in range(20):
        _, _, _, _, info = env.step(env.action_space.sample() * 0.0)
    print(f"  after {info['time']:.2f} s: {info['pushes']:.0f} push, strength {info['strength']}")
    env.close()
