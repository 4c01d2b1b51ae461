"""Policies from names and files.

``"zero"``                       a reference policy, see :mod:`kinesis_env.evaluation.policies`
``"solution:FILE"``              solutions of ``kinesis-env track``, a file or a folder
``"package.module:factory"``     calls ``factory()``, which returns a policy
``"folder/file.py:factory"``     the same from a file
``"sb3:PPO:model.zip"``          a model of Stable-Baselines3, or of sb3-contrib, by the name of its algorithm
``"sb3:PPO:model.zip,vec.pkl"``  the same with the statistics of its ``VecNormalize``
``"model.onnx"``                 an ONNX model: observations in (or inputs named as their parts), actions out first; its
                                 metadata may have settings of the id, see :data:`METADATA`
``"model.pt"`` a TorchScript module ``"model.pt2"`` a program of ``torch.export``, which takes any number of rows; must
be trusted ``"subspace:keep:6:DIR:POLICY"`` any of these with 6 components of the actions in DIR's episodes (``remove``:
without)

Loading a Stable-Baselines3 file **unpickles what is in it, and a pickle can run any code**. It never happens by
accident: the file must be named as ``sb3:...`` and trusted (``trust=True``, ``--trust``). A factory is Python code and
runs as such. ONNX files are data. TorchScript is a program for torch's interpreter, whose developers advise against
running files from untrusted sources.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from kinesis_env.analysis.control_space import MODES
from kinesis_env.errors import AnalysisError, EvaluationError, PolicyError, shown
from kinesis_env.evaluation.dependencies import digest_of_files, opened_files, source_of
from kinesis_env.evaluation.file_policy import FilePolicy, library
from kinesis_env.evaluation.policies import REFERENCE_POLICIES, Played, reference_policy
from kinesis_env.evaluation.policy import Policy
from kinesis_env.evaluation.sb3_policy import StableBaselines3Policy
from kinesis_env.evaluation.subspace import basis_of_episodes, control_subspace
from kinesis_env.typing import Rows

__all__ = ["load_policy"]

Observation: TypeAlias = Any

#: Key of the training settings in an ONNX model's metadata, as JSON; and the settings allowed there, none of which
#: names code.
METADATA = "kinesis_env"
OWN_SETTINGS = ("action_mode", "lookahead", "lookahead_stride", "muscle_observations", "observation")
EXPORTED = ".pt2"
TORCHSCRIPT = (".pt", ".pth", ".ts", ".torchscript")
_SB3, _SOLUTION, _SUBSPACE = "sb3:", "solution:", "subspace:"


def load_policy(
    spec: str | os.PathLike[str], *, trust: bool = False, normalize: str | os.PathLike[str] | None = None
) -> Policy:
    """Return the policy named by a string; the module's documentation lists the forms.

    Args:
        spec: its name or file.
        trust: allow a file to be unpickled, which can run any code.
        normalize: a ``VecNormalize`` file, the statistics of a Stable-Baselines3 model; it is unpickled too.

    Raises:
        PolicyError: no such policy, an invalid file, or one that is not trusted.
        OptionalDependencyError: the library that reads it is not installed.
    """
    text = os.fspath(spec)
    suffix = Path(text).suffix.lower()
    if not text.startswith((_SB3, _SUBSPACE)):
        if suffix == ".zip":
            raise PolicyError(
                f"{text}: loading a Stable-Baselines3 model unpickles it, which can run any code. If you trust the "
                f"file, name it with its algorithm, 'sb3:PPO:{text}', and pass --trust (trust=True)"
            )
        if normalize is not None:
            raise PolicyError(
                f"VecNormalize statistics need a Stable-Baselines3 model, 'sb3:ALGORITHM:model.zip', given {text!r}"
            )
    if text in REFERENCE_POLICIES:
        return reference_policy(text)
    if text.startswith((_SOLUTION, _SB3, _SUBSPACE)):
        return _by_prefix(text, trust=trust, normalize=normalize)
    if suffix == ".onnx":
        return OnnxPolicy(_existing(text))
    if suffix == EXPORTED:
        return ExportedPolicy(_trusted(text, trust))
    if suffix in TORCHSCRIPT:
        return TorchScriptPolicy(_existing(text))
    if ":" in text:
        return _from_factory(text)
    raise PolicyError(
        f"unknown policy {text!r}; allowed are {', '.join(REFERENCE_POLICIES)}, 'solution:FILE', 'module:factory', "
        "'file.py:factory', 'subspace:keep:N:EPISODES:POLICY', 'sb3:ALGORITHM:model.zip', an .onnx file, or a "
        "TorchScript file (.pt)"
    )


def _by_prefix(text: str, *, trust: bool, normalize: str | os.PathLike[str] | None) -> Policy:
    if text.startswith(_SOLUTION):
        return Played(text.removeprefix(_SOLUTION))
    if text.startswith(_SUBSPACE):
        return _with_subspace(text, trust=trust, normalize=normalize)
    return _stable_baselines3(text, trust, None if normalize is None else os.fspath(normalize))


def _with_subspace(text: str, *, trust: bool, normalize: str | os.PathLike[str] | None) -> Policy:
    """Return a policy with part of its controls, from "subspace:MODE:N:EPISODES:POLICY"."""
    parts = text.removeprefix(_SUBSPACE).split(":", 3)
    if len(parts) < 4 or parts[0] not in MODES or not parts[1].isdecimal():
        raise PolicyError(
            "a policy in a subspace is written 'subspace:keep:6:EPISODES:POLICY' (or remove; any number), "
            f"where EPISODES is a folder of `kinesis-env evaluate POLICY --record`, given {text!r}"
        )
    mode, n, episodes, inner = parts
    try:
        policy = load_policy(inner, trust=trust, normalize=normalize)
        return control_subspace(policy, basis_of_episodes(episodes), int(n), "keep" if mode == "keep" else "remove")
    except (AnalysisError, EvaluationError) as error:
        raise PolicyError(str(error)) from error


class OnnxPolicy(FilePolicy):
    """An ONNX model on the processor, with one thread."""

    kind = "onnx"

    def __init__(self, path: Path) -> None:
        runtime = library("onnxruntime", "onnx", path)
        super().__init__(path, "onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self._session = self._opened(
            lambda: runtime.InferenceSession(str(path), options, providers=providers),
            "not a model that onnxruntime reads",
        )
        self._inputs = [given.name for given in self._session.get_inputs()]
        self.settings = _settings_in(self._session.get_modelmeta().custom_metadata_map.get(METADATA, "{}"), path)

    def act(self, observation: Observation, rows: Rows) -> Any:  # noqa: ARG002
        """Return the first output of the model."""
        if isinstance(observation, Mapping):
            feed = {name: np.ascontiguousarray(observation[name]) for name in self._inputs}
        else:
            feed = {self._inputs[0]: np.ascontiguousarray(observation)}
        return self._session.run(None, feed)[0]


def _settings_in(text: str, path: Path) -> Mapping[str, Any]:
    """Return the settings of the id in a model's metadata.

    Raises:
        PolicyError: the settings are invalid.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{path}: the metadata {METADATA!r} are not JSON: {error}") from error
    if not isinstance(found, dict) or not found.keys() <= set(OWN_SETTINGS):
        raise PolicyError(
            f"{path}: the metadata {METADATA!r} must be a mapping of {', '.join(OWN_SETTINGS)}, given {shown(found)}"
        )
    return found


class TorchScriptPolicy(FilePolicy):
    """A TorchScript module on the processor: observations in, actions (or a tuple that begins with them) out."""

    kind = "torchscript"

    def __init__(self, path: Path) -> None:
        self._torch = library("torch", "torch", path)
        super().__init__(path, "torch")
        self._module = self._opened(
            self._load,
            "not a TorchScript module: a state dict has no network, load it in a factory, 'file.py:factory'; else save "
            "one with torch.jit.trace(...).save(path). A pickled module is not read, as that could run any code",
        )

    def _load(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch prefers its newer format
            return self._torch.jit.load(str(self._path), map_location="cpu").eval()

    def act(self, observation: Observation, rows: Rows) -> Any:  # noqa: ARG002
        """Return the output of the module."""
        with self._torch.inference_mode():
            answer = self._module(self._tensors(observation))
        return (answer[0] if isinstance(answer, tuple) else answer).numpy()

    def _tensors(self, observation: Observation) -> Any:
        if isinstance(observation, Mapping):
            return {key: self._torch.from_numpy(np.ascontiguousarray(part)) for key, part in observation.items()}
        return self._torch.from_numpy(np.ascontiguousarray(observation))


class ExportedPolicy(TorchScriptPolicy):
    """A ``torch.export`` program on the processor; inputs and outputs as for TorchScript."""

    kind = "torch.export"

    def _load(self) -> Any:
        return self._torch.export.load(str(self._path)).module()


def _trusted(text: str, trust: bool) -> Path:
    path = _existing(text)
    if not trust:
        raise PolicyError(
            f"{text}: torch.export keeps pickles in its files, which can run any code; pass --trust (trust=True) if "
            "you trust the file, or make it an ONNX file, which is data"
        )
    return path


def _stable_baselines3(text: str, trust: bool, normalize: str | None) -> Policy:
    algorithm, _, name = text.removeprefix(_SB3).partition(":")
    name, _, beside = name.partition(",")
    statistics = normalize or beside
    if not algorithm.isidentifier() or not algorithm[0].isupper() or not name:
        raise PolicyError(f"a Stable-Baselines3 model is written 'sb3:ALGORITHM:model.zip', given {text!r}")
    if not trust:
        raise PolicyError(
            f"{name}: loading a Stable-Baselines3 model unpickles it, which can run any code; pass --trust "
            "(trust=True) if you trust the file"
        )
    return StableBaselines3Policy(_existing(name), algorithm, _existing(statistics) if statistics else None)


def _from_factory(text: str) -> Policy:
    where, _, name = text.rpartition(":")
    module = _module_of_file(_existing(where)) if where.endswith(".py") else _module_named(where)
    factory = getattr(module, name, None)
    if not callable(factory):
        raise PolicyError(f"{where} has no function {name!r} that makes a policy")
    try:
        with opened_files() as files:
            policy: Any = factory()
    except (Exception, SystemExit) as error:
        raise PolicyError(
            f"{text} raised {type(error).__name__}: {error}; it is called without arguments and must return the policy"
        ) from error
    if not callable(policy) and not callable(getattr(policy, "act", None)):
        raise PolicyError(f"{text} must return a policy, but returned {policy!r}")
    return _with_source(policy, module, text, files)


def _with_source(policy: Any, module: Any, text: str, files: list[Path]) -> Policy:
    """Give a policy that has no fingerprint the hash of its source and of the files it was made from."""
    if getattr(policy, "fingerprint", None) is not None:
        known: Policy = policy
        return known
    fingerprint = {"kind": "factory", "name": Path(text).name, "sha256": source_of(policy, module.__name__)}
    if files:
        fingerprint["files"] = digest_of_files(files)
    return _Sourced(policy, fingerprint)


class _Sourced:
    """Wraps a policy and adds the fingerprint of its source."""

    def __init__(self, policy: Any, fingerprint: Mapping[str, Any]) -> None:
        self._policy = policy
        self.fingerprint = fingerprint

    def __call__(self, observation: Any) -> Any:
        return self._policy(observation)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._policy, name)


def _module_of_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"_kinesis_policy_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise PolicyError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
    return module


def _module_named(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise PolicyError(f"the module {name!r} of the policy cannot be imported: {error}") from error


def _existing(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise PolicyError(f"{name!r}: no such file")
    return path
