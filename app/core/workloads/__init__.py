"""The workloads: one file each, one line each here."""

from .base import Workload
from .blocking_call import BlockingCall
from .compute import Compute
from .error import Error
from .native import Native
from .sleep import Sleep
from .slow_cleanup import SlowCleanup
from .socket_read import SocketRead
from .swallow import Swallow
from .wait_for_lock import WaitForLock

BUILT_IN: tuple[type[Workload], ...] = (
    Sleep,
    Compute,
    BlockingCall,
    SocketRead,
    WaitForLock,
    Native,
    Swallow,
    SlowCleanup,
    Error,
)

__all__ = ["BUILT_IN", "Workload"]
