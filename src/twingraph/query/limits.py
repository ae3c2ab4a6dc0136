"""What a process may use, and that it ends with its parent (Linux)."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_SET_NO_NEW_PRIVILEGES = 38
_SET_SECCOMP = 22
_FILTER = 2
_CALLS = {
    "x86_64": (0xC000003E, (41, 425)),
    "aarch64": (0xC00000B7, (198, 425)),
}
"""By machine: its number in linux/audit.h, and those of socket and io_uring_setup, which can do what socket does."""
_NUMBER, _MACHINE = 0, 4
_LOAD, _IS, _GIVE = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_MEBIBYTE = 1 << 20


def end_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however that ends (prctl(2)).

    parent: the process that forked this one; if it has ended already, this one ends at once.
    """
    _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def close_doors(files: int = 0) -> None:
    """Let this process open no file, socket, process or thread, write no file and gain no privilege.

    files: how many it may still open, to read: a store on disk opens its own when it first needs them. The kernel
    then refuses sockets by name, so this can be done only where `can_refuse_sockets`; raises OSError elsewhere.
    """
    _prctl(_SET_NO_NEW_PRIVILEGES, 1)
    if files:
        _refuse_sockets()
        most = max(int(opened.name) for opened in Path("/proc/self/fd").iterdir()) + 1 + files
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    for closed in (
        resource.RLIMIT_NPROC,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_CORE,
    ):
        resource.setrlimit(closed, (0, 0))


def can_refuse_sockets() -> bool:
    """Tell whether the calls of this machine's kernel are known by number here."""
    return os.uname().machine in _CALLS


def _refuse_sockets() -> None:
    """Let the kernel answer EACCES to whoever asks for a socket, for ever (seccomp(2), as a program of BPF)."""
    if not can_refuse_sockets():
        raise OSError(errno.ENOSYS, "seccomp")
    machine, calls = _CALLS[os.uname().machine]
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        # On another machine the numbers would mean other calls; each step says how many the next ones skip.
        (_IS, 0, len(calls) + 2, machine),
        (_LOAD, 0, 0, _NUMBER),
        *((_IS, len(calls) - place, 0, number) for place, number in enumerate(calls)),
        (_GIVE, 0, 0, _ALLOW),
        (_GIVE, 0, 0, _REFUSE | errno.EACCES),
    ]
    text = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(text)))
    _prctl(_SET_SECCOMP, _FILTER, ctypes.addressof(program))


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


def _prctl(option: int, value: int, more: int = 0) -> None:
    arguments = map(ctypes.c_ulong, (value, more, 0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(option, *arguments):
        raise OSError(ctypes.get_errno(), "prctl")
