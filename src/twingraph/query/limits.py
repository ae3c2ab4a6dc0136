"""What the kernel lets a worker use, and that it ends with its parent (Linux)."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_MEBIBYTE = 1 << 20


def end_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however that ends (prctl(2)).

    parent: the process that forked this one; if it has ended already, this one ends at once.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL):
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def confine(mebibytes: int, *, sockets: bool = False) -> None:
    """Let this process take so much memory more than it holds, and open no file, socket or process, for ever.

    sockets: let it open files and sockets all the same.

    What it asks for beyond that, the kernel refuses; the engine aborts when it gets no memory.
    """
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + mebibytes * _MEBIBYTE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    closed = (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
    for each in closed if sockets else (*closed, resource.RLIMIT_NOFILE):
        resource.setrlimit(each, (0, 0))


def start_clocks(seconds: float, cpu_seconds: float) -> None:
    """Let the kernel end this process after so much time; what it runs need not cooperate.

    Ends by SIGALRM after `seconds` of wall-clock time, by SIGPROF after `cpu_seconds` of processor time; 0 is no limit.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


def peak_mebibytes() -> int:
    """Give the most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
