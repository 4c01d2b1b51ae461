"""What a notebook shows."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from kinesis_env.drawing import InlineVideo, open_video


def test_a_film_becomes_part_of_the_notebook(tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    path = tmp_path / "film.mp4"
    with open_video(path, 10) as film:
        for shade in (0, 128, 255):
            film.add(np.full((32, 48, 3), shade, dtype=np.uint8))
    shown = InlineVideo(path, width=48)._repr_html_()
    assert base64.b64encode(path.read_bytes()).decode() in shown
    assert 'width="48"' in shown
