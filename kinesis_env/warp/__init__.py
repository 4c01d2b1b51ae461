"""Simulations and tasks on a GPU, with MuJoCo Warp and PyTorch (the extra ``warp``).

Environments are made with ``gymnasium.make_vec(ID, num_envs=..., backend="warp")``; nothing here is imported before.
"""

__all__: list[str] = []
