"""A pytest plugin: ``--kinesis-reward-trace=FILE``, ``--kinesis-update``, and the fixture ``reward_trace``.

    pytest --kinesis-reward-trace=my_rewards.npz                     # a test for each trace that is named

    def test_my_rewards(reward_trace):                               # or in a test of your own
        reward_trace("my_rewards.npz", "Kinesis-Imitate-v0", rewards={"energy": {"weight": 0.2}})

Paths of traces, configurations and motions in the fixture are relative to the file of the test. A trace that names
code, such as your own terms, runs it only if your test names it too, or with ``--kinesis-trust``.

``--kinesis-update`` records the traces again instead of checking them. Nothing heavy is loaded before a trace is used.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

__all__ = ["reward_trace"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("kinesis-env", "reward regression")
    group.addoption(
        "--kinesis-reward-trace",
        action="append",
        default=[],
        metavar="FILE",
        help="check the rewards of an environment against a trace; can be repeated",
    )
    group.addoption("--kinesis-update", action="store_true", help="record reward traces again instead of checking them")
    group.addoption(
        "--kinesis-trust", action="store_true", help="let traces given on the command line run the code that they name"
    )


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a test for each trace that is named on the command line."""
    for file in config.getoption("kinesis_reward_trace"):
        path = Path(config.invocation_params.dir, file)
        items.append(_TraceItem.from_parent(session, name=f"kinesis-reward-trace[{file}]", file=path))


@pytest.fixture
def reward_trace(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return ``check(path, env_id, **keywords)``, which fails unless the environment reproduces the trace."""
    folder, update = request.path.parent, bool(request.config.getoption("kinesis_update"))

    def check(path: str | os.PathLike[str], env_id: str, **keywords: Any) -> None:
        __tracebackhide__ = True
        with contextlib.chdir(folder):  # all paths are relative to the test's file
            check_here(folder / path, env_id, keywords)

    def check_here(file: Path, env_id: str, keywords: dict[str, Any]) -> None:
        __tracebackhide__ = True
        if update:
            _record(file, env_id, keywords)
            return
        if not file.is_file():
            pytest.fail(f"there is no trace {file}; pytest --kinesis-update records it", pytrace=False)
        from kinesis_env.regression import RewardTrace  # noqa: PLC0415  (loads MuJoCo)

        trace = RewardTrace.load(file)
        if trace.meta["env_id"] != env_id:
            pytest.fail(f"{file} is a trace of {trace.meta['env_id']}, not of {env_id}", pytrace=False)
        _fail_unless_ok(trace, keywords, trust=False)

    return check


class _TraceItem(pytest.Item):
    """A test of one trace."""

    def __init__(self, *, file: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._file = file

    def runtest(self) -> None:
        """Check the trace, or record it again."""
        from kinesis_env.regression import RewardTrace  # noqa: PLC0415  (loads MuJoCo)

        trace = RewardTrace.load(self._file)
        if self.config.getoption("kinesis_update"):
            meta = trace.meta
            if not self.config.getoption("kinesis_trust"):
                from kinesis_env.regression.trust import check_trust  # noqa: PLC0415

                check_trust(meta["env_id"], meta["keywords"], (), by_caller=False)
            _record(self._file, meta["env_id"], meta["keywords"], seed=meta["seed"], steps=meta["steps"])
        else:
            _fail_unless_ok(trace, None, trust=bool(self.config.getoption("kinesis_trust")))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what differs, without a traceback."""
        from kinesis_env.errors import KinesisError  # noqa: PLC0415

        if isinstance(excinfo.value, KinesisError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the location of the test, for pytest."""
        return self._file, None, self.name


def _record(file: Path, env_id: str, keywords: dict[str, Any], **kwargs: Any) -> None:
    from kinesis_env.regression import record  # noqa: PLC0415  (loads MuJoCo)

    record(env_id, **kwargs, **keywords).save(file)


def _fail_unless_ok(trace: Any, keywords: dict[str, Any] | None, *, trust: bool) -> None:
    __tracebackhide__ = True
    from kinesis_env.regression import check  # noqa: PLC0415  (loads MuJoCo)

    report = check(trace, keywords, trust=trust)
    if not report.ok:
        pytest.fail(str(report), pytrace=False)
