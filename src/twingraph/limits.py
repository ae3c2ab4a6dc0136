"""What a process may use, and that it ends with its parent (Linux)."""

from __future__ import annotations

import ctypes
import os
import resource
import signal

_SET_PARENT_DEATH_SIGNAL = 1
_SET_NO_NEW_PRIVILEGES = 38
_MEBIBYTE = 1 << 20


def end_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however that ends (prctl(2)).

    parent: the process that forked this one; if it has ended already, this one ends at once.
    """
    _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def close_doors() -> None:
    """Let this process open no file, socket, process or thread, write no file and gain no privilege."""
    _prctl(_SET_NO_NEW_PRIVILEGES, 1)
    for closed in (
        resource.RLIMIT_NOFILE,
        resource.RLIMIT_NPROC,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_CORE,
    ):
        resource.setrlimit(closed, (0, 0))


def start_clocks(seconds: float, cpu_seconds: float) -> None:
    """Let the kernel end this process after so much time; what it runs need not cooperate.

    Ends by SIGALRM after `seconds` of wall-clock time, by SIGPROF after `cpu_seconds` of processor time.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


def stop_clocks() -> None:
    """Take the time limits off again."""
    start_clocks(0, 0)


class Memory:
    """The memory this process may have: what it holds now, and so many mebibytes more."""

    __slots__ = ("_before", "_mebibytes", "_statm")

    def __init__(self, mebibytes: int) -> None:
        # Opened before the doors close, and read again and again.
        self._statm = os.open("/proc/self/statm", os.O_RDONLY)
        self._before, self._mebibytes = self._held(), mebibytes
        most = self._before + mebibytes * _MEBIBYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def is_worn(self) -> bool:
        """Tell whether so much was not given back that the next task would feel it: an eighth."""
        return self._held() - self._before > self._mebibytes * _MEBIBYTE // 8

    def _held(self) -> int:
        return int(os.pread(self._statm, 64, 0).split(maxsplit=1)[0]) * resource.getpagesize()


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
