"""Why nobody answered, in words for a person: what the library and the system say is for those who wrote them."""

from __future__ import annotations

from cm_console.model.text import clean_line

_KNOWN = (
    (("certificate_verify_failed",), "its certificate is not trusted: {said}"),
    (
        ("wrong_version_number", "wrong version number", "record layer failure", "http_request"),
        "it speaks no https there: is the port right, or does the address begin with http://?",
    ),
    (
        ("name or service not known", "nodename nor servname", "getaddrinfo failed", "no address associated"),
        "there is no computer of that name: is it spelt right?",
    ),
    (("temporary failure in name resolution",), "its name cannot be looked up: is there a network?"),
    (("network is unreachable", "no route to host"), "there is no way to it: is there a network?"),
    (
        ("all connection attempts failed", "connection refused", "connect call failed"),
        "nothing answers there, so it is down or elsewhere",
    ),
)


def trouble(problem: Exception, timeout: float, said: str = "") -> str:
    """What broke a connection.

    Args:
        problem: what httpx raised; what it was caused by counts too.
        timeout: seconds after which connecting is given up.
        said: the words of the problem without secrets.
    """
    if type(problem).__name__ == "ConnectTimeout":
        return f"no connection within {timeout:g} seconds: are port and http:// or https:// right?"
    told = f"{problem} {problem.__cause__ or ''}".lower()
    for marks, words in _KNOWN:
        if any(mark in told for mark in marks):
            return words.format(said=clean_line(said, 200))
    return clean_line(said, 200) or type(problem).__name__
