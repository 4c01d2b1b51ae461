"""The tables of arguments on the pages of the environments: ``python -m kinesis_env.making.pages``.

Each environment class has its page in its docstring. The table under "## Arguments" is made from the presets and the
descriptions of the configuration, and written into the source, where readers and editors find it; a test says when it
is out of date.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from kinesis_env.config import load_preset, to_mapping
from kinesis_env.config.files import make_config
from kinesis_env.config.schema import description_of, type_of
from kinesis_env.envs import DirectionEnv, ImitateEnv, KinesisEnv, ReachEnv, ReachGoalEnv, TextEnv
from kinesis_env.envs import __file__ as envs_file
from kinesis_env.envs.arguments import VIEW_ARGUMENTS
from kinesis_env.files import whole_file

__all__ = ["PAGES", "argument_table", "main", "with_table"]

#: The classes that have a page.
PAGES: tuple[type[KinesisEnv], ...] = (ImitateEnv, ReachEnv, ReachGoalEnv, DirectionEnv, TextEnv)

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


def argument_table(env: type[KinesisEnv]) -> list[str]:
    """Return the lines of a class's table of arguments."""
    definition = env.definition
    values = to_mapping(make_config(definition.env_id, definition.config, {}))
    rows = [
        (
            name,
            _python_type(type_of(definition.config, name)),
            _default(values[name]),
            description_of(definition.config, name),
        )
        for name in load_preset(definition.env_id)
    ]
    rows += [(name, kind, _default(default), text) for name, (kind, default, text) in VIEW_ARGUMENTS.items()]
    return [*_HEADER, *(f"| `{name}` | {kind} | {default} | {text} |" for name, kind, default, text in rows)]


def with_table(source: str, env: type[KinesisEnv]) -> str:
    """Return the source of a module with the table of one of its classes made anew."""
    start = source.index(f"class {env.__name__}(")
    first = source.index("    ## Arguments\n", start) + len("    ## Arguments\n")
    last = source.index("\n\n", first)
    table = "\n".join(f"    {line}" for line in argument_table(env))
    return source[:first] + table + source[last:]


def _python_type(words: str) -> str:
    parts = words.replace("true or false", "true").split(" or ")
    return " or ".join("dict" if part.startswith("a mapping") else _TYPES[part] for part in parts)


def _default(value: object) -> str:
    if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
        return "see above"
    words = {"null": "None", "true": "True", "false": "False"}
    text = json.dumps(value)
    return f"`{words.get(text, text.replace(str(math.pi), 'pi'))}`"


def main() -> None:
    """Write every table anew."""
    for env in PAGES:
        path = Path(envs_file).parent / f"{env.__module__.rpartition('.')[2]}.py"
        text = with_table(path.read_text(encoding="utf-8"), env)
        with whole_file(path) as temporary:
            Path(temporary).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
