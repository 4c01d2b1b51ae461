"""Reads a C3D file with ezc3d in a separate process: a damaged file that crashes the library crashes only that process.

Run as a script, with the path of the file and of the ``.npz`` to write; it imports nothing from this package.
"""

from __future__ import annotations

import json
import sys

import numpy as np

_GROUPS = ("POINT", "ANALOG", "FORCE_PLATFORM")
_MAX_MEMORY = 4 * 2**30


def main(path: str, out: str) -> None:
    """Write points, analog channels and parameters of a C3D file as plain arrays."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    except (ImportError, ValueError, OSError):
        pass
    import ezc3d  # noqa: PLC0415  (an optional extra)

    content = ezc3d.c3d(path)
    parameters = {
        group: {key: np.asarray(entry["value"]).tolist() for key, entry in content["parameters"][group].items()
                if isinstance(entry, dict) and "value" in entry}
        for group in _GROUPS if group in content["parameters"]
    }  # fmt: skip
    text = np.frombuffer(json.dumps(parameters).encode(), dtype=np.uint8)
    data = content["data"]
    np.savez(out, points=data["points"], analogs=data["analogs"], parameters=text)


if __name__ == "__main__":
    main(*sys.argv[1:3])
