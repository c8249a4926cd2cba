"""An interrupt at a known moment, as Ctrl-C and Jupyter's stop button send it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def interrupted_once(ready: Callable[[], object]) -> Iterator[None]:
    """Interrupt the main thread when `ready` returns; the block has to end in that."""
    main = threading.main_thread().ident
    assert main is not None
    assert threading.get_ident() == main

    def interrupt() -> None:
        ready()
        signal.pthread_kill(main, signal.SIGINT)

    # A shell that starts the tests in the background lets them ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    try:
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
