"""An SMTP sink for mailing lists, run by the Python of Mailman's virtual environment (aiosmtpd): keeps NNNN.json files.

`python list_sink.py PORT FOLDER LMTP_PORT`. Mail for lists.test goes on to Mailman by LMTP.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP  # type: ignore[import-not-found]  # only in the environment it runs in


class Sink:
    """Keeps every message."""

    def __init__(self, folder: Path, lmtp_port: int) -> None:
        self._folder, self._lmtp_port, self._count = folder, lmtp_port, 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep it, then deliver it to the lists it is for."""
        self._count += 1
        kept = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "data": envelope.content.decode("latin-1")}
        name = self._folder / f"{self._count:05}.json"
        name.with_suffix(".part").write_text(json.dumps(kept))
        name.with_suffix(".part").rename(name)
        if lists := [address for address in envelope.rcpt_tos if address.endswith("@lists.test")]:
            await asyncio.to_thread(self._deliver, envelope.mail_from, lists, envelope.content)
        return "250 2.0.0 taken"

    def _deliver(self, sender: str, lists: list[str], content: bytes) -> None:
        with smtplib.LMTP("127.0.0.1", self._lmtp_port) as lmtp:
            lmtp.sendmail(sender, lists, content)


async def main() -> None:
    """Serve for ever."""
    sink = Sink(Path(sys.argv[2]), int(sys.argv[3]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, hostname="sink.test"), "127.0.0.1", int(sys.argv[1]))
    print("listening", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
