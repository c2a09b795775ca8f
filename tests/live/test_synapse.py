"""The Matrix source against a real Synapse."""

from __future__ import annotations

import pytest

from tests.live.conftest import Live
from tests.live.synapse import Synapse


@pytest.fixture(scope="session")
def synapse(live: Live) -> Synapse:
    return live.get("synapse", Synapse)


def test_the_server_is_there(synapse: Synapse) -> None:
    assert synapse.call("mod", "GET", "/_matrix/client/v3/account/whoami")["user_id"] == "@mod:cm.test"
