"""A plan whose workers have other names than in its file."""

from collections.abc import Mapping
from dataclasses import replace

from app.documents.plan_parts import (
    Action,
    Plan,
    RunRace,
    SetField,
    Start,
    Step,
    Stop,
    WaitForEnd,
    WaitForLines,
)


def with_names(plan: Plan, names: Mapping[str, str]) -> Plan:
    """Return a plan in which each worker has the name that ``names`` says, in its actions and checks too."""
    if all(names.get(worker.name, worker.name) == worker.name for worker in plan.workers):
        return plan
    workers = tuple(replace(worker, name=names.get(worker.name, worker.name)) for worker in plan.workers)
    return replace(plan, workers=workers, steps=tuple(_step(step, names) for step in plan.steps))


def _step(step: Step, names: Mapping[str, str]) -> Step:
    actions = tuple(_action(action, names) for action in step.actions)
    checks = tuple(replace(check, worker=names.get(check.worker, check.worker)) for check in step.checks)
    return replace(step, actions=actions, checks=checks)


def _action(action: Action, names: Mapping[str, str]) -> Action:
    if isinstance(action, Start | Stop | RunRace):
        return replace(action, workers=tuple(names.get(name, name) for name in action.workers))
    if isinstance(action, WaitForEnd | WaitForLines | SetField):
        return replace(action, worker=names.get(action.worker, action.worker))
    return action
