from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_env.drawing import matplotlib
from kinesis_env.errors import OptionalDependencyError, RenderingError
from kinesis_env.evaluation import evaluate, write_report
from kinesis_env.evaluation.charts import Line, interval_plot, line_plot
from kinesis_env.evaluation.statistics import Estimate

VOID = {"meta", "br", "img", "link", "hr", "input"}


class Balanced(HTMLParser):
    """Checks that every element that is opened is closed, and collects where pages point to."""

    def __init__(self):
        super().__init__()
        self.open, self.pointers, self.tags = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.pointers += [value for key, value in attributes if key in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(path) -> tuple[str, Balanced]:
    text = path.read_text(encoding="utf-8")
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    return text, parser


@pytest.fixture(scope="module")
def walks():
    return evaluate("zero", motions=["walk", "run", "walk-slow"], protocol="kinesis")


def test_the_page_holds_all_it_needs(walks, tmp_path):
    path = write_report(walks, tmp_path / "report", lambda episode: b"\0\0\0\x20ftypisom" + episode.clip.encode())
    text, parser = read(path)
    assert [p.name for p in path.parent.iterdir()] == ["index.html"]
    assert parser.tags.count("video") == 3  # of three episodes, none is shown twice
    assert all(pointer.startswith("data:video/mp4;base64,") for pointer in parser.pointers)
    assert "script" not in parser.tags
    assert parser.tags.count("svg") >= 2
    for words in ("zero in Kinesis-Imitate-v0", "MPJPE [mm]", "walk-slow", "tracking lost", walks.model_sha256):
        assert words in text


def test_without_opengl_it_says_so(walks, tmp_path):
    def film(episode):
        raise RenderingError("no picture can be drawn here: apt-get install <libegl1>")

    text, parser = read(write_report(walks, tmp_path, film))
    assert "video" not in parser.tags
    assert "No films: no picture can be drawn here: apt-get install &lt;libegl1&gt;" in text


def test_whole_or_not_at_all(walks, tmp_path):
    def film(episode):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(walks, tmp_path / "report", film)
    assert not (tmp_path / "report").exists() or not list((tmp_path / "report").iterdir())


def test_names_cannot_write_into_the_page(walks, tmp_path):
    evil = "<script>alert(1)</script>"
    episodes = tuple(dataclasses.replace(e, clip=evil, skill=evil) for e in walks.episodes)
    hostile = dataclasses.replace(walks, episodes=episodes, policy={"name": evil}, protocol=evil)
    text, parser = read(write_report(hostile, tmp_path, lambda episode: b""))
    assert "script" not in parser.tags
    assert evil not in text
    assert re.search(r"figure {[^}]*overflow-wrap: anywhere", text)  # a long name stays below its own film


def test_goal_tasks_have_a_page(tmp_path):
    evaluation = evaluate("zero", "Kinesis-Direction-v0", seeds=3)
    text, _ = read(write_report(evaluation, tmp_path))
    assert "error [m/s]" in text
    assert "Best and worst" not in text


def path_of(svg, label):
    """The points of the line of an episode, in the coordinates of the picture."""
    group = next(g for g in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}g") if g.get("id") == label)
    return [tuple(map(float, p)) for p in re.findall(r"([-\d.]+) ([-\d.]+)", group[0].get("d"))]


def test_lines_are_where_the_numbers_are():
    svg = line_plot("t", [Line("one", (0.0, 0.5, 1.0), 1.0, lost=True)], "m", 0.5)
    (x1, y1), (x2, y2), (x3, y3) = path_of(svg, "one")
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2)
    assert y3 < y2 < y1  # up is less
    assert "stroke-dasharray" in svg
    assert "error [m]" in svg


@settings(max_examples=5, deadline=None)
@given(st.lists(st.floats(1e-9, 1e9), min_size=2, max_size=5))
def test_plots_of_any_numbers(values):
    svg = line_plot("a < b", [Line("l", values, 0.03, lost=False)], "m", None)
    width, height = (float(ET.fromstring(svg).get(key).removesuffix("pt")) for key in ("width", "height"))
    for x, y in path_of(svg, "l"):
        assert 0 <= x <= width
        assert 0 <= y <= height
    estimates = [("a & b $x$", Estimate(value, 0.0, value, 2)) for value in values]
    assert "a &amp; b $x$" in interval_plot("t", estimates, 2)


def test_nothing_to_draw_is_no_error():
    assert 'id="l"' not in line_plot("t", [Line("l", (), 0.03, lost=True)], "m", None)
    ET.fromstring(interval_plot("t", [("a", Estimate(0.0, None, None, 1))], 2))


def test_without_matplotlib_it_says_so_before_any_work(monkeypatch, walks, tmp_path):
    monkeypatch.setattr(matplotlib, "find_spec", lambda _name: None)
    with pytest.raises(OptionalDependencyError, match=r"kinesis-env\[plot\]"):
        write_report(walks, tmp_path / "report")
    assert not (tmp_path / "report").exists()
