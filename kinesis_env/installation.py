"""Everything that results may depend on: versions, platform, the model, and whether Numba runs the loops."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import resources
from importlib.metadata import version

from kinesis_env.loops.compiled import numba_version
from kinesis_env.version import __version__

__all__ = ["installed_versions"]


def installed_versions() -> dict[str, str]:
    """Return versions by name; ``"model"`` is the SHA-256 of the shipped model, ``"numba"`` is "" if it is not used.

    Results are guaranteed to be the same, bit for bit, if all of these are the same.
    """
    return {
        "kinesis_env": __version__,
        "model": _model_digest(),
        **{package: version(package) for package in ("gymnasium", "mujoco", "numpy", "scipy")},
        "numba": numba_version(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


@cache
def _model_digest() -> str:
    return hashlib.sha256((resources.files("kinesis_env") / "assets" / "lower_body.xml").read_bytes()).hexdigest()
