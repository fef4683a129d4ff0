"""The phases of a run, and what they are called. No Qt."""

from enum import StrEnum


class Phase(StrEnum):
    """What a run is doing, as a bar of its lane shows it; waiting is running in its pause."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPING = "stopping"
    STUCK = "stuck"
    ENDED = "ended"


# What a run in a phase is called, and what that means.
PHASE_WORDS = {
    Phase.STARTING: "Starting",
    Phase.RUNNING: "Running",
    Phase.WAITING: "Waiting",
    Phase.STOPPING: "Stopping",
    Phase.STUCK: "Stuck",
    Phase.ENDED: "Ended",
}
PHASE_MEANINGS = {
    Phase.STARTING: "its thread has not begun",
    Phase.RUNNING: "its thread works",
    Phase.WAITING: "its thread is in the pause between two lines",
    Phase.STOPPING: "it was asked to stop and has not ended",
    Phase.STUCK: "it was asked to stop, and the deadline has passed",
    Phase.ENDED: "its thread has ended",
}
# What happens when a run comes into a phase, to follow its name.
PHASE_BEGINS = {
    Phase.STARTING: "is started",
    Phase.RUNNING: "runs",
    Phase.STOPPING: "is asked to stop",
    Phase.STUCK: "counts as stuck",
    Phase.ENDED: "has ended",
}
