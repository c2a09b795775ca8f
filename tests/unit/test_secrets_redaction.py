"""Redaction: no form of a secret leaves in a log or a text, and what is no secret stays."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import pickle
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.settings import Secret
from cm_console.secrets import RedactingFilter, Redactor

TOKEN = "s3cr3t/+ä&\"'tok\\en"


def knowing(*values: str) -> Redactor:
    redactor = Redactor()
    for value in values:
        redactor.add(Secret(value))
    return redactor


FORMS: list[Callable[[str], str]] = [
    str,
    lambda value: f"Bearer {value}",
    lambda value: f"https://ann:{value}@forum.example/x",
    quote,
    quote_plus,
    lambda value: quote(value, safe=""),
    lambda value: quote(value, safe="").lower(),
    lambda value: urlencode({"api": value}),
    lambda value: json.dumps({"a": value}),
    lambda value: json.dumps([value], ensure_ascii=False),
    lambda value: repr({"a": value}),
    html.escape,
    lambda value: value.encode().hex(),
    lambda value: value.encode().hex().upper(),
    lambda value: base64.b64encode(value.encode()).decode(),
    lambda value: base64.b64encode(f"u:{value}".encode()).decode(),
    lambda value: base64.b64encode(f"us:{value}:x".encode()).decode(),
    lambda value: base64.urlsafe_b64encode(f"use:{value}:more".encode()).decode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_awkward_secret_is_taken_out(form: Callable[[str], str]) -> None:
    text = form(TOKEN)
    redacted = knowing(TOKEN).redact(text)
    assert "***" in redacted
    assert text[2:-2] not in redacted
    assert "s3cr3t" not in redacted
    assert "tok" not in redacted


@settings(deadline=None, derandomize=True)
@given(st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=4, max_size=60), st.sampled_from(FORMS))
def test_every_form_of_a_secret_is_taken_out(value: str, form: Callable[[str], str]) -> None:
    text = form(value)
    redacted = knowing(value).redact(f"before {text} after")
    assert "***" in redacted
    assert text not in redacted
    assert value not in redacted.replace("***", "")
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")


def test_of_two_secrets_the_longer_goes_first_and_both_go() -> None:
    assert knowing("abcd", "abcdefgh").redact("abcdefgh abcd ABCD") == "*** *** ***"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abcdef.123456", "Authorization: Bearer ***"),
        ("authorization: basic dTpwYXNzd29yZA==", "authorization: basic ***"),
        ("GET https://u:pw@h/x?page=2&api_key=abc&x=1", "GET https://u:***@h/x?page=2&api_key=***&x=1"),
        ("GET /x?token=abc", "GET /x?token=***"),
        ("see https://forum.example/t/12?page=2 at 10:30", "see https://forum.example/t/12?page=2 at 10:30"),
        ("the bearer of bad news, a basic idea", "the bearer of bad news, a basic idea"),
    ],
)
def test_what_looks_like_a_secret_goes_even_if_nobody_resolved_it(text: str, clean: str) -> None:
    assert Redactor().redact(text) == clean


def test_a_short_secret_is_refused_and_a_redactor_tells_nothing() -> None:
    redactor = knowing(TOKEN)
    with pytest.raises(ValueError, match="at least 4"):
        redactor.add(Secret("abc"))
    assert TOKEN not in repr(redactor) + str(vars(redactor)["_forms"])
    with pytest.raises(TypeError):
        pickle.dumps(redactor)


def log_of(emit: Callable[[logging.Logger], None]) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s %(url)s", defaults={"url": "-"}))
    handler.addFilter(RedactingFilter(knowing(TOKEN)))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    emit(logger)
    return stream.getvalue()


def fail_with(token: str) -> None:
    raise RuntimeError(f"bad token {token}") from ValueError(quote(token))


def emit_exception(logger: logging.Logger) -> None:
    try:
        fail_with(TOKEN)
    except RuntimeError:
        logger.exception("failed with %s", TOKEN, stack_info=True)


@pytest.mark.parametrize(
    "emit",
    [
        lambda logger: logger.warning("token %s", TOKEN),
        lambda logger: logger.warning("token %(t)s", {"t": TOKEN}),
        lambda logger: logger.warning(TOKEN),
        lambda logger: logger.warning(RuntimeError(TOKEN)),
        lambda logger: logger.warning("headers %r", {"Authorization": f"Bearer {TOKEN}"}),
        lambda logger: logger.warning("broken %d", TOKEN),
        lambda logger: logger.warning("x", extra={"url": f"https://u:{TOKEN}@h"}),
        lambda logger: logger.warning("x", extra={"url": [TOKEN]}),
        emit_exception,
    ],
)
def test_no_log_record_holds_a_secret(emit: Callable[[logging.Logger], None]) -> None:
    text = log_of(emit)
    assert "***" in text
    for form in (TOKEN, "s3cr3t", quote(TOKEN)):
        assert form not in text


def test_a_traceback_stays_readable() -> None:
    text = log_of(emit_exception)
    assert "ERROR failed with ***" in text
    assert "ValueError: ***" in text
    assert "RuntimeError: bad token ***" in text
    assert "fail_with" in text


def test_hardening_closes_files_cores_and_the_log() -> None:
    code = """
import logging, os, resource, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.DEBUG)
from cm_console.model.settings import Secret
from cm_console.secrets import harden, redactor
harden(); harden()
redactor.add(Secret("CANARY-123456"))
logging.getLogger("x.y").error("token CANARY-123456")
logging.getLogger("httpx").info("noise")
print(oct(os.umask(0)), resource.getrlimit(resource.RLIMIT_CORE), len(logging.getLogger().handlers[0].filters))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["token ***", "0o77 (0, 0) 1"]
