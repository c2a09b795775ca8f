"""Mailman core, HyperKitty and an SMTP sink, as the live tests use them: fresh lists, members, and mail that arrives.

Mailman hands its mail to the sink; mail for a list that is handed to the sink comes back to Mailman by LMTP, as a real
mail server would deliver it.
"""

from __future__ import annotations

import json
import shutil
import smtplib
import socket
import time
from base64 import b64encode
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.live.places import free_port, made_once, run, venv
from tests.live.processes import Process, answers
from tests.live.running import Running

CORE = ("mailman==3.3.10", "sqlalchemy<2.1", "mailman-hyperkitty==1.2.1", "aiosmtpd==1.4.6")
"""With SQLAlchemy 2.1 this Mailman answers every question for held messages with 500."""
ARCHIVE = ("hyperkitty==1.3.12", "whoosh==2.7.4", "gunicorn>=25.1")
USER, PASSWORD, KEY = "restadmin", "live-rest-password", "live-archiver-key"
CONFIG = """\
[mailman]
site_owner: owner@lists.test
layout: here
self_link: http://127.0.0.1:{rest}
[paths.here]
var_dir: {folder}/var
[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:///{folder}/mailman.db?timeout=60
[webservice]
hostname: 127.0.0.1
port: {rest}
admin_user: {user}
admin_pass: {password}
workers: 1
configuration: {folder}/gunicorn.cfg
[mta]
incoming: mailman.mta.null.NullMTA
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
smtp_host: 127.0.0.1
smtp_port: {smtp}
[archiver.hyperkitty]
class: mailman_hyperkitty.Archiver
enable: yes
configuration: {folder}/hyperkitty.cfg
[archiver.prototype]
enable: no
[archiver.mail_archive]
enable: no
[archiver.mhonarc]
enable: no
"""
GUNICORN = "[gunicorn]\ncontrol_socket_disable: true\n"
"""Without it all gunicorns of one user share one socket in the home folder."""
IDLE = ("nntp", "digest", "command", "retry", "task", "bounces")
"""Runners that these tests do without: each is a process."""
BUSY = ("in", "pipeline", "out", "virgin", "archive")
"""Runners that look for work every second by themselves."""
SETTINGS = """\
import os
from hyperkitty.tests.settings_test import *
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "archive_urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["LIVE_DATABASE"],
                         "OPTIONS": {"timeout": 20}}}
MAILMAN_REST_API_URL = os.environ.get("LIVE_REST", "")
MAILMAN_REST_API_USER, MAILMAN_REST_API_PASS = "%s", "%s"
MAILMAN_ARCHIVER_KEY, MAILMAN_ARCHIVER_FROM = "%s", ("127.0.0.1",)
"""
URLS = """\
from django.urls import include, path
urlpatterns = [path("archives/", include("hyperkitty.urls")), path("", include("django_mailman3.urls")),
               path("accounts/", include("allauth.urls"))]
"""


class Mailman:
    """The servers; `call` is core's REST API, `send` how anybody writes to a list, `mails` what went out."""

    def __init__(self, folder: Path, others: Running) -> None:
        self._folder = folder
        self._processes: list[Process] = []
        self._client = httpx.Client(timeout=60, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
        self.rest, self.lmtp, self.smtp, self.web = (free_port() for _ in range(4))
        self.logs = [folder / name for name in ("master.log", "archive.log", "sink.log", "var/logs/mailman.log")]

    @property
    def url(self) -> str:
        """The address of the REST API."""
        return f"http://127.0.0.1:{self.rest}"

    @property
    def archive(self) -> str:
        """The address of HyperKitty."""
        return f"http://127.0.0.1:{self.web}/archives"

    def start(self) -> None:
        """Install, configure, start all three."""
        core, archive = venv("mailman", *CORE), venv("hyperkitty", *ARCHIVE)
        folder = self._folder
        ports = {"rest": self.rest, "lmtp": self.lmtp, "smtp": self.smtp}
        config = CONFIG.format(folder=folder, user=USER, password=PASSWORD, **ports)
        config += "".join(f"[runner.{name}]\nstart: no\n" for name in IDLE)
        config += "".join(f"[runner.{name}]\nsleep_time: 0.1s\n" for name in BUSY)
        (folder / "mailman.cfg").write_text(config)
        (folder / "gunicorn.cfg").write_text(GUNICORN)
        (folder / "hyperkitty.cfg").write_text(f"[general]\nbase_url: {self.archive}/\napi_key: {KEY}\n")
        (folder / "sink").mkdir()
        sink: list[str | Path] = [
            core / "python",
            Path(__file__).with_name("list_sink.py"),
            str(self.smtp),
            folder / "sink",
        ]
        self._processes = [
            Process([*sink, str(self.lmtp)], folder / "sink.log"),
            self._archive(archive),
            Process(
                [core / "master", "-C", folder / "mailman.cfg"],
                folder / "master.log",
                cwd=folder,
                env={"PATH": f"{core}:/usr/bin:/bin", "PYTHONWARNINGS": "ignore"},
            ),
        ]
        login = {"Authorization": "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
        ready = [
            lambda: "listening" in (folder / "sink.log").read_text(),
            lambda: answers(f"{self.archive}/api/lists/"),
            lambda: answers(f"{self.url}/3.1/system/versions", headers=login) and listens(self.lmtp),
        ]
        for process, is_ready in zip(self._processes, ready, strict=True):
            process.wait_until(is_ready)
        self.call("POST", "/domains", mail_host="lists.test")

    def _archive(self, programs: Path) -> Process:
        """HyperKitty on a copy of an empty database, which takes longest to make."""

        def make(folder: Path) -> None:
            (folder / "archive_settings.py").write_text(SETTINGS % (USER, PASSWORD, KEY))
            (folder / "archive_urls.py").write_text(URLS)
            env = {"DJANGO_SETTINGS_MODULE": "archive_settings", "PYTHONPATH": str(folder)}
            env |= {"LIVE_DATABASE": str(folder / "empty.db"), "PYTHONWARNINGS": "ignore"}
            run([str(programs / "django-admin"), "migrate", "--verbosity", "0"], env=env)

        made = made_once("hyperkitty", " ".join([*ARCHIVE, SETTINGS, URLS]), make)
        database = self._folder / "archive.db"
        shutil.copy(made / "empty.db", database)
        env = {"DJANGO_SETTINGS_MODULE": "archive_settings", "PYTHONPATH": str(made), "PYTHONWARNINGS": "ignore"}
        env |= {"LIVE_DATABASE": str(database), "LIVE_REST": self.url}
        program = "django.core.wsgi:get_wsgi_application()"
        options = ["--bind", f"127.0.0.1:{self.web}", "--threads", "4", "--keep-alive", "60", "--no-control-socket"]
        return Process([programs / "gunicorn", *options, program], self._folder / "archive.log", env=env)

    def stop(self) -> None:
        """End them."""
        for process in reversed(self._processes):
            process.stop()
        self._client.close()

    def call(self, method: str, path: str, **form: str) -> Any:
        """One request to core; gives the decoded answer, raises httpx.HTTPStatusError on a refusal."""
        answer = self._client.request(method, f"{self.url}/3.1{path}", data=form or None, auth=(USER, PASSWORD))
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def new_list(self, *members: str, **config: str) -> str:
        """A list that holds what strangers write; gives its address.

        Asking for its archivers notes them in the database. Else its first mail does, and Mailman holds the one write
        lock while HyperKitty is asked for addresses: all others give up after a while ("database is locked"). And two
        runners that do so at once note them twice, which puts all later mail of the list aside for good.
        """
        address = f"l{uuid4().hex[:8]}@lists.test"
        self.call("POST", "/lists", fqdn_listname=address)
        self.call("GET", f"/lists/{list_id(address)}/archivers")
        quiet = dict.fromkeys(("send_welcome_message", "admin_immed_notify", "require_explicit_destination"), "False")
        settings = {"default_nonmember_action": "hold", "subscription_policy": "moderate", "subject_prefix": ""}
        self.call("PATCH", f"/lists/{list_id(address)}/config", **(quiet | settings | config))
        for member in members:
            self.join(address, f"{member}@ex.test", member.title())
        return address

    def join(self, address: str, email: str, name: str = "", *, approved: bool = True, role: str = "member") -> Any:
        """Somebody joins a list, or asks to."""
        form = {"list_id": list_id(address), "subscriber": email, "display_name": name, "role": role}
        sure = ["pre_verified", "pre_confirmed", *(["pre_approved"] if approved else [])]
        return self.call("POST", "/members", **form, **dict.fromkeys(sure, "True"))

    def send(self, sender: str, to: str, subject: str, text: str, *, answers: str = "", id: str = "") -> str:
        """Somebody writes a mail; gives its Message-ID."""
        message = EmailMessage()
        id = id or f"{uuid4().hex}@ex.test"
        message["From"], message["To"], message["Subject"], message["Message-ID"] = sender, to, subject, f"<{id}>"
        message["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
        if answers:
            message["In-Reply-To"] = f"<{answers}>"
        message.set_content(text)
        self.send_raw(sender, to, message.as_bytes())
        return id

    def send_raw(self, sender: str, to: str, raw: bytes) -> None:
        """Bytes as a mail."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail(sender.rpartition("<")[2].strip(">"), [to], raw)

    def held(self, address: str) -> dict[str, dict[str, Any]]:
        """What a list holds, by subject."""
        found = self.call("GET", f"/lists/{list_id(address)}/held")
        return {one["subject"]: one for one in found.get("entries", [])}

    def hold(self, address: str, *subjects: str, sender: str = "eve@evil.test") -> dict[str, dict[str, Any]]:
        """A stranger writes; gives what is held once it is."""
        for subject in subjects:
            self.send(sender, address, subject, f"Words of {subject}")
        until(lambda: set(subjects) <= self.held(address).keys())
        return self.held(address)

    def mails(self, to: str, address: str = "") -> list[EmailMessage]:
        """What went out to somebody, through a list if one is named."""
        found = [json.loads(path.read_text()) for path in sorted((self._folder / "sink").glob("*.json"))]
        made = []
        for one in found:
            if to in one["to"]:
                message = message_from_bytes(one["data"].encode("latin-1"), policy=policy.default)
                assert isinstance(message, EmailMessage)
                made.append(message)
        return [mail for mail in made if list_id(address) in str(mail["List-Id"])]

    def subjects(self, to: str, address: str = "") -> list[str]:
        """The subjects of what went out to somebody."""
        return [str(mail["Subject"]) for mail in self.mails(to, address)]

    def archived(self, address: str) -> list[dict[str, Any]]:
        """The mails in a list's archive, the last first."""
        answer = self._client.get(f"{self.archive}/api/list/{address}/emails/")
        found: list[dict[str, Any]] = answer.json() if answer.status_code == 200 else []
        return found

    def say(self, sender: str, address: str, subject: str, text: str, *, answers: str = "") -> str:
        """A member writes; gives the Message-ID once it is in the archive."""
        id = self.send(sender, address, subject, text, answers=answers)
        until(lambda: id in {mail["message_id"] for mail in self.archived(address)})
        return id


def listens(port: int) -> bool:
    """Does somebody take connections on this port?"""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def list_id(address: str) -> str:
    """A list's id."""
    return address.replace("@", ".")


def until(ready: Callable[[], object], *, seconds: float = 60.0) -> None:
    """Mailman works on its queues in its own time: wait for what it must come to."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"it did not happen within {seconds:g} seconds"
        time.sleep(0.05)
