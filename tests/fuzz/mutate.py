"""Mutations of bytes and of values, drawn from a generator."""

from __future__ import annotations

import io
import zipfile

NUMBERS = ("0", "-1", "nan", "inf", "1e300", "-1e39", "1e-300", "9" * 400, "1e5", "0.5", "00", "1,5", "0x10", "", "\0")
VALUES = (
    None, True, 0, -1, 1.5, 10**400, 1e300, -1e39, float("nan"), float("inf"), "", "x" * 5000, "\0", "\x1b[2J",
    "~nobody", [], {}, [[]], [1, [2]], {"a": {}}, (), b"x", 1j, object(), {1: 2}, ["walk"] * 50, "../..",
    "/dev/zero", "folder:/",
)  # fmt: skip


def mutated_bytes(data, rng):
    """Return bytes with a few changes: flipped, cut, repeated, or with another number in the place of one."""
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        if not data:
            break
        at = int(rng.integers(len(data)))
        length = int(rng.integers(1, 1 + min(len(data) - at, 400)))
        kind = rng.integers(6)
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = data[at : at + length] * int(rng.integers(1, 50))
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            data[at : at + int(rng.integers(1, 5))] = NUMBERS[int(rng.integers(len(NUMBERS)))].encode()
        else:
            data[at : at + length] = rng.bytes(length)
    return bytes(data)


def mutated_archive(data, rng):
    """Return an ``.npz`` one of whose members is mutated or left out, so that checksums still hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        chosen = names[int(rng.integers(len(names)))]
        for name in names:
            content = old.read(name)
            if name == chosen:
                if rng.integers(8) == 0:
                    continue
                content = mutated_bytes(content, rng)
            new.writestr(name, content)
    return out.getvalue()


def mutated_value(rng):
    """Return something that nobody should give."""
    return VALUES[int(rng.integers(len(VALUES)))]
