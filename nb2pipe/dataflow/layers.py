"""Snapshots of a mapping that changes little from one to the next: they share what they have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_GONE = object()
_LARGEST = 64  # names that a snapshot has on top of what it shares, before the next one starts anew


class Snapshot(MutableMapping[K, V]):
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

    def __delitem__(self, key: K) -> None:
        self[key]
        self._own[key] = _GONE

    def __iter__(self) -> Iterator[K]:
        own = self._own
        yield from (key for key in self._base if own.get(key) is not _GONE)
        yield from (key for key, value in own.items() if value is not _GONE and key not in self._base)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def after(self, now: Mapping[K, V]) -> Snapshot[K, V]:
        """The next snapshot: of `now`."""
        base = self._base
        own: dict[K, object] = {key: value for key, value in now.items() if base.get(key) is not value}
        if len(base) + sum(1 for key in own if key not in base) > len(now):
            own.update((key, _GONE) for key in base if key not in now)
        return Snapshot(base, own) if len(own) <= _LARGEST else Snapshot(dict(now))
