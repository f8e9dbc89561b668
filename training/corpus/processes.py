"""Work spread over processes, each of one thread, with progress printed."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, TypeVar

_THREADS = "OMP_NUM_THREADS"

Item = TypeVar("Item")


def each(title: str, function: Callable[..., None], tasks: Sequence[tuple[Any, ...]], jobs: int) -> None:
    """Call ``function(*task)`` for each task and print how far it is and how long it still takes.

    Parameters
    ----------
    title : str
        What the printed lines begin with.
    function : callable
        A function of a module, which keeps its own results: a file that appears when it is complete.
    tasks : sequence of tuple
        Arguments, which travel to the processes.
    jobs : int
        Number of processes; with 1 the work is done in this one.
    """
    began = time.monotonic()
    for done, _ in enumerate(_results(function, tasks, min(jobs, len(tasks))), start=1):
        left = (time.monotonic() - began) / done * (len(tasks) - done)
        print(f"{title}: {done} of {len(tasks)}, {left // 60:.0f} min {left % 60:02.0f} s left", flush=True)


def pieces(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Return items in consecutive pieces of up to ``size``."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def _results(function: Callable[..., None], tasks: Sequence[tuple[Any, ...]], jobs: int) -> Iterator[None]:
    if jobs <= 1:
        for task in tasks:
            function(*task)
            yield
        return
    with _one_thread_each():
        pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_end_with_parent)
        try:
            for future in as_completed([pool.submit(function, *task) for task in tasks]):
                future.result()
                yield
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes started meanwhile use one thread each for linear algebra: more would fight for the cores."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, even if that was killed."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
