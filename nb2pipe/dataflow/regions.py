"""Which objects a value may reach: a graph of regions.

A region stands for one object, or for objects that are not told apart. An edge says that objects of one region may refer to
objects of another. Two variables share structure where what they reach overlaps (Kishu, VLDB 2024, calls such variables
co-variables); an object that is mutated concerns every variable that reaches it. Edges are only ever added.
"""

from __future__ import annotations

import itertools

from nb2pipe.dataflow import knowledge as known

#: Kinds that hold data and that an estimator's `fit` reads but never changes.
DATA_KINDS = frozenset({"list", "dict", "set", "tuple", "ndarray", "DataFrame", "Series", "GroupBy"})


_MOST = 64  # regions that are looked through to forget what is known of them, before all is forgotten
_STEPS = 50_000  # edges that are followed before circles are looked for


class Regions:
    """Regions by small integers, in order of creation, so that everything is deterministic.

    Regions that can be changed through each other, in a circle, reach the same: once many edges were followed, each circle is
    put together and followed as one (Tarjan, Depth-First Search and Linear Graph Algorithms, 1972).
    """

    def __init__(self) -> None:
        self._refers: list[dict[int, bool]] = []  # region to {region: may it be changed through the edge}
        self._kind: list[str] = []
        self._code: dict[int, frozenset[int]] = {}
        self._instances: dict[int, set[int]] = {}  # class of the notebook to regions of its instances
        self._texts: dict[int, frozenset[str]] = {}
        self._functions: dict[int, str] = {}
        self.all_changed = False  # something new may be known of each
        self.changed: set[int] = set()  # those of which something new is known since it was emptied
        self.own: dict[int, int] = {}  # functions and classes that are handed over as values to their regions
        # A circle of regions goes by one of them.
        self._circle: list[int] = []  # region to its circle
        self._members: list[tuple[int, ...]] = []
        self._leads: list[dict[int, bool]] = []  # circle to {circle: may it be changed through an edge}
        self._referrers: dict[int, set[int]] = {}  # circle to those that refer to it
        self._reach: dict[int, frozenset[int]] = {}
        self._changeable: dict[int, frozenset[int]] = {}
        self._codes: dict[int, frozenset[int]] = {}  # circle to what it reaches of `_code`
        self._steps = self._edges = 0
        self.work = 0  # regions that were looked at, as a measure of what the analysis costs

    def new(self, kind: str = "unknown") -> int:
        """Makes a region for a new object."""
        region = len(self._kind)
        self._refers.append({})
        self._kind.append(kind)
        self._circle.append(region)
        self._members.append((region,))
        self._leads.append({})
        return region

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
            a, b = self._circle[owner], self._circle[part]
            if a == b or self._leads[a].get(b, False) or (not strong and b in self._leads[a]):
                return  # known by another edge
            self._edges += b not in self._leads[a]
            self._leads[a][b] = strong
            self._referrers.setdefault(b, set()).add(a)
            self._forget(owner)

    def _forget(self, region: int) -> None:
        """What is known of all that reaches the region holds no more; of all, where that is quicker."""
        if self.all_changed and not self._reach and not self._changeable:
            return
        first = self._circle[region]
        seen, pending = {first}, [first]
        regions: set[int] = set()
        while pending:
            if len(regions) > _MOST:
                self._forget_all()
                return
            current = pending.pop()
            regions.update(self._members[current])
            for known_of in (self._reach, self._changeable, self._codes):
                known_of.pop(current, None)
            for other in self._referrers.get(current, ()):
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        self.changed |= regions

    def _forget_all(self) -> None:
        self._reach.clear()
        self._changeable.clear()
        self._codes.clear()
        self.all_changed = True

    def reach(self, region: int | None) -> frozenset[int]:
        """All regions that objects of the region may lead to, itself included."""
        if region is None:
            return frozenset()
        circle = self._circle[region]
        if (cached := self._reach.get(circle)) is None:
            found = self._walk(circle, strong_only=False)
            cached = self._reach[self._circle[region]] = found
        return cached

    def changeable(self, region: int | None, *, data: bool = True) -> frozenset[int]:
        """Regions that may be changed through the region; without data, as an estimator's `fit` would."""
        if region is None:
            return frozenset()
        found = self._changeable.get(self._circle[region])
        if found is None:
            found = self._walk(self._circle[region], strong_only=True)
            self._changeable[self._circle[region]] = found
        if data:
            return found
        return frozenset(r for r in found if r == region or self._kind[r] not in DATA_KINDS)

    def _walk(self, start: int, *, strong_only: bool) -> frozenset[int]:
        seen, pending = {start}, [start]
        while pending:
            edges = self._leads[pending.pop()]
            self._steps += len(edges)
            for part, strong in edges.items():
                if part not in seen and (strong or not strong_only):
                    seen.add(part)
                    pending.append(part)
        found = frozenset(itertools.chain.from_iterable(self._members[circle] for circle in seen))
        self.work += len(found) + len(seen)
        if self._steps > max(_STEPS, 8 * self._edges):
            self._put_circles_together()
        return found

    def _put_circles_together(self) -> None:
        """Regions that can be changed through each other become one for what they reach."""
        self._steps = 0
        for circle in self._find_circles():
            one = min(circle)
            rest = [c for c in circle if c != one]
            self._members[one] = tuple(sorted(itertools.chain.from_iterable(self._members[c] for c in circle)))
            for region in self._members[one]:
                self._circle[region] = one
            for other in rest:
                for part, strong in self._leads[other].items():
                    self._leads[one][part] = strong or self._leads[one].get(part, False)
                    self._referrers[part].discard(other)
                    self._referrers[part].add(one)
                for owner in sorted(self._referrers.pop(other, ())):
                    strong = self._leads[owner].pop(other)
                    self._leads[owner][one] = strong or self._leads[owner].get(one, False)
                    self._referrers.setdefault(one, set()).add(owner)
                self._leads[other], self._members[other] = {}, ()
            self._leads[one].pop(one, None)
            self._referrers.get(one, set()).discard(one)
            for known_of in (self._reach, self._changeable, self._codes):
                found = next((known_of[c] for c in circle if c in known_of), None)
                for other in rest:
                    known_of.pop(other, None)
                if found is not None:
                    known_of[one] = found
        self._edges = sum(map(len, self._leads))

    def _find_circles(self) -> list[list[int]]:
        """Strongly connected components, of more than one, of the edges through which objects may be changed."""
        index: dict[int, int] = {}
        low: dict[int, int] = {}
        stack: list[int] = []
        found: list[list[int]] = []
        for root in range(len(self._leads)):
            if root in index or not self._leads[root]:
                continue
            work = [(root, iter(self._leads[root].items()))]
            index[root] = low[root] = len(index)
            stack.append(root)
            open_ = {root}
            while work:
                node, edges = work[-1]
                for part, strong in edges:
                    if not strong:
                        continue
                    if part not in index:
                        index[part] = low[part] = len(index)
                        stack.append(part)
                        open_.add(part)
                        work.append((part, iter(self._leads[part].items())))
                        break
                    if part in open_:
                        low[node] = min(low[node], index[part])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[node])
                    if low[node] == index[node]:
                        place = stack.index(node)
                        circle = stack[place:]
                        del stack[place:]
                        open_.difference_update(circle)
                        if len(circle) > 1:
                            found.append(circle)
        return found

    def circle(self, region: int | None) -> int | None:
        """One of the regions that are known to be changed through each other: they all reach the same."""
        return None if region is None else self._circle[region]

    def circles(self, region: int) -> list[int]:
        """One region of each circle that may be changed through the region: what one of them refers to, all of them reach."""
        return list(dict.fromkeys(self._circle[r] for r in self.changeable(region)))

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
        found = self._codes.get(self._circle[region])
        if found is None:
            coded = self._code.keys() & self.reach(region)
            found = frozenset[int]().union(*(self._code[r] for r in coded))
            self.work += len(coded)
            self._codes[self._circle[region]] = found
        return found

    def holders(self, region: int | None, code: int) -> list[int]:
        """Regions within reach whose own objects may refer to that function or class."""
        return sorted(r for r in self._code.keys() & self.reach(region) if code in self._code[r])

    def add_code(self, region: int | None, code: frozenset[int]) -> None:
        """Notes that objects of the region may refer to these functions and classes."""
        if region is not None and not code <= self._code.get(region, frozenset()):
            self._code[region] = self._code.get(region, frozenset()) | code
            if self._kind[region] == "instance":
                for number in code:
                    self._instances.setdefault(number, set()).add(region)
            self._forget(region)
            for number in sorted(code & self.own.keys()):
                self.link(region, self.own[number], reads_only=True)

    def texts(self, region: int | None) -> frozenset[str]:
        """Names inside formulas that objects reached from the region evaluate again when they are loaded."""
        if region is None or not self._texts:
            return frozenset()
        return frozenset(n for r in self._texts.keys() & self.reach(region) for n in self._texts[r])

    def add_texts(self, region: int | None, names: frozenset[str]) -> None:
        """Notes that objects of the region keep a formula with these names."""
        if region is not None and names:
            self._texts[region] = self._texts.get(region, frozenset()) | names
            self._forget(region)

    def functions(self, region: int | None) -> frozenset[str]:
        """Names of functions, modules and objects of libraries within reach that act on the process."""
        if region is None or not self._functions:
            return frozenset()
        return frozenset(self._functions[r] for r in self._functions.keys() & self.reach(region))

    def new_function(self, name: str) -> int:
        """Makes a region for a reference to such a function."""
        region = self.new("function of a library")
        self._functions[region] = name
        return region

    def instances(self, region: int | None, code: int) -> list[int]:
        """Regions within reach that stand for instances of that class of the notebook."""
        return sorted(self._instances.get(code, frozenset()) & self.reach(region))

    def unstorable(self, region: int | None) -> str:
        """The kind of an object within reach that no file can hold, such as `generator`; empty for none."""
        return next((self._kind[r] for r in sorted(self.reach(region)) if self._kind[r] in known.UNSTORABLE_KINDS), "")
