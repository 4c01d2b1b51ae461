"""Messages for unreadable files: what the file contains, what the readers need, and alternatives."""

from __future__ import annotations

from pathlib import Path

from kinesis_env.errors import MotionFormatError
from kinesis_env.motions.formats.joint_arrays import described_shapes
from kinesis_env.motions.formats.members import described, members_of

__all__ = ["explained", "is_own_motion"]

#: Files of other programs, and how to import their content.
_NEXT_STEPS = {
    ".fbx": "open it in Blender and export BVH",
    ".glb": "open it in Blender and export BVH",
    ".gltf": "open it in Blender and export BVH",
    ".vrma": "open it in Blender and export BVH",
    ".vmd": "open it in Blender (mmd_tools) and export BVH",
    ".amc": "convert it to BVH together with its .asf (amc2bvh, Blender), or use the BVH release of the CMU database",
    ".asf": "it contains only a skeleton: convert it to BVH together with its .amc",
    ".mvnx": "export BVH from MVN",
    ".mvn": "export BVH from MVN",
    ".pt": "load it with PyTorch and write numpy.savez(FILE, **{name: array.numpy()}) of its SMPL parameters",
    ".pth": "load it with PyTorch and write numpy.savez(FILE, **{name: array.numpy()}) of its SMPL parameters",
    ".h5": "read it with h5py and write numpy.savez(FILE, joints=..., fps=...)",
    ".hdf5": "read it with h5py and write numpy.savez(FILE, joints=..., fps=...)",
    ".json": "write its joint positions with numpy.savez(FILE, joints=..., fps=...)",
    ".mat": "read it with scipy.io.loadmat and write numpy.savez(FILE, joints=..., fps=...)",
    ".osim": "it is a model, not a motion: run inverse kinematics with it, and use the .mot",
    ".tak": "export BVH or C3D from Motive",
    ".txt": "rename it to .csv if its first line names the columns",
}
_OWN = {"qpos", "qvel", "metadata"}
#: Members that identify files of other packages.
_OTHERS = (
    ({"qpos", "qvel", "njnt"}, "a trajectory of loco-mujoco, for its own body"),
    ({"qpos", "qvel"}, "states of another MuJoCo model"),
    ({"joint_pos", "joint_vel"}, "joint angles of a robot"),
    ({"dof_pos", "dof_names"}, "joint angles of a robot"),
)


def is_own_motion(path: Path) -> bool:
    """Return whether an ``.npz`` is a motion of this package, possibly a damaged one."""
    try:
        names = set(members_of(path))
    except MotionFormatError:
        return True
    return len(names & _OWN) >= 2 and "metadata" in names


def explained(path: Path, extensions: tuple[str, ...]) -> str:
    """Return why no reader accepts a file: what it contains, what readers need, and the next step."""
    suffix = path.suffix.lower()
    if suffix in _NEXT_STEPS:
        return f"{suffix} is not supported: {_NEXT_STEPS[suffix]}"
    if suffix not in (".npz", ".npy", ".pkl", ".pickle"):
        named = repr(suffix) if suffix else "a name without a suffix"
        return f"no reader for {named}, nor for its content; the file types are {', '.join(extensions)}"
    content = members_of(path)
    names = set(content) if not isinstance(content, list) else set()
    what = next((f" ({text})" for members, text in _OTHERS if members <= names), "")
    return (
        f"no reader for its content{what}: {described(content)}. SMPL poses need 'poses' and 'trans', or "
        f"'global_orient', 'body_pose' and 'transl'; joints need an array of {described_shapes()}; a motion of this "
        "package "
        "needs 'qpos', 'qvel', 'body_pos', 'body_vel', 'metadata' and 'format_version'"
    )
