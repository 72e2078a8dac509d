"""Snapshots of a mapping that changes little from one to the next: they share what they have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_GONE = object()
_LARGEST = 64  # names that a snapshot has on top of what it shares, before the next one starts anew


class Snapshot(Mapping[K, V]):
    """A mapping as it was: what it shares with earlier snapshots, and what differs."""

    __slots__ = ("_base", "_own")

    def __init__(self, base: Mapping[K, V] | None = None, own: Mapping[K, object] | None = None) -> None:
        self._base: Mapping[K, V] = {} if base is None else base
        self._own: dict[K, object] = dict(own or {})

    def __getitem__(self, key: K) -> V:
        found = self._own.get(key, self)
        if found is self:
            return self._base[key]
        if found is _GONE:
            raise KeyError(key)
        return found  # type: ignore[return-value]

    def __setitem__(self, key: K, value: V) -> None:
        self._own[key] = value

    def __iter__(self) -> Iterator[K]:
        own = self._own
        yield from (key for key in self._base if own.get(key) is not _GONE)
        yield from (key for key, value in own.items() if value is not _GONE and key not in self._base)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def after(self, changes: Mapping[K, V | None]) -> Snapshot[K, V]:
        """The next snapshot: this one with changes, `None` for what is not there any more."""
        own = self._own | {k: v for k, v in changes.items() if v is not None}
        own.update((k, _GONE) for k, v in changes.items() if v is None and (k in own or k in self._base))
        following = Snapshot(self._base, own)
        return following if len(own) <= _LARGEST else Snapshot(dict(following))
