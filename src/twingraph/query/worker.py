"""Processes that run untrusted queries: one that holds the store, and the workers that it forks (Linux).

`engine.py` starts the holder with one end of a pair of sockets. It has one thread and no other duty, so that a fork is
safe, takes a millisecond and shares the store's memory. All end when the other end is closed, however that happens.
"""

from __future__ import annotations

import ctypes
import gc
import json
import marshal
import os
import signal
import socket
import struct
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from twingraph.query.evaluation import Evaluator

READY = b"\n"
"""What the holder says when the store is open; anything else is why it is not."""
ORDER = struct.Struct(">i")
"""An order to the holder: 0 for a new worker, or the process id of the worker to end.

It answers with a process id and the worker's socket, or minus the error number; or with the signal that ended it, or 0.
"""
_LENGTH = struct.Struct(">I")


def main() -> None:
    """Hold the store, and fork and end workers as ordered, until the server is gone."""
    # A server may have been started with these ignored or blocked, and workers live by them.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    server, holder = socket.socket(fileno=int(sys.argv[1])), os.getpid()
    task = json.loads(server.makefile("rb").readline())
    # Here because the server, which makes use of what stands above, loads no query engine.
    from twingraph.query.evaluation import Evaluator  # noqa: PLC0415

    kind: type[Evaluator] = Evaluator
    if task["files"][0].startswith("http"):
        # Few servers ask others, and the client takes long to load.
        from twingraph.query.remote import RemoteEvaluator as kind  # noqa: PLC0415, N813
    mebibytes = task.pop("mebibytes")
    try:
        evaluator = kind(**task)
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
                continue
            ours, theirs = socket.socketpair()
            with ours, theirs:
                try:
                    worker = os.fork()
                except OSError as error:
                    server.sendall(ORDER.pack(-(error.errno or 1)))
                    continue
                if not worker:
                    server.close()
                    theirs.close()
                    _work(ours, evaluator, mebibytes, holder)
                workers.add(worker)
                socket.send_fds(server, [ORDER.pack(worker)], [theirs.fileno()])
    for worker in workers:
        _end(worker)


def _end(worker: int) -> int:
    os.kill(worker, signal.SIGKILL)
    status = os.waitpid(worker, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _work(server: socket.socket, evaluator: Evaluator, mebibytes: int, holder: int) -> NoReturn:
    """Answer one query after another within the limits, until the server is gone or this process has grown."""
    # Not every system has it on which the server's side is loaded.
    import resource  # noqa: PLC0415

    def work() -> None:
        try:
            # What it asks for beyond that, the kernel refuses; the engine aborts when it gets no memory.
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (mebibytes << 20),) * 2)
            # No more processes and files, and unless it asks others no more sockets, for ever.
            for closed in ("NPROC", "FSIZE", "CORE", *(() if evaluator.sockets else ("NOFILE",))):
                resource.setrlimit(getattr(resource, f"RLIMIT_{closed}"), (0, 0))
            # What is not given back after one query would be missing for the next.
            most, is_last = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + mebibytes * 1024 // 8, False
            while not is_last:
                fields, cpu_seconds, priority = marshal.loads(receive(server))  # noqa: S302 - trusted
                if priority:
                    os.nice(priority)
                # The kernel ends this by SIGPROF; what it runs need not cooperate. Waiting takes no processor time.
                signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
                reply = evaluator.answer(*fields)
                if is_last := resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > most:
                    # So that the server, which does not know that this one ends, can not send it another query.
                    server.shutdown(socket.SHUT_RD)
                send(server, reply)
        except MemoryError:
            # The engine aborts when it gets no memory, so this is the one sign of it.
            os.abort()
        finally:
            # Nothing that goes wrong here, a panic of the engine included, may return into the holder's loop.
            os._exit(0)

    try:
        end_with_parent(holder)
        # Nobody is told of an abort where the server's messages are read: 0 and 1 lead nowhere already.
        os.dup2(1, 2)
        threading.stack_size(evaluator.stack)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        os._exit(0)


def send(peer: socket.socket, message: bytes) -> None:
    """Send a message with its length before it."""
    # Not joined, since an answer may be long.
    sent = peer.sendmsg((_LENGTH.pack(len(message)), message)) - _LENGTH.size
    if sent < len(message):
        peer.sendall(memoryview(message)[sent:])


def receive(peer: socket.socket, most: int = 1 << 30) -> bytes:
    """Receive a message of so many bytes at most; raises OSError, EOFError where none comes whole."""
    # In one piece for most, since threads may have to wait for their turn after each call of the system.
    part = peer.recv(1 << 16)
    size = _LENGTH.unpack_from(part)[0] if len(part) >= _LENGTH.size else most
    message = part[_LENGTH.size :]
    if len(message) < size < most:
        message += peer.recv(size - len(message), socket.MSG_WAITALL)
    if len(message) != size:
        raise EOFError
    return message


def end_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent ends, however that ends: PR_SET_PDEATHSIG of prctl(2) is 1."""
    if ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL):
        raise OSError(ctypes.get_errno(), "prctl")
    # It may have ended already.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
