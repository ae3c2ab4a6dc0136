"""Processes that run untrusted queries: one that holds the store, and the workers that it forks.

Started by `holder.py` as `python -m twingraph.query.worker FD`, FD being one end of a pair of sockets. The holder
has one thread and no other duty, so that a fork is safe, takes a millisecond and shares the store's memory.
It and its workers end when the other end of FD is closed, however that happens.
"""

from __future__ import annotations

import gc
import json
import marshal
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import NoReturn

from twingraph.query import limits
from twingraph.query.evaluation import Evaluator
from twingraph.query.holder import LAST, ORDER, READY


def main() -> None:
    """Hold the store, and fork and end workers as ordered, until the server is gone."""
    # A server may have been started with these ignored or blocked, and workers live by them.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for clock in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(clock, signal.SIG_DFL)
    server = socket.socket(fileno=int(sys.argv[1]))
    task, kind = json.loads(server.makefile("rb").readline()), Evaluator
    if task["evaluator"]["files"][0].startswith("http"):
        # Here because few servers ask others, and the client takes long to load.
        from twingraph.query.remote import RemoteEvaluator as kind  # noqa: PLC0415, N813
    try:
        evaluator = kind.open(**task["evaluator"])
    except (OSError, SyntaxError, ValueError) as error:
        server.sendall(str(error).encode())
        return
    gc.freeze()
    workers: set[int] = set()
    # A server that is killed may have ordered something just before.
    with suppress(ConnectionError):
        server.sendall(READY)
        while order := server.recv(ORDER.size, socket.MSG_WAITALL):
            if worker := ORDER.unpack(order)[0]:
                server.sendall(ORDER.pack(_end(worker) if worker in workers else 0))
                workers.discard(worker)
            elif worker := _fork(server, evaluator, task["mebibytes"]):
                workers.add(worker)
    for worker in workers:
        _end(worker)


def _fork(server: socket.socket, evaluator: Evaluator, mebibytes: int) -> int:
    """Fork a worker, and send the server its process id and socket; give 0 where it can not be."""
    holder = os.getpid()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            worker = os.fork()
        except OSError as error:
            server.sendall(ORDER.pack(-(error.errno or 1)))
            return 0
        if not worker:
            server.close()
            theirs.close()
            _work(Connection(ours.detach()), evaluator, mebibytes, holder)
        socket.send_fds(server, [ORDER.pack(worker)], [theirs.fileno()])
        return worker


def _end(worker: int) -> int:
    os.kill(worker, signal.SIGKILL)
    status = os.waitpid(worker, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _work(server: Connection, evaluator: Evaluator, mebibytes: int, holder: int) -> NoReturn:
    """Do one job after another within the limits, until the server is gone or this process has grown."""

    def work() -> None:
        try:
            limits.confine(mebibytes, sockets=evaluator.sockets)
            # What is not given back after one query would be missing for the next.
            most, last = limits.peak_mebibytes() + mebibytes // 8, b""
            while not last:
                job, fields, seconds, cpu_seconds, priority = marshal.loads(server.recv_bytes())  # noqa: S302 - trusted
                if priority:
                    os.nice(priority)
                limits.start_clocks(seconds, cpu_seconds)
                reply = evaluator.do(job, fields)
                limits.start_clocks(0, 0)
                last = LAST if priority or limits.peak_mebibytes() > most else b""
                server.send_bytes(last + reply)
        except MemoryError:
            # The engine aborts when it gets no memory, so this is the one sign of it.
            os.abort()
        finally:
            # Nothing that goes wrong here, a panic of the engine included, may return into the holder's loop.
            os._exit(0)

    try:
        limits.end_with_parent(holder)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        threading.stack_size(evaluator.stack)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
