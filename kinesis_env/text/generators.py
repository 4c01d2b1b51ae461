"""Generators of motions from prompts: interface, adapters for other models and their results, and lookup by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from kinesis_env.errors import KinesisError, MotionError, MotionFormatError, PromptError
from kinesis_env.files import is_regular, read_bytes
from kinesis_env.motions.edit import trim
from kinesis_env.motions.formats import EXTENSIONS, read_recordings
from kinesis_env.motions.formats.humanml3d import smpl_points
from kinesis_env.motions.formats.points import checked_rate, make_recording
from kinesis_env.motions.formats.smpl import mean_shape
from kinesis_env.motions.library import suggestions
from kinesis_env.motions.motion import Motion
from kinesis_env.motions.recording import PointRecording
from kinesis_env.motions.retargeting.retarget import RetargetOptions, retarget
from kinesis_env.text.builtin import BuiltinTextToMotion, checked_call, motion_name
from kinesis_env.text.words import checked_prompt

__all__ = [
    "ENTRY_POINT_GROUP",
    "CallableTextToMotion",
    "FolderTextToMotion",
    "JointsFunction",
    "TextToMotion",
    "text_to_motion",
]

#: The entry-point group of third-party generators.
ENTRY_POINT_GROUP = "kinesis_env.text_to_motion"
#: A function of ``(prompt, *, seed, duration)`` that returns joints (T, 22, 3) or a :class:`Motion`.
JointsFunction: TypeAlias = Callable[..., Any]
_JOINTS = 22
#: Number of motions of a folder that are cached.
_KEPT = 256
#: Maximum size of a caption file [bytes].
_MAX_TEXTS = 2**20


@runtime_checkable
class TextToMotion(Protocol):
    """Makes motions of this body from prompts."""

    def generate(self, prompt: str, *, seed: int = 0, duration: float | None = None) -> Motion:
        """Return a motion.

        Args:
            prompt: the prompt.
            seed: selects among several motions that fit; the same prompt and seed give the same motion.
            duration: length of the motion [s]; by default as long as needed.

        Raises:
            PromptError: the prompt is not understood, or there is no motion for it.
        """


class FolderTextToMotion:
    """Stored results of a text-to-motion model, found by their prompts.

    A prompt matches a caption or a file name when the words are the same; case, punctuation and spaces do not matter.
    Captions are in the files (``.npy`` results of models, ``.npz`` of this package) or beside them: for ``walk.npy``,
    in ``walk.txt`` or ``../texts/walk.txt``, one per line, up to the first ``#``, as in HumanML3D. If several motions
    match, the seed chooses.

    Args:
        folder: folder of files in any supported format.
        fps: frames per second of the motions.

    Raises:
        MotionError: there is no such folder, or nothing in it.
        MotionFormatError: a file cannot be read.
    """

    def __init__(self, folder: str | Path, *, fps: float = 30.0) -> None:
        self.folder = Path(folder).expanduser()
        self._options = RetargetOptions(fps=fps)
        if not self.folder.is_dir():
            raise MotionError(f"{self.folder}: no such folder of text-to-motion results")
        self._found: dict[str, list[tuple[Path, int]]] = {}
        self._captions: dict[str, None] = {}
        suffixes = {".npz", *EXTENSIONS}
        files = sorted(file for file in self.folder.iterdir() if file.suffix.lower() in suffixes and _visible(file))
        for file in files:
            for number, texts in enumerate(_texts(file)):
                for text in texts:
                    self._captions.setdefault(text)
                    places = self._found.setdefault(_plain(text), [])
                    places += [] if (file, number) in places else [(file, number)]
        if not self._found:
            raise MotionError(
                f"{self.folder}: no text-to-motion results; the file types are {', '.join(sorted(suffixes))}"
            )
        self._read = lru_cache(maxsize=_KEPT)(self._read_one)

    @property
    def prompts(self) -> tuple[str, ...]:
        """The captions and names of the stored motions."""
        return tuple(self._captions)

    def generate(self, prompt: str, *, seed: int = 0, duration: float | None = None) -> Motion:
        """Return a motion whose caption or file name is the prompt, cut to ``duration`` if it is longer.

        Raises:
            PromptError: none has that caption; the message lists the available ones, closest first.
        """
        checked_call(seed, duration)
        places = self._found.get(_plain(checked_prompt(prompt)))
        if places is None:
            raise PromptError(
                f"no motion for the prompt {prompt!r} in {self.folder}; {suggestions(prompt, self.prompts, 10)}"
            )
        file, number = places[int(seed) % len(places)]
        motion = self._read(file, number)
        if duration is not None and motion.duration > duration:
            motion = trim(motion, 0.0, duration)
        return motion.replace(name=f"{file.stem}-{number + 1}", caption=" ".join(prompt.split()))

    def _read_one(self, file: Path, number: int) -> Motion:
        own = _own_motion(file)
        return own if own is not None else retarget(read_recordings(file)[number], self._options)

    def __repr__(self) -> str:
        return f"FolderTextToMotion({str(self.folder)!r}: {len(self._captions)} prompts)"


class CallableTextToMotion:
    """Retargets the joints that a function returns, such as a text-to-motion model, onto this body.

    Args:
        function: called as ``function(prompt, seed=seed, duration=duration)``; returns joints (T, 22, 3) [m] in SMPL's
            order, any axis up, as in HumanML3D and models trained on it; or a :class:`Motion`, which is used unchanged.
            The same prompt and seed should give the same joints.
        source_fps: frames per second of the joints.
        fps: frames per second of the motions.
        keep_size: do not scale the length of the path to this body's legs.

    Raises:
        MotionError: not a function, or a rate that is not allowed.
    """

    def __init__(
        self, function: JointsFunction, *, source_fps: float = 20.0, fps: float = 30.0, keep_size: bool = False
    ) -> None:
        if not callable(function):
            raise MotionError(f"a text-to-motion function must be callable with a prompt, given {function!r}")
        self._function = function
        self._rate = checked_rate(source_fps, repr(function), "source_fps")
        self._options = RetargetOptions(fps=fps, keep_size=keep_size)

    def generate(self, prompt: str, *, seed: int = 0, duration: float | None = None) -> Motion:
        """Return the motion of the joints returned by the function.

        Raises:
            PromptError: the prompt is empty or too long, or the function raises it.
            MotionFormatError: what the function returned is not (T, 22, 3) joints of a person.
        """
        checked_call(seed, duration)
        made = self._function(checked_prompt(prompt), seed=int(seed), duration=duration)
        name, caption = motion_name(prompt, seed, duration), " ".join(prompt.split())
        if isinstance(made, Motion):
            return made.replace(caption=made.caption or caption)
        who = getattr(self._function, "__name__", type(self._function).__name__)
        joints = _joints(made, who)
        recording = make_recording(
            Path(who), smpl_points(joints), self._rate, kind="Text-to-motion", name=name, rest=mean_shape().standing,
            notes=(f"made by {who}, seed {seed}",), caption=caption,
        )  # fmt: skip
        return retarget(recording, self._options)

    def __repr__(self) -> str:
        return f"CallableTextToMotion({self._function!r}, source_fps={self._rate:g})"


def text_to_motion(name: str | TextToMotion, *, fps: float = 30.0) -> TextToMotion:
    """Return a generator by name.

    Args:
        name: "builtin"; "folder:PATH"; "module:attribute" for a generator, a class of one, or a function as for
            :class:`CallableTextToMotion` (its rate is its attribute ``fps``, or 20); or the name of an entry point of
            the group ``kinesis_env.text_to_motion`` that names one of these. A generator is returned unchanged.
        fps: frames per second of the motions, for generators of this package.

    Raises:
        PromptError: there is no such generator; the message lists the available ones.
    """
    if not isinstance(name, str):
        return _as_generator(name, repr(name), fps)
    if name == "builtin":
        return BuiltinTextToMotion(fps)
    if name.startswith("folder:"):
        return FolderTextToMotion(name.removeprefix("folder:"), fps=fps)
    known = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    module, colon, attribute = name.partition(":")
    try:
        if name in known:
            return _as_generator(known[name].load(), name, fps)
        if colon and module and attribute:
            found: Any = import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
            return _as_generator(found, name, fps)
    except KinesisError:
        raise
    except (Exception, SystemExit) as error:  # importing runs the user's code
        raise PromptError(f"the generator {name!r} cannot be loaded: {error}") from error
    allowed = ", ".join(repr(one) for one in ("builtin", "folder:PATH", "module:function", *sorted(known)))
    raise PromptError(f"unknown generator {name!r}; the generators are {allowed}")


def _as_generator(found: Any, name: str, fps: float) -> TextToMotion:
    if isinstance(found, type):
        found = found()
    if isinstance(found, TextToMotion):
        return found
    if callable(found):
        return CallableTextToMotion(found, source_fps=getattr(found, "fps", 20.0), fps=fps)
    raise PromptError(
        f"{name}: a generator must have generate(prompt, *, seed, duration), or be a function, given {found!r}"
    )


def _joints(made: Any, who: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(made, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MotionFormatError(
            f"{who}: it must return joints, but returned {type(made).__name__} ({error})"
        ) from error
    if array.ndim != 3 or array.shape[1:] != (_JOINTS, 3):
        raise MotionFormatError(f"{who}: it must return joints (T, {_JOINTS}, 3), but returned shape {array.shape}")
    return array


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def _visible(file: Path) -> bool:
    return not file.name.startswith(".") and file.is_file()


def _own_motion(file: Path) -> Motion | None:
    """Return the motion of a file of this package, or None if it is of another kind."""
    if file.suffix.lower() != ".npz":
        return None
    try:
        return Motion.load(file)
    except MotionFormatError:
        return None


def _texts(file: Path) -> list[list[str]]:
    """Return the texts that lead to each motion of a file: its captions and its name."""
    own = _own_motion(file)
    if own is not None:
        captions = [own.caption]
    else:
        captions = [
            recording.caption if isinstance(recording, PointRecording) else "" for recording in read_recordings(file)
        ]
    beside = _beside(file) if len(captions) == 1 else []
    name = file.stem.replace("_", " ").replace("-", " ")
    return [[text for text in (caption, *beside, name) if _plain(text)] for caption in captions]


def _beside(file: Path) -> list[str]:
    for place in (file.with_suffix(".txt"), file.parent.parent / "texts" / f"{file.stem}.txt"):
        if is_regular(place):
            lines = read_bytes(place, _MAX_TEXTS, MotionFormatError).decode("utf-8", errors="replace").splitlines()
            return [text for line in lines[:100] if (text := line.partition("#")[0].strip())]
    return []
