"""Dovecot (IMAP, LMTP) and an SMTP sink, as the live tests use them: any mailbox at bikes.test, plain and with TLS."""

from __future__ import annotations

import json
import os
import shutil
import smtplib
import socket
import tempfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from tests.live.places import Unavailable, debian, free_port, run, venv
from tests.live.processes import Process
from tests.live.running import Running

PASSWORD = "any-mailbox-password"
CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%n
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
default_internal_user = dovecot
default_login_user = dovenull
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%n
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
  mailbox "Müll & mehr" {{
    auto = create
  }}
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """The mailbox; `deliver` is how members write to it, `sent` what came out of it."""

    def __init__(self, folder: Path, others: Running) -> None:
        self._log = folder / "output.log"
        self._sink_log = folder / "sink.log"
        self._processes: list[Process] = []
        # its processes run as several users, who cannot enter the folders of the tests
        self.folder = Path(tempfile.mkdtemp(prefix="cm-console-dovecot-"))
        self.imap, self.imaps, self.lmtp, self.smtp = (free_port() for _ in range(4))
        self.logs = [self.folder / "dovecot.log", self._log, self._sink_log]

    @property
    def ca(self) -> Path:
        """The certificate, its own authority."""
        return self.folder / "cert.pem"

    def start(self) -> None:
        """Install, configure, start both."""
        if os.geteuid() != 0:
            raise Unavailable("Dovecot starts as root only")
        debian("dovecot-imapd", "dovecot-lmtpd", provides="/usr/lib/dovecot/imap")
        debian("dovecot-lmtpd", provides="/usr/lib/dovecot/lmtp")
        debian("openssl", provides="openssl")
        programs = venv("smtp-sink", "aiosmtpd==1.4.6")
        self._configure()
        (self.folder / "sink").mkdir()
        self._processes = [
            Process(["dovecot", "-F", "-c", self.folder / "dovecot.conf"], self._log),
            Process(
                [
                    programs / "python",
                    Path(__file__).with_name("sink.py"),
                    str(self.smtp),
                    self.folder / "sink",
                    str(self.lmtp),
                ],
                self._sink_log,
            ),
        ]
        for process, port in zip(self._processes, (self.imap, self.smtp), strict=True):
            process.wait_until(lambda port=port: _greets(port))  # type: ignore[misc]  # a default

    def _configure(self) -> None:
        folder = self.folder
        folder.chmod(0o755)
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "mail", "mail")
        request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        made = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-addext", names]
        run(["openssl", *request.split(), *made])
        ports = {"imap": self.imap, "imaps": self.imaps, "lmtp": self.lmtp}
        (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, password=PASSWORD, **ports))

    def stop(self) -> None:
        """End both."""
        for process in self._processes:
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self, address: str, *mails: bytes) -> None:
        """Members write to a mailbox; the first mail makes it."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            for mail in mails:
                lmtp.sendmail("member@ann.test", [address.partition("@")[0]], mail)

    def sent(self) -> list[tuple[list[str], Message]]:
        """What the sink took: recipients and message, in order."""
        taken = [json.loads(path.read_text()) for path in sorted((self.folder / "sink").glob("*.json"))]
        return [(one["to"], message_from_bytes(one["data"].encode("latin-1"))) for one in taken]


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            return bool(line.recv(3))
    except OSError:
        return False
