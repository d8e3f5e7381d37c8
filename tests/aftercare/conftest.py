"""Fixtures of the tests of what happens to posts that are out: a store as a worker has it, and networks."""

from tests.worker.conftest import (
    bench,
    clock,
    empty_store,
    network_time,
    new_bench,
    new_server_bench,
    said,
)

__all__ = ["bench", "clock", "empty_store", "network_time", "new_bench", "new_server_bench", "said"]
