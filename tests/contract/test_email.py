"""The email source passes the contract against stand-in mail servers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from cm_console.model.action import Verb
from cm_console.model.errors import Refused
from cm_console.testing import SourceContract
from cm_console.testing.bench import Bench
from cm_console.testing.cancel import cut
from cm_console.testing.driving import deliver, look, opened
from cm_console.testing.pushes import copies
from tests.servers.email_bench import EmailBench


class TestEmail(SourceContract):
    """A mailbox whose server files sent mail itself, as Gmail's does."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[EmailBench]:
        """A fresh mailbox per test."""
        bench = await EmailBench().start()
        yield bench
        await bench.close()


class OwnCopies(EmailBench):
    """A plain mail server: we put what we send into Sent, and let a copy come to ourselves."""

    settings: ClassVar[dict[str, Any]] = {"copies": "us", "self_copy": True}


class TestEmailWithOwnCopies(SourceContract):
    """A mailbox whose server files nothing by itself."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[OwnCopies]:
        """A fresh mailbox per test."""
        bench = await OwnCopies().start()
        yield bench
        await bench.close()

    async def test_a_push_can_be_cancelled_at_every_await(self, bench: Bench) -> None:
        """As ever; only where nobody can know, a person is asked, and then nothing is sent again by itself."""
        assert isinstance(bench, OwnCopies)
        asked = 0
        async with opened(bench) as source:
            for step in range(1, 500):
                action = await bench.action(Verb.REPLY)
                before = len(bench.world.handed)
                was_cut = await cut(deliver(bench, source, action), step)
                try:
                    found = await look(bench, source, action)
                except Refused:
                    asked += 1
                    assert len(bench.world.handed) == before, "there was proof, but a person was asked"
                    continue
                assert (found is not None) is (len(bench.world.handed) > before), "find says what is not so"
                assert found or await deliver(bench, source, action)
                assert await copies(bench, action) == 1 == len(bench.world.handed) - before
                if not was_cut:
                    assert 0 < asked < 20
                    return
