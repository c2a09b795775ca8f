"""Counts per member as bitmaps: slice i holds the members whose count has bit i, so a day's counts add up like numbers.

With them sums over weeks, "at least four posts" and the whole distribution cost a few bitmap operations a day,
whatever the number of members (bit-sliced index, O'Neil and Quass 1997).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from cm_console.store.sqlite import Connection

if TYPE_CHECKING:
    from pyroaring import BitMap

Slices: TypeAlias = "list[BitMap]"
"""Lowest bit first; no empty slice at the end."""


def changed(slices: Slices, deltas: Mapping[int, int]) -> Slices:
    """Counts after adding each member's delta, which may be negative but never takes a count below zero.

    Raises:
        ValueError: a count would be negative.
    """
    more = of({member: delta for member, delta in deltas.items() if delta > 0})
    less = of({member: -delta for member, delta in deltas.items() if delta < 0})
    return _difference(total([slices, more]), less)


def of(counts: Mapping[int, int]) -> Slices:
    """Slices of plain counts."""
    from pyroaring import BitMap

    bits = max(counts.values(), default=0).bit_length()
    return [BitMap([member for member, count in counts.items() if count >> bit & 1]) for bit in range(bits)]


def total(parts: Sequence[Slices]) -> Slices:
    """The sum, in pairs, so that most additions are of few bits."""
    while len(parts) > 1:
        pairs = [_sum(*parts[at : at + 2]) for at in range(0, len(parts) - 1, 2)]
        parts = [*pairs, parts[-1]] if len(parts) % 2 else pairs
    return list(parts[0]) if parts else []


def _sum(left: Slices, right: Slices) -> Slices:
    if len(left) < len(right):
        left, right = right, left
    if not right:
        return left
    result, carry = [left[0] ^ right[0]], left[0] & right[0]
    for one, other in zip(left[1:], right[1:], strict=False):
        either = one ^ other
        result.append(either ^ carry)
        carry = (one & other) | (either & carry)
    for one in left[len(right) :]:
        result.append(one ^ carry)
        carry = one & carry
    return [*result, carry] if carry else result


def _difference(left: Slices, right: Slices) -> Slices:
    from pyroaring import BitMap

    result, borrow = [], BitMap()
    for bit in range(max(len(left), len(right))):
        one = left[bit] if bit < len(left) else BitMap()
        other = right[bit] if bit < len(right) else BitMap()
        result.append(one ^ other ^ borrow)
        borrow = ((other | borrow) - one) | (other & borrow)
    if borrow:
        raise ValueError(f"counts of {list(borrow)[:5]} would fall below zero")
    while result and not result[-1]:
        result.pop()
    return result


def without(slices: Slices, members: BitMap) -> Slices:
    """The counts of everybody else."""
    return [bit - members for bit in slices]


def weight(slices: Slices) -> int:
    """The sum of all counts."""
    return sum(len(members) << bit for bit, members in enumerate(slices))


def weight_without(slices: Slices, members: BitMap) -> int:
    """The sum of the counts of everybody else."""
    return sum((len(bit) - bit.intersection_cardinality(members)) << at for at, bit in enumerate(slices))


def everyone(slices: Slices) -> BitMap:
    """The members with a count above zero."""
    from pyroaring import BitMap

    return BitMap.union(*slices) if slices else BitMap()


def at_least(parts: Sequence[Slices], count: int) -> BitMap:
    """The members whose counts in all parts together reach `count`, a power of two.

    Adds no more bits than that takes: whoever has or carries a higher one has enough.
    """
    from pyroaring import BitMap

    bits = count.bit_length() - 1
    enough = [bit for part in parts for bit in part[bits:]]
    low: list[Slices] = [part[:bits] for part in parts]
    while len(low) > 1:
        sums = [_sum(*low[at : at + 2]) for at in range(0, len(low) - 1, 2)]
        enough += [bit for one in sums for bit in one[bits:]]
        low = [*(one[:bits] for one in sums), *low[len(sums) * 2 :]]
    return BitMap.union(*enough) if enough else BitMap()


def ranked(slices: Slices) -> Iterator[tuple[int, BitMap]]:
    """Who has each count, highest count first: members divided bit by bit from the top, as far as is asked for."""
    waiting = [(0, len(slices), everyone(slices))]
    while waiting:
        count, bits, who = waiting.pop()
        if bits and who:
            bit = slices[bits - 1]
            waiting += [(count, bits - 1, who - bit), (count + (1 << bits - 1), bits - 1, who & bit)]
        elif count and who:
            yield count, who


def counts_of(slices: Slices, members: Iterable[int]) -> dict[int, int]:
    """The plain counts of some members."""
    return {member: sum((member in bit_set) << bit for bit, bit_set in enumerate(slices)) for member in members}


KINDS = ("posts00", "posts99")
"""First and last `day_bitmap.kind` of the slices of a day's posts per member."""


def kind(bit: int) -> str:
    """The kind of a slice."""
    return f"posts{bit:02}"


def read(data: Iterable[bytes]) -> Slices:
    """Slices as they are held, lowest bit first."""
    from pyroaring import BitMap

    return [BitMap.deserialize(one) for one in data]


def keep(conn: Connection, source_id: int, day: int, deltas: Mapping[int, int]) -> None:
    """Add to a day's posts per member (0: unknown author), within the transaction that changes the posts."""
    held = conn.execute(
        "SELECT ids FROM day_bitmap WHERE source_id = ? AND day = ? AND kind BETWEEN ? AND ? ORDER BY kind",
        (source_id, day, *KINDS),
    )
    old = read(ids for (ids,) in held)
    new = changed(old, deltas)
    for bit in range(max(len(old), len(new))):
        key = (source_id, day, kind(bit))
        if bit >= len(new):
            conn.execute("DELETE FROM day_bitmap WHERE source_id = ? AND day = ? AND kind = ?", key)
        elif bit >= len(old) or old[bit] != new[bit]:
            conn.execute("INSERT OR REPLACE INTO day_bitmap VALUES(?,?,?,?)", (*key, new[bit].serialize()))
