"""The GitHub source passes the contract against a stateful stand-in on loopback: with issues, and with Discussions."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cm_console.testing import SourceContract
from tests.servers.github_bench import DiscussionsBench, GitHubBench


class TestGitHubIssues(SourceContract):
    """A repository whose community writes issues."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[GitHubBench]:
        """A fresh GitHub per test."""
        bench = await GitHubBench().start()
        yield bench
        await bench.close()


class TestGitHubDiscussions(SourceContract):
    """A repository whose community writes discussions."""

    @pytest.fixture
    async def bench(self) -> AsyncIterator[GitHubBench]:
        """A fresh GitHub per test."""
        bench = await DiscussionsBench().start()
        yield bench
        await bench.close()
