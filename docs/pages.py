"""Pages of the site that are made from the package: environments, examples, reference. A hook of MkDocs."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import gymnasium
from mkdocs.structure.files import File, Files

import kinesis_env
from kinesis_env.evaluation.protocols import PROTOCOLS

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
#: The public doors, in the order in which data goes through them.
DOORS = (
    "envs",
    "motions",
    "text",
    "terms",
    "tasks",
    "config",
    "evaluation",
    "regression",
    "control",
    "analysis",
    "dynamics",
    "model",
    "drawing",
)
MODULES = ("simulation", "curriculum", "sb3", "rotations", "errors", "testing")
#: Files outside docs/ that pages link to.
SOURCES = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "kinesis_env/assets/PROVENANCE.md",
    "kinesis_env/assets/gait/PROVENANCE.md",
)
_LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)\s#]+)((?:#[^)\s]*)?\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""

    def add(place: str, content: str) -> None:
        files.append(File.generated(config, place, content=content))

    add("index.md", _linked((ROOT / "README.md").read_text(encoding="utf-8"), ROOT, "index.md", files, config))
    for name, text in environments().items():
        add(f"environments/{name}.md", text)
    add("examples/index.md", examples_index())
    for path in examples():
        add(f"examples/{path.stem}.md", example(path))
    add("api/index.md", reference_index())
    for name in _referenced():
        add(f"api/{name}.md", f"# kinesis_env.{name}\n\n::: kinesis_env.{name}\n")
    for name in SOURCES:
        path, place = ROOT / name, f"source/{name}"
        add(place, _linked(path.read_text(encoding="utf-8"), path.parent, place, files, config))
    for path in sorted((ROOT / "docs").glob("*.md")):  # what these link to is added now
        _linked(path.read_text(encoding="utf-8"), path.parent, path.name, files, config)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that leave docs/ to what the site has in their place."""
    if page.file.generated_by is not None:
        return markdown
    return _linked(markdown, ROOT / "docs", page.file.src_uri, files, config)


def environments() -> dict[str, str]:
    """Return the page of each id, which is the docstring of its class, and an overview."""
    pages, rows = {}, []
    for env_id in kinesis_env.ENV_IDS:
        spec = gymnasium.spec(env_id)
        module, _, name = str(spec.entry_point).partition(":")
        doc = inspect.getdoc(getattr(importlib.import_module(module), name)) or ""
        first, _, rest = doc.partition("\n")
        env = gymnasium.make(env_id)
        space = env.observation_space
        parts = space.values() if hasattr(space, "values") else [space]
        size = " + ".join(str(part.shape[0]) for part in parts)
        env.close()
        key = re.sub(r"(?<!^)(?=[A-Z])", "_", env_id.split("-")[1]).lower()
        pages[key] = f"# {env_id}\n\n{first}\n\n{rest.lstrip()}\n"
        protocols = ", ".join(name for name, ids in PROTOCOLS.items() if env_id in ids) or "none"
        rows.append(f"| [`{env_id}`]({key}.md) | {first} | {size} | {protocols} |")
    table = "\n".join(["| Id | Task | Observation size | Protocols |", "|---|---|---|---|", *rows])
    pages["index"] = (
        "# Environments\n\nThe action of every id is 80 numbers from -1 to 1, one per muscle. The physics, spaces and "
        "rewards of an id do not change: a change to them is a new version of the id. All ids have version 0, the "
        "first.\n\n"
        f"{table}\n\n`gymnasium.make(ID)` creates one environment, `gymnasium.make_vec(ID, num_envs=64)` many.\n"
    )
    return pages


def examples() -> list[Path]:
    """Return the example programs in order."""
    return sorted((ROOT / "examples").glob("[0-9]*.py")) + sorted((ROOT / "examples" / "training").glob("*.py"))


def _told(path: Path) -> tuple[str, str]:
    text = path.read_text(encoding="utf-8")
    doc = ast.get_docstring(ast.parse(text)) or ""
    return doc.partition("\n")[0].rstrip("."), text


def examples_index() -> str:
    """Return the list of examples."""
    rows = [f"- [{_told(path)[0]}]({path.stem}.md)" for path in examples()]
    return (
        "# Examples\n\nComplete programs, to run as `python examples/01_first_steps.py`.\n\n" + "\n".join(rows) + "\n"
    )


def example(path: Path) -> str:
    """Return the page of an example."""
    title, text = _told(path)
    return f"# {title}\n\n`{path.relative_to(ROOT)}`\n\n```python\n{text}```\n"


def _referenced() -> list[str]:
    return [name for name in (*DOORS, *MODULES) if _is_there(name)]


def _is_there(name: str) -> bool:
    return _file(ROOT / "kinesis_env" / name).is_file()


def _file(module: Path) -> Path:
    return module / "__init__.py" if module.is_dir() else module.with_suffix(".py")


def reference_index() -> str:
    """Return the list of public modules."""
    rows = []
    for name in _referenced():
        module = ROOT / "kinesis_env" / name
        rows.append(f"| [`kinesis_env.{name}`]({name}.md) | {_told(_file(module))[0]} |")
    head = "# Reference\n\nEverything that these modules export is public.\n\n| Module | Content |\n|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _linked(text: str, folder: Path, place: str, files: Files, config: MkDocsConfig) -> str:
    """Rewrite the relative links of a text that lies in a folder and is shown at a place of the site."""
    up = "../" * place.count("/")

    def moved(match: re.Match[str]) -> str:
        path = (folder / match[2]).resolve()
        if path == ROOT / "README.md":
            target = "index.md"
        elif path.is_relative_to(ROOT / "docs"):
            target = str(path.relative_to(ROOT / "docs"))
        elif path in examples():
            target = f"examples/{path.stem}.md"
        elif path == ROOT / "examples":
            target = "examples/index.md"
        elif path.is_relative_to(ROOT) and path.exists():
            target = _shown(path, files, config)
        else:
            return match[0]
        return f"{match[1]}{up}{target}{match[3]}"

    return _LINK.sub(moved, text)


def _shown(path: Path, files: Files, config: MkDocsConfig) -> str:
    """Add a file of the repository to the site, and return its place."""
    name = str(path.relative_to(ROOT))
    place = f"source/{name}" if path.suffix == ".md" else f"source/{name}.md"
    if files.get_file_from_path(place) is None and name not in SOURCES:
        if path.is_dir():
            names = sorted(part.name for part in path.iterdir() if part.suffix and not part.name.startswith("."))
            files.append(File.generated(config, place, content="\n- ".join([f"# {name}\n", *names]) + "\n"))
            return place
        text = path.read_text(encoding="utf-8", errors="replace")
        kind = {".py": "python", ".xml": "xml", ".yaml": "yaml"}.get(path.suffix, "text")
        if path.suffix == ".md":
            page = _linked(text, path.parent, place, files, config)
        else:
            page = f"# {name}\n\n````{kind}\n{text}````\n"
        files.append(File.generated(config, place, content=page))
    return place
