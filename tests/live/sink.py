"""An SMTP sink, run by the Python of its own virtual environment (aiosmtpd): keeps what it takes as NNNN.json.

`python sink.py PORT FOLDER LMTP_PORT`. `reject@` is refused with 550, `defer@` with 451; mail to bikes.test goes on to
the mailbox by LMTP, as a real server would deliver it.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult  # type: ignore[import-not-found]  # only in the sink's own environment

PASSWORD = b"any-mailbox-password"


class Sink:
    """Keeps every message."""

    def __init__(self, folder: Path, lmtp_port: int) -> None:
        self._folder, self._lmtp_port, self._count = folder, lmtp_port, 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Two addresses are not taken."""
        if address.startswith("reject@"):
            return "550 5.1.1 no such user"
        if address.startswith("defer@"):
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep it, then deliver it to whom it concerns here."""
        self._count += 1
        kept = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "data": envelope.content.decode("latin-1")}
        name = self._folder / f"{self._count:04}.json"
        name.with_suffix(".part").write_text(json.dumps(kept))
        name.with_suffix(".part").rename(name)
        local = [address.partition("@")[0] for address in envelope.rcpt_tos if address.endswith("@bikes.test")]
        if local:
            await asyncio.to_thread(self._deliver, envelope.mail_from, local, envelope.content)
        return "250 2.0.0 taken"

    def _deliver(self, sender: str, users: list[str], content: bytes) -> None:
        with smtplib.LMTP("127.0.0.1", self._lmtp_port) as lmtp:
            lmtp.sendmail(sender, users, content)


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
    """Every mailbox has the same password."""
    return AuthResult(success=data.login.endswith(b"@bikes.test") and data.password == PASSWORD)


async def main() -> None:
    """Serve for ever."""
    port, folder, lmtp_port = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    sink = Sink(folder, lmtp_port)
    options = {"hostname": "sink.test", "authenticator": authenticate, "auth_required": True}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, auth_require_tls=False, **options), "127.0.0.1", port)
    print("listening", port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
