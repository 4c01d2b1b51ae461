"""The tables on the page of an environment, which is the docstring of its class.

The table of arguments is generated from the preset and the description of each setting when the class is defined.
"""

from __future__ import annotations

import json
import math
from typing import Any

from kinesis_env.config.files import make_config
from kinesis_env.config.schema import description_of, to_mapping, type_of
from kinesis_env.config.tracking import load_preset
from kinesis_env.envs.arguments import VIEW_ARGUMENTS

__all__ = ["PLACEHOLDER", "argument_table", "page"]

#: Placeholder of the tables in a docstring.
PLACEHOLDER = "    {arguments}\n"
BODY_PLACEHOLDER = "    {body_terms}\n"

#: Observation terms of the body, the same for every id.
BODY_TERMS = """\
    | `root_height` | 1 | height of the pelvis | m |
    | `root_tilt` | 4 | cosine and sine of the pelvis's roll, then of its pitch | - |
    | `body_positions` | 30 | ten bodies relative to the pelvis | m |
    | `body_rotations` | 66 | x and y axes of eleven bodies | - |
    | `body_velocities` | 33 | linear velocities of eleven bodies | m/s |
    | `body_angular_velocities` | 33 | their angular velocities | rad/s |
    | `foot_contacts` | 4 | ground force on heel-and-ball and toes, right then left | body weight |
    | `muscle_<quantity>` | 80 each | with `muscle_observations`: length and velocity of the fibers [optimal lengths (per second)], force [peak isometric force], activation, fatigue [fraction] | - |
"""
#: Text below every table of arguments.
CONDITIONS = """
    `excitation_noise`, `activation_delay`, `mass_scale`, `slope` and each value of `weakness` are a number, or a range
    `[low, high]` from which each episode draws a value. `info` reports the conditions that are on: `weakness_<pattern>`,
    `excitation_noise`, `activation_delay` [s], `mass_scale`, `fatigue` (mean over the muscles), `slope` [degrees], and
    `push` [N s], `push_direction` [degrees] and `pushes` (the number of pushes so far); also `strength` and `body` if they
    are not the defaults.
"""

#: Names on the page for the types of :func:`~kinesis_env.config.schema.type_of`.
_TYPES = {
    "a string": "str",
    "a number": "float",
    "a whole number": "int",
    "true": "bool",
    "null": "None",
    "a Motion": "Motion",
    "a list of strings": "list of str",
    "a list of two numbers": "[low, high]",
    "a list of these": "list",
}
_HEADER = ("| Argument | Type | Default | Description |", "|---|---|---|---|")


def argument_table(env_id: str, config: type[Any]) -> list[str]:
    """Return the lines of the table of arguments of an id with the settings of ``config``."""
    values = to_mapping(make_config(env_id, config, {}))
    rows = [
        (name, _python_type(type_of(config, name)), _default(values[name]), description_of(config, name))
        for name in load_preset(env_id)
    ]
    rows += [(name, kind, _default(default), text) for name, (kind, default, text) in VIEW_ARGUMENTS.items()]
    return [*_HEADER, *(f"| `{name}` | {kind} | {default} | {text} |" for name, kind, default, text in rows)]


def page(docstring: str | None, env_id: str, config: type[Any]) -> str | None:
    """Return the page of an id: a docstring with its table in place of :data:`PLACEHOLDER`, and its history.

    Docstrings without the placeholder, or None (``python -OO``), are returned unchanged.
    """
    if docstring is None or PLACEHOLDER not in docstring:
        return docstring
    table = "".join(f"    {line}\n" for line in argument_table(env_id, config)) + CONDITIONS
    completed = docstring.replace(PLACEHOLDER, table).replace(BODY_PLACEHOLDER, BODY_TERMS)
    return f"{completed.rstrip()}\n\n    ## Version History\n    * v0: first version.\n    "


def _python_type(words: str) -> str:
    parts = words.replace("true or false", "true").split(" or ")
    return " or ".join("dict" if part.startswith("a mapping") else _TYPES[part] for part in parts)


def _default(value: object) -> str:
    if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
        return "see above"
    words = {"null": "None", "true": "True", "false": "False"}
    text = json.dumps(value)
    return f"`{words.get(text, text.replace(str(math.pi), 'pi'))}`"
