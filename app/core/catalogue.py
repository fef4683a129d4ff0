"""The catalogue: which strategies and workloads there are."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BadInput, unknown_name
from .own_code.strategy import OwnCodeStrategy
from .own_code.workload import OwnCodeWorkload
from .parameters import Parameter, check_values
from .strategies import BUILT_IN, Strategy
from .worker import PROCESS, Worker, check_worker, checks
from .workloads import BUILT_IN as WORKLOADS
from .workloads import Workload


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An immutable value, built once and handed on; any thread may read it.

    Attributes:
        strategies, workloads: what can be chosen.
        unlisted, unlisted_workloads: those that a worker has by what else it names, and that are not among the choices.
    """

    strategies: tuple[type[Strategy], ...] = BUILT_IN
    workloads: tuple[type[Workload], ...] = WORKLOADS
    unlisted: tuple[type[Strategy], ...] = (OwnCodeStrategy,)
    unlisted_workloads: tuple[type[Workload], ...] = (OwnCodeWorkload,)

    def strategy_ids(self) -> tuple[str, ...]:
        """Return the ids of the strategies, in the order of the catalogue."""
        return tuple(strategy.about.id for strategy in self.strategies)

    def workload_ids(self) -> tuple[str, ...]:
        """Return the ids of the workloads, in the order of the catalogue."""
        return tuple(workload.id for workload in self.workloads)

    def strategy(self, wanted: str) -> type[Strategy]:
        """Return the strategy with this id; BadInput, naming the nearest and all, if there is none."""
        for strategy in (*self.strategies, *self.unlisted):
            if strategy.about.id == wanted:
                return strategy
        raise BadInput(unknown_name("strategy", wanted, self.strategy_ids()), "strategy")

    def workload(self, wanted: str) -> type[Workload]:
        """Return the workload with this id; BadInput, naming the nearest and all, if there is none."""
        for workload in (*self.workloads, *self.unlisted_workloads):
            if workload.id == wanted:
                return workload
        raise BadInput(unknown_name("workload", wanted, self.workload_ids()), "workload")

    def rules(self) -> dict[str, Callable[[object], Any]]:
        """Return the check of each field of a worker, by its name."""
        return checks(self.strategy_ids(), self.workload_ids())

    def worker(self, values: Mapping[str, object]) -> Worker:
        """Return the worker that a table of a worker set describes; BadInput if something in it is wrong."""
        return check_worker(values, self.rules(), self.parameters)

    def parameters(self, workload: str) -> tuple[Parameter, ...]:
        """Return what the workload with this id can be told; BadInput if there is none."""
        return self.workload(workload).parameters

    def warnings(self, workers: Iterable[Worker]) -> tuple[str, ...]:
        """Return what the strategies and the workloads of some workers can do harm to: id and sentence, each once.

        What would stop this process is left out of workers that live in one of their own.
        """
        listed = list(workers)
        abouts = [self.strategy(name).about for name in dict.fromkeys(worker.strategy for worker in listed)]
        meant = [w for w in listed if w.engine != PROCESS or not self.workload(w.workload).own_process]
        workloads = [self.workload(name) for name in dict.fromkeys(worker.workload for worker in meant)]
        warnings = [(about.id, about.warning) for about in abouts]
        warnings += [(workload.id, workload.warning) for workload in workloads]
        return tuple(f"{name}: {warning}" for name, warning in warnings if warning)

    def check(self, worker: Worker) -> None:
        """Raise BadInput if a worker names what is not in the catalogue, or a mechanism that is not available here."""
        self.strategy(worker.strategy).check_available()
        check_values(dict(worker.parameters), self.parameters(worker.workload), worker.workload)
