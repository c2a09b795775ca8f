"""The Mastodon source passes the contract against a stateful stand-in, also where it plays GoToSocial or Pleroma."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.testing import SourceContract
from tests.servers.mastodon_bench import GoToSocialBench, MastodonBench, PleromaBench


class TestMastodon(SourceContract):
    """Mastodon with the token of an owner."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[MastodonBench]:
        """A fresh server per test."""
        bench = await MastodonBench().start()
        yield bench
        await bench.close()


class TestGoToSocial(SourceContract):
    """GoToSocial, where the server knows no repeat by its key."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[MastodonBench]:
        """A fresh server per test."""
        bench = await GoToSocialBench().start()
        yield bench
        await bench.close()


class TestPleroma(SourceContract):
    """Pleroma with a moderator's token, likewise."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[MastodonBench]:
        """A fresh server per test."""
        bench = await PleromaBench().start()
        yield bench
        await bench.close()
