"""The catalogue: which strategies and workloads there are."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .errors import BadInput, unknown_name
from .own_code.description import OWN_CODE, OwnCode, StopWay
from .own_code.strategy import OwnCodeStrategy
from .own_code.workload import OwnCodeWorkload
from .parameters import Parameter, check_values
from .strategies import BUILT_IN, Strategy
from .worker import PROCESS, Worker, check_worker, checks
from .workloads import BUILT_IN as WORKLOADS
from .workloads import Workload

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An immutable value, built once and handed on; any thread may read it.

    Attributes:
        strategies, workloads: what can be chosen.
        unlisted, unlisted_workloads: those that a worker has by what else it names, and that are not among the choices.
        find_stop: returns how code of the person's own is asked to stop, where a worker does not say it; BadInput if that
            cannot be found. None: it is not asked.
    """

    strategies: tuple[type[Strategy], ...] = BUILT_IN
    workloads: tuple[type[Workload], ...] = WORKLOADS
    unlisted: tuple[type[Strategy], ...] = (OwnCodeStrategy,)
    unlisted_workloads: tuple[type[Workload], ...] = (OwnCodeWorkload,)
    find_stop: Callable[[OwnCode], StopWay] | None = None

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

    def title(self, wanted: str) -> str:
        """Return what a person calls a strategy or a workload, by its id; any text will do.

        The parameters of a workload stand behind it: ``socket:interrupt=no`` is "Socket read (interrupt=no)". What is not in
        the catalogue, as in a session of another version, is told by its id in words.
        """
        name, _, parameters = wanted.partition(":")
        for strategy in self.strategies:
            if strategy.about.id == wanted:
                return strategy.about.title
        for workload in self.workloads:
            if workload.id == name:
                return f"{workload.title} ({parameters})" if parameters else workload.title
        return wanted.replace("-", " ").capitalize() if _ID.fullmatch(wanted) else wanted

    def rules(self) -> dict[str, Callable[[object], Any]]:
        """Return the check of each field of a worker, by its name."""
        return checks(self.strategy_ids(), self.workload_ids())

    def worker(self, values: Mapping[str, object]) -> Worker:
        """Return the worker that a table of a worker set describes; BadInput if something in it is wrong."""
        worker = check_worker(values, self.rules(), self.parameters)
        table = values.get("code")
        if self.find_stop is None or worker.code is None or worker.strategy != OWN_CODE:
            return worker
        if not isinstance(table, Mapping) or "stop" in table:
            return worker
        return replace(worker, code=replace(worker.code, stop=self.find_stop(worker.code)))

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
