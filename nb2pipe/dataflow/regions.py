"""Which objects a value may reach: a graph of regions.

A region stands for one object, or for objects that are not told apart. An edge says that objects of one region may refer to
objects of another. Two variables share structure where what they reach overlaps (Kishu, VLDB 2024, calls such variables
co-variables); an object that is mutated concerns every variable that reaches it. Edges are only ever added.
"""

from __future__ import annotations

from nb2pipe.dataflow import knowledge as known

#: Kinds that hold data and that an estimator's `fit` reads but never changes.
DATA_KINDS = frozenset({"list", "dict", "set", "tuple", "ndarray", "DataFrame", "Series", "GroupBy"})


_MOST = 64  # regions that are looked through to forget what is known of them, before all is forgotten


class Regions:
    """Regions by small integers, in order of creation, so that everything is deterministic."""

    def __init__(self) -> None:
        self._refers: list[dict[int, bool]] = []  # region to {region: may it be changed through the edge}
        self._kind: list[str] = []
        self._code: dict[int, frozenset[int]] = {}
        self._texts: dict[int, frozenset[str]] = {}
        self._reach: dict[int, frozenset[int]] = {}
        self._changeable: dict[int, frozenset[int]] = {}
        self.all_changed = False  # something new may be known of each
        self.changed: set[int] = set()  # those of which something new is known since it was emptied
        self._referrers: dict[int, list[int]] = {}  # region to those that refer to it
        self.own: dict[int, int] = {}  # functions and classes that are handed over as values to their regions

    def new(self, kind: str = "unknown") -> int:
        """Makes a region for a new object."""
        self._refers.append({})
        self._kind.append(kind)
        return len(self._kind) - 1

    def __len__(self) -> int:
        return len(self._kind)

    def link(self, owner: int | None, part: int | None, *, reads_only: bool = False) -> None:
        """Objects of `owner` may refer to objects of `part`; with `reads_only`, they never change them."""
        if owner is None or part is None or owner == part:
            return
        edges = self._refers[owner]
        strong = not reads_only
        if part not in edges or (strong and not edges[part]):
            edges[part] = strong or edges.get(part, False)
            self._referrers.setdefault(part, []).append(owner)
            self._forget(owner)

    def _forget(self, region: int) -> None:
        """What is known of all that reaches the region holds no more; of all, where that is quicker."""
        if self.all_changed and not self._reach and not self._changeable:
            return
        seen, pending = {region}, [region]
        while pending:
            if len(seen) > _MOST:
                self._reach.clear()
                self._changeable.clear()
                self.all_changed = True
                return
            current = pending.pop()
            self._reach.pop(current, None)
            self._changeable.pop(current, None)
            for other in self._referrers.get(current, ()):
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        self.changed |= seen

    def reach(self, region: int | None) -> frozenset[int]:
        """All regions that objects of the region may lead to, itself included."""
        if region is None:
            return frozenset()
        if (cached := self._reach.get(region)) is None:
            cached = self._reach[region] = frozenset(self._walk(region, strong_only=False))
        return cached

    def changeable(self, region: int | None, *, data: bool = True) -> frozenset[int]:
        """Regions that may be changed through the region; without data, as an estimator's `fit` would."""
        if region is None:
            return frozenset()
        found = self._changeable.get(region)
        if found is None:
            found = self._changeable[region] = frozenset(self._walk(region, strong_only=True))
        if data:
            return found
        return frozenset(r for r in found if r == region or self._kind[r] not in DATA_KINDS)

    def _walk(self, start: int, *, strong_only: bool) -> set[int]:
        seen, pending = {start}, [start]
        while pending:
            for part, strong in self._refers[pending.pop()].items():
                if part not in seen and (strong or not strong_only):
                    seen.add(part)
                    pending.append(part)
        return seen

    def parts(self, region: int | None) -> tuple[int, ...]:
        """Regions that objects of the region refer to directly."""
        return () if region is None else tuple(self._refers[region])

    def kind(self, region: int) -> str:
        """The kind that the region was made with."""
        return self._kind[region]

    def code(self, region: int | None) -> frozenset[int]:
        """The notebook's functions and classes that objects reached from the region may refer to."""
        if region is None or not self._code:
            return frozenset()
        reach = self.reach(region)
        return frozenset(c for r, codes in self._code.items() if r in reach for c in codes)

    def add_code(self, region: int | None, code: frozenset[int]) -> None:
        """Notes that objects of the region may refer to these functions and classes."""
        if region is not None and code:
            self._code[region] = self._code.get(region, frozenset()) | code
            self._forget(region)
            for number in sorted(code & self.own.keys()):
                self.link(region, self.own[number], reads_only=True)

    def texts(self, region: int | None) -> frozenset[str]:
        """Names inside formulas that objects reached from the region evaluate again when they are loaded."""
        if region is None or not self._texts:
            return frozenset()
        reach = self.reach(region)
        return frozenset(n for r, names in self._texts.items() if r in reach for n in names)

    def add_texts(self, region: int | None, names: frozenset[str]) -> None:
        """Notes that objects of the region keep a formula with these names."""
        if region is not None and names:
            self._texts[region] = self._texts.get(region, frozenset()) | names
            self._forget(region)

    def holds_instance(self, region: int, code: int) -> bool:
        """Whether the region stands for instances of that class of the notebook."""
        return self._kind[region] == "instance" and code in self._code.get(region, ())

    def unstorable(self, region: int | None) -> str:
        """The kind of an object within reach that no file can hold, such as `generator`; empty for none."""
        return next((self._kind[r] for r in sorted(self.reach(region)) if self._kind[r] in known.UNSTORABLE_KINDS), "")
