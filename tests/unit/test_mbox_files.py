"""mbox files: where messages begin, in bounded memory; broken, packed and endless ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_console.model.time import iso
from cm_console.sources.mail import mbox_files
from cm_console.sources.mail.mbox_files import NoMbox, Raw, count_messages, hash_of, looks_like_mbox, messages

POSTMARK = b"From ann@example.org Sun Nov 22 10:00:00 2026\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.mbox"


def read(path: Path, data: bytes) -> list[Raw]:
    path.write_bytes(data)
    found = list(messages(path))
    assert count_messages(path) == len(found)
    return found


def test_messages_begin_at_from_lines(path: Path) -> None:
    one, two = read(path, POSTMARK + b"A: 1\n\nbody\n\n" + POSTMARK + b"A: 2\n\n")
    assert (one.data, one.offset, one.line) == (b"A: 1\n\nbody\n\n", 0, 1)
    assert (two.data, two.offset, two.line) == (b"A: 2\n\n", len(POSTMARK) + 12, 6)
    assert iso(two.stamped) == "2026-11-22T10:00:00Z"
    assert [raw.offset for raw in messages(path, two.offset, 6)] == [two.offset]


@pytest.mark.parametrize(
    "postmark",
    [
        b"From - Sun Nov 22 10:00:00 2026\n",
        b"From MAILER-DAEMON Sun Nov 22 10:00:00 2026\r\n",
        b"From ann at example.org  Sun Nov  2 9:00:00 2026\n",
        b'From "ann smith"@example.org Sun Nov 22 10:00:00 2026 +0100\n',
        b"From ann@example.org Sun Nov 22 10:00 EST 2026\n",
    ],
)
def test_from_lines_of_many_programs(path: Path, postmark: bytes) -> None:
    assert len(read(path, postmark + b"A: 1\n\n\n" + postmark + b"A: 2\n")) == 2


def test_a_letter_may_begin_a_line_with_from(path: Path) -> None:
    body = b"\nFrom here on it is easy.\n\nFrom 10:00 on we meet.\nFrom ann@example.org Sun Nov 22 10:00:00 2026\n"
    (only,) = read(path, POSTMARK + b"A: 1\n" + body)
    assert only.data.endswith(body)


def test_escaped_from_lines_are_as_they_were_written(path: Path) -> None:
    (only,) = read(path, POSTMARK + b"\n>From here\n>>From there\n> From\n x>From\n")
    assert only.data == b"\nFrom here\n>From there\n> From\n x>From\n"


def test_line_ends_of_windows(path: Path) -> None:
    data = (POSTMARK + b"A: 1\n\nbody\n\n").replace(b"\n", b"\r\n")
    assert len(read(path, data * 3)) == 3


@pytest.mark.parametrize("size", [1, 7, 64, 513, 1_000])
def test_it_does_not_matter_where_a_read_ends(path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(POSTMARK + b"A: %d\n\n" % n + b"x" * n + b"\n\n" for n in range(60))
    whole = read(path, data)
    monkeypatch.setattr(mbox_files, "CHUNK", max(size, 600))
    assert list(messages(path)) == whole and count_messages(path) == 60
    assert [raw.before for raw in whole] == [found.hexdigest() for raw in whole if (found := hash_of(path, raw.offset))]


def test_a_long_message_is_held_in_part(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox_files, "CHUNK", 10_000)
    monkeypatch.setattr(mbox_files, "HELD", 25_000)
    long, short = read(path, POSTMARK + b"A: 1\n\n" + b"x" * 100_000 + b"\n\n" + POSTMARK + b"A: 2\n")
    assert len(long.data) < 25_000 < long.size and short.data == b"A: 2\n"
    assert short.before == getattr(hash_of(path, short.offset), "hexdigest", str)()


def test_nothing_but_space_is_an_empty_archive(path: Path) -> None:
    assert read(path, b"") == read(path, b"\n\n") == []
    assert looks_like_mbox(path)
    assert len(read(path, b"\n\n" + POSTMARK + b"A: 1\n")) == 1


def test_anything_else_is_no_mbox(path: Path) -> None:
    path.write_bytes(b"From the beginning\n")
    assert not looks_like_mbox(path)
    with pytest.raises(NoMbox, match="line 1 is not the beginning"):
        list(messages(path))


def test_packed_files(path: Path) -> None:
    data = b"".join(POSTMARK + b"A: %d\n\n" % n for n in range(30))
    packed = gzip.compress(data)
    assert len(read(path, packed)) == 30 and looks_like_mbox(path)
    path.write_bytes(packed[:-12])
    kept = []
    with pytest.raises(NoMbox, match="breaks off or is damaged"):
        kept += list(messages(path))
    path.write_bytes(packed[:4] + b"garbage" + packed[11:])
    assert count_messages(path) == 0


def test_hash_of_more_than_there_is(path: Path) -> None:
    path.write_bytes(b"abc")
    assert hash_of(path, 4) is None and hash_of(path, 3) is not None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([POSTMARK, b"\n", b"\r\n", b"From ", b"A: b\n", b">From x\n"]) | st.binary(max_size=9),
        max_size=20,
    )
)
def test_any_bytes_are_messages_or_none(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.mbox"
    path.write_bytes(b"".join(parts))
    try:
        found = list(messages(path))
    except NoMbox:
        return
    assert sum(raw.size for raw in found) + (found[0].offset if found else 0) in (len(b"".join(parts)), 0)
