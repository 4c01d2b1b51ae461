"""The table of arguments on the page of an environment, which is the docstring of its class.

It is made from the preset and the one description of each setting when the class is defined.
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

#: Where the table goes in a docstring.
PLACEHOLDER = "    {arguments}\n"

#: How a page names the types of :func:`~kinesis_env.config.schema.type_of`.
_TYPES = {
    "a string": "str",
    "a number": "float",
    "a whole number": "int",
    "true": "bool",
    "a Motion": "Motion",
    "a list of strings": "list of str",
    "a list of two numbers": "[low, high]",
    "a list of these": "list",
}
_HEADER = ("| Argument | Type | Default | Description |", "|---|---|---|---|")


def argument_table(env_id: str, config: type[Any]) -> list[str]:
    """Return the lines of the table of arguments of an id, whose settings are the fields of ``config``."""
    values = to_mapping(make_config(env_id, config, {}))
    rows = [
        (name, _python_type(type_of(config, name)), _default(values[name]), description_of(config, name))
        for name in load_preset(env_id)
    ]
    rows += [(name, kind, _default(default), text) for name, (kind, default, text) in VIEW_ARGUMENTS.items()]
    return [*_HEADER, *(f"| `{name}` | {kind} | {default} | {text} |" for name, kind, default, text in rows)]


def page(docstring: str, env_id: str, config: type[Any]) -> str:
    """Return the docstring of an environment class with its table in place of :data:`PLACEHOLDER`."""
    table = "".join(f"    {line}\n" for line in argument_table(env_id, config))
    return docstring.replace(PLACEHOLDER, table)


def _python_type(words: str) -> str:
    parts = words.replace("true or false", "true").split(" or ")
    return " or ".join("dict" if part.startswith("a mapping") else _TYPES[part] for part in parts)


def _default(value: object) -> str:
    if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
        return "see above"
    words = {"null": "None", "true": "True", "false": "False"}
    text = json.dumps(value)
    return f"`{words.get(text, text.replace(str(math.pi), 'pi'))}`"
