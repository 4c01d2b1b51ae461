"""Read names, lengths, forces and moment arms of the muscles."""

import gymnasium
import mujoco
import numpy as np

import kinesis_env  # noqa: F401

env = gymnasium.make("Kinesis-Imitate-v0", action_mode="excitation", muscle_observations=["length", "activation"])
observation, _ = env.reset(seed=0, options={"start_time": 0.0})
task = env.unwrapped.task
names, curves = task.simulation.names, task.simulation.muscles.curves

# Excite the right soleus alone for a third of a second.
action = np.full(80, -1.0, dtype=np.float32)
action[names.muscle("soleus_r")] = 1.0
for _ in range(10):
    observation, *_ = env.step(action)

soleus = names.muscle("soleus_r")
length = observation[task.layout["muscle_length"]][soleus]
activation = observation[task.layout["muscle_activation"]][soleus]
force = -env.unwrapped.data.actuator_force[soleus]
print(f"soleus_r: activation {activation:.2f}, fibers {length:.2f} optimal lengths, tension {force:.0f} N")
print(f"  peak isometric force {curves.peak_force[soleus]:.0f} N")
print(f"  optimal fiber length {1000 * curves.optimal_length[soleus]:.0f} mm")

# Moment arms are minus the muscle's row of the actuator moment matrix, in meters for each joint.
model, data = env.unwrapped.model, env.unwrapped.data
moment = np.zeros((model.nu, model.nv))
mujoco.mju_sparse2dense(moment, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind)
for joint in ("ankle_angle_r", "subtalar_angle_r"):
    arm = -moment[soleus, model.joint(joint).dofadr[0]]
    print(f"  moment arm at {joint}: {1000 * arm:+.1f} mm")
