"""Synapse, the Matrix server, as the live tests use it: one process, SQLite, four people, generous limits."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from tests.live.places import free_port, run, venv
from tests.live.processes import Process, answers
from tests.live.running import Running

REQUIREMENT = "matrix-synapse==1.163.2"
SECRET = "live-tests-register"
NAME = "cm.test"
CONFIG = """\
server_name: "{name}"
public_baseurl: "http://127.0.0.1:{port}/"
pid_file: {folder}/homeserver.pid
report_stats: false
listeners:
  - {{port: {port}, bind_addresses: ["127.0.0.1"], type: http, tls: false, x_forwarded: false,
     resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: {folder}/homeserver.db}}}}
log_config: {folder}/log.yaml
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
trusted_key_servers: []
federation_domain_whitelist: []
suppress_key_server_warning: true
registration_shared_secret: "{secret}"
macaroon_secret_key: "live-tests-macaroon"
form_secret: "live-tests-form"
enable_registration: false
url_preview_enabled: false
bcrypt_rounds: 4
max_event_delay_duration: 24h
server_notices: {{system_mxid_localpart: notices, system_mxid_display_name: Server, room_name: Server Notices}}
rc_message: &much {{per_second: 1000, burst_count: 1000}}
rc_registration: *much
rc_room_creation: *much
rc_reports: *much
rc_delayed_event_mgmt: *much
rc_login: {{address: *much, account: *much, failed_attempts: *much}}
rc_joins: {{local: *much, remote: *much}}
rc_invites: {{per_room: *much, per_user: *much, per_issuer: *much}}
"""
CLIENT = "/_matrix/client/v3"
LOG = """\
version: 1
formatters: {{plain: {{format: '%(asctime)s %(name)s %(levelname)s %(message)s'}}}}
handlers: {{file: {{class: logging.FileHandler, formatter: plain, filename: {folder}/homeserver.log}}}}
root: {{level: WARNING, handlers: [file]}}
disable_existing_loggers: false
"""


def in_room(room: str) -> str:
    """The path of a room."""
    return f"{CLIENT}/rooms/{quote(room, safe='')}"


class Synapse:
    """A homeserver of our own; `token` and `call` are how tests act as its members."""

    def __init__(self, folder: Path, others: Running) -> None:
        self._folder = folder
        self._process: Process | None = None
        self.port = free_port()
        self.logs = [folder / "homeserver.log", folder / "output.log"]
        self.tokens: dict[str, str] = {}
        self._client = httpx.Client(timeout=60, trust_env=False)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Install, configure, start, and register mod (admin), ann, bob and cleo."""
        programs = venv("synapse", REQUIREMENT)
        folder = self._folder
        run([str(programs / "generate_signing_key"), "-o", str(folder / "signing.key")])
        (folder / "log.yaml").write_text(LOG.format(folder=folder))
        config = CONFIG.format(name=NAME, port=self.port, folder=folder, secret=SECRET)
        (folder / "homeserver.yaml").write_text(config)
        command = [str(programs / "python"), "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]
        self._process = Process(command, folder / "output.log", cwd=folder, env={"SYNAPSE_CACHE_FACTOR": "0.1"})
        self._process.wait_until(lambda: answers(f"{self.url}/health"))
        for user in ("mod", "ann", "bob", "cleo"):
            self.register(user, admin=user == "mod")

    def stop(self) -> None:
        """End it."""
        self._client.close()
        if self._process is not None:
            self._process.stop()

    def register(self, user: str, *, admin: bool = False) -> str:
        """A new member; gives the member id. The token is in `tokens`."""
        path = "/_synapse/admin/v1/register"
        nonce = self.call(None, "GET", path)["nonce"]
        words = [nonce, user, f"{user}-password", "admin" if admin else "notadmin"]
        mac = hmac.new(SECRET.encode(), "\0".join(words).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": user, "password": words[2], "admin": admin, "mac": mac}
        made = self.call(None, "POST", path, body)
        self.tokens[user] = made["access_token"]
        return str(made["user_id"])

    def room(self, name: str, *members: str, creator: str = "mod") -> str:
        """A public room with these members in it; gives its id."""
        body: dict[str, object] = {"preset": "public_chat", "name": name}
        room = str(self.call(creator, "POST", f"{CLIENT}/createRoom", body)["room_id"])
        for user in members:
            self.call(user, "POST", f"{in_room(room)}/join", {})
        return room

    def say(self, user: str, room: str, text: str, *, to: str = "", thread: str = "", edits: str = "") -> str:
        """A message, an answer or an edit; gives the event id."""
        content: dict[str, object] = {"msgtype": "m.text", "body": text}
        if thread:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread}
        elif to:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": to}}
        elif edits:
            new = {"m.new_content": dict(content), "m.relates_to": {"rel_type": "m.replace", "event_id": edits}}
            content |= new
        path = f"{in_room(room)}/send/m.room.message/{uuid4().hex}"
        return str(self.call(user, "PUT", path, content)["event_id"])

    def redact(self, user: str, room: str, event: str) -> None:
        """Somebody removes a message."""
        self.call(user, "PUT", f"{in_room(room)}/redact/{quote(event, safe='')}/{uuid4().hex}", {})

    def said(self, room: str, user: str = "mod") -> list[str]:
        """What stands in a room, oldest first, edits and removed messages left out."""
        found = self.call(user, "GET", f"{in_room(room)}/messages", dir="b", limit=500)["chunk"]
        contents = [event["content"] for event in found if event["type"] == "m.room.message"]
        return [content["body"] for content in contents if "body" in content and "m.new_content" not in content][::-1]

    def stands(self, room: str, user: str) -> str:
        """How a member stands in a room."""
        path = f"{in_room(room)}/state/m.room.member/{quote(user, safe='')}"
        return str(self.call("mod", "GET", path)["membership"])

    def call(self, user: str | None, method: str, path: str, body: object = None, **query: object) -> Any:
        """One request as a member; gives the decoded answer, raises httpx.HTTPStatusError on a refusal."""
        headers = {"Authorization": f"Bearer {self.tokens[user]}"} if user else {}
        asked = {name: str(value) for name, value in query.items()}
        answer = self._client.request(method, self.url + path, json=body, params=asked, headers=headers)
        answer.raise_for_status()
        return answer.json()
