"""What README and docs show works: links lead somewhere, commands parse, and Python runs."""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import yaml

from kinesis_env.analysis import write_opensim
from kinesis_env.cli.main import make_parser
from kinesis_env.dynamics import inverse_dynamics, static_optimization
from kinesis_env.motions import export_motion, load_motions, read_recorded
from kinesis_env.motions.export import opensim_table
from kinesis_env.motions.gait import Gait

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
#: Their snippets need further libraries: tests/integrations/ runs them.
NEEDS_LIBRARIES, NEEDS_WARP = "libraries.md", "gpu.md"
BY_NAME = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(page: Path, *languages: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [text for language, text in found if language in languages]


@BY_NAME
def test_links_lead_to_a_file_and_a_heading(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        path = page.parent / name if name else page
        assert path.exists(), f"{page.name}: {target}"
        if heading:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings}
            assert heading in slugs, f"{page.name}: {target}"


def test_films_are_there():
    films = re.findall(r'<video src="\.\./([^"]+)"', (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8"))
    assert films
    assert [film for film in films if not (ROOT / "docs" / film).is_file()] == []


@BY_NAME
def test_commands_are_ones(page):
    parser = make_parser()
    for text in blocks(page, "", "sh", "bash", "shell"):
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] != ["kinesis-env"]:
                continue
            if ">" in words:
                words = words[: words.index(">")]
            try:
                parser.parse_args(words[1:])
            except SystemExit as error:
                pytest.fail(f"{page.name}: {line} (exit code {error.code})")


def write_trial(folder: Path) -> None:
    """Write what a gait laboratory gives: a recording, its loads and its EMG, of a made walk."""
    export_motion(Gait(1.2).motion(4.0), folder / "trial_ik.mot")
    motion = read_recorded(folder / "trial_ik.mot")
    moments = inverse_dynamics(motion)
    write_opensim(folder, loads=moments.loads)
    (folder / "ground_forces.mot").rename(folder / "trial_grf.mot")
    activity = static_optimization(motion, moments)
    names = ("soleus_r", "tibant_r", "gasmed_r", "vaslat_r")
    columns = {name: activity.activation[:, activity.muscles.index(name)] for name in names}
    (folder / "trial_emg.sto").write_text(opensim_table("emg", activity.times, columns), encoding="utf-8")


def test_the_workflow_is_one_and_its_commands_are():
    [text] = [text for text in blocks(ROOT / "docs" / "rewards.md", "yaml") if "jobs:" in text]
    steps = yaml.safe_load(text)["jobs"]["check"]["steps"]
    commands = [step["run"] for step in steps if step.get("run", "").startswith("kinesis-env")]
    assert commands
    for command in commands:
        make_parser().parse_args(shlex.split(command.partition(">")[0])[1:])


@pytest.fixture
def surroundings(tmp_path, monkeypatch, request):
    """What the snippets suppose: recordings, a configuration, a module of one's own, and a policy."""
    monkeypatch.chdir(tmp_path)
    if request.node.callspec.params["page"].name in ("emg.md", "muscles.md"):
        write_trial(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    load_motions("walk-short")[0].save(tmp_path / "my_walk.npz")
    (tmp_path / "mine.yaml").write_text("rewards: {energy: {weight: 0.2}}\n", encoding="utf-8")
    (tmp_path / "my_project").mkdir()
    own = "import numpy as np\n\n\ndef soft_steps(context):\n    return np.zeros(len(context.foot_force))\n"
    (tmp_path / "my_project" / "terms.py").write_text(own, encoding="utf-8")
    yield {
        "gymnasium": gymnasium,
        "np": np,
        "policy": lambda observation: np.zeros((len(observation), 80)),
        "network": lambda observation: np.zeros((len(observation), 80)),
    }
    for name in [name for name in sys.modules if name.startswith("my_project")]:
        sys.modules.pop(name)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name not in (NEEDS_LIBRARIES, NEEDS_WARP)], ids=lambda page: page.name
)
def test_python_runs(page, surroundings, capsys):
    for text in blocks(page, "python"):
        code = textwrap.dedent(text).replace("my_walk_ik.mot", "my_walk.npz").replace('render_mode="human"', "width=64")
        exec(compile(code, page.name, "exec"), surroundings)
