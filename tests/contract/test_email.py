"""The email source passes the contract against stand-in mail servers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.testing import SourceContract
from tests.servers.email_bench import EmailBench


class TestEmail(SourceContract):
    """A mailbox whose server files sent mail itself, as Gmail's does."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[EmailBench]:
        """A fresh mailbox per test."""
        bench = await EmailBench().start()
        yield bench
        await bench.close()
