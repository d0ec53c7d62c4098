"""Jobs as Ray tasks: on the cluster that ``RAY_ADDRESS`` names, on one that runs here, or on one begun for them, as it
always is with ``RAY_ADDRESS=local``.

Every node needs hirkit installed and the same files under the same paths. A task whose process dies is done once more;
then it ``Died``.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from hirkit.records import UserError
from hirkit.workers import Died

Result = TypeVar("Result")
STORE = 100 * 2**20
"""Bytes of a cluster begun here for what tasks return, which is little; near the least that Ray takes."""


class RayTasks:
    """A pool of Ray tasks; a cluster that is begun for it has so many processes, and ends with it."""

    def __init__(self, processes: int) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing calls home behind a user's back
        try:
            import ray
        except ImportError:
            raise UserError("--engine ray needs Ray: python -m pip install 'hirkit[ray]'") from None
        self.ray: Any = ray
        self.begun = not self.ray.is_initialized()
        if self.begun:
            with _signals_kept():
                self._begin(processes)
        self.task = self.ray.remote(max_retries=1)(_do)
        self.ahead = 2 * max(1, int(self.ray.cluster_resources().get("CPU", 1)))

    def _begin(self, processes: int) -> None:
        quiet = {"log_to_driver": False, "logging_level": "error"}
        here = {"num_cpus": processes, "object_store_memory": STORE, "include_dashboard": False}
        address = os.environ.get("RAY_ADDRESS") or "auto"
        try:
            self.ray.init(address=address, **quiet, **(here if address == "local" else {}))
        except (ConnectionError, ValueError) as err:  # nobody answers; no address
            if address != "auto":
                raise UserError(f"no Ray cluster answers at RAY_ADDRESS={address}: {err}") from None
            self.ray.init(address="local", **quiet, **here)

    def submit(self, job: Callable[..., Result], *given: Any) -> Callable[[], Result]:
        """Begin a job; what is returned waits for its result, or raises ``Died``."""
        found = self.task.remote(str(Path.cwd()), job, *given)

        def wait() -> Result:
            lost = self.ray.exceptions
            try:
                result: Result = self.ray.get(found)
            except lost.RayTaskError as err:
                raise err.cause from None
            except (lost.WorkerCrashedError, lost.OutOfMemoryError, lost.NodeDiedError, lost.ObjectLostError) as err:
                raise Died(f"a process died over it, twice ({type(err).__name__})") from None
            except lost.RayError as err:  # the cluster is gone, or cannot do it
                raise UserError(f"Ray: {err}; the same command goes on", 3) from None
            return result

        return wait

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, at: TracebackType | None) -> None:
        if self.begun:
            self.ray.shutdown()


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself; it stays with who had it."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, before)


def _do(folder: str, job: Callable[..., Result], *given: Any) -> Result:
    """The job where the user is: paths, and what is written of them, are what they are there."""
    os.chdir(folder)
    return job(*given)
