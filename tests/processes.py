"""Processes as the kernel lists them, a listener that nobody should call, and waiting for a fact."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def descendants(process: int) -> set[int]:
    """Give the process ids of the children of a process, and of theirs."""
    found: set[int] = set()
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found |= {child} | descendants(child)
    return found


def is_running(process: int) -> bool:
    """Tell whether a process exists and is more than an exit status that nobody has read."""
    with contextlib.suppress(OSError, IndexError):
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        # The first thread may have ended before the others.
        return state != "Z" or len(list(Path(f"/proc/{process}/task").iterdir())) > 1
    return False


def resident_mebibytes(process: int) -> float:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / (1 << 20)
    return 0.0


def eventually(fact: Callable[[], bool], seconds: float = 3.0) -> bool:
    """Wait until something is so; give False if it did not come to be in time."""
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def priorities(processes: Iterable[int]) -> list[int]:
    """Give the nice values of processes that are still there, of each the greatest of its threads."""
    found = []
    for process in processes:
        with contextlib.suppress(OSError):
            threads = Path(f"/proc/{process}/task").iterdir()
            found.append(max(os.getpriority(os.PRIO_PROCESS, int(thread.name)) for thread in threads))
    return found


class Listener:
    """A socket on loopback that notices whether anybody called."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def was_called(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            self._socket.accept()[0].close()
            return True
        return False

    def close(self) -> None:
        self._socket.close()
