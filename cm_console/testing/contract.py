"""SourceContract: the one test suite that every source passes, also those written by others.

    class TestMyForum(SourceContract):
        @pytest.fixture
        async def bench(self):
            bench = MyForumBench()
            yield bench
            await bench.close()

It needs pytest-asyncio with `asyncio_mode = "auto"`. Tests skip, with the reason from `bench.cannot`, what a platform
has no way to do.
"""

from __future__ import annotations

from collections.abc import Callable

from cm_console.testing.bench import Bench
from cm_console.testing.pulls import PullContract
from cm_console.testing.pushes import PushContract
from cm_console.testing.troubles import TroubleContract
from cm_console.testing.verb_troubles import VerbTroubleContract


class SourceContract(PullContract, PushContract, TroubleContract, VerbTroubleContract):
    """Subclass it with a fixture `bench` that gives a fresh Bench per test."""


async def violations(make_bench: Callable[[], Bench], *, only: str = "test_") -> dict[str, str]:
    """Run the contract's tests whose names start with `only`, a fresh bench each: test name -> why it failed.

    For mutants: a suite that finds nothing wrong with a broken source is worth nothing.
    """
    suite = SourceContract()
    found: dict[str, str] = {}
    for name in sorted(name for name in dir(suite) if name.startswith(only)):
        bench = make_bench()
        try:
            await getattr(suite, name)(bench)
        except BaseException as error:
            if isinstance(error, Exception):
                found[name] = f"{type(error).__name__}: {error}"
            elif type(error).__name__ != "Skipped":
                raise
        finally:
            await bench.close()
    return found
