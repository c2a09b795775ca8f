"""The Mailman source passes the contract against a stateful stand-in with HyperKitty and a mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.testing import SourceContract
from tests.servers.mailman_bench import MailmanBench


class TestMailman(SourceContract):
    """Mailman with the REST account."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[MailmanBench]:
        """A fresh server per test."""
        bench = await MailmanBench().start()
        yield bench
        await bench.close()
