"""Whatever happens in whatever order: the mirror becomes the truth, nothing lands twice, nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.machine import StormMachine
from tests.property.mutants import MUTANTS

RUN = settings(
    settings.get_profile("fast"), max_examples=80, stateful_step_count=40, phases=[Phase.explicit, Phase.generate]
)
HUNT = settings(RUN, max_examples=400, phases=[Phase.generate], print_blob=False)


def test_any_storm_ends_well() -> None:
    run_state_machine_as_test(StormMachine, settings=RUN)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_promise_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant, words = MUTANTS[name]
    mutant(monkeypatch)
    with pytest.raises(AssertionError, match=words):
        run_state_machine_as_test(StormMachine, settings=HUNT)
