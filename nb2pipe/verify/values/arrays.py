"""Arrays of numpy, scipy's sparse ones, numpy's scalars, types and random generators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nb2pipe.verify.values.comparer import ROUNDING, Comparer, Rule, loaded

Where = Callable[[tuple[int, ...]], str]


def find_rule(cls: type) -> tuple[Rule, bool, bool] | None:
    """Rules for numpy's and scipy's types."""
    np = loaded("numpy")
    if np is None:
        return None
    if issubclass(cls, np.ma.MaskedArray):
        return compare_masked, False, True
    if issubclass(cls, np.ndarray):
        return compare_array, False, True
    if issubclass(cls, np.generic):
        return compare_scalar, True, False
    if issubclass(cls, (np.dtype, np.ufunc)):
        return compare_same, True, False
    if issubclass(cls, np.random.RandomState):
        return compare_random_state, False, True
    if issubclass(cls, np.random.Generator):
        return compare_generator, False, True
    if issubclass(cls, np.random.BitGenerator):
        return compare_bit_generator, False, True
    if cls.__module__.startswith("scipy.sparse") and hasattr(cls, "tocoo"):
        return compare_sparse, False, True
    return None


def compare_same(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By `==`."""
    if a is not b and a != b:
        c.differ(path, "value", a, b)


def compare_scalar(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Type and value; NaN and NaT are themselves."""
    np = loaded("numpy")
    if a.dtype != b.dtype:
        c.differ(path, "dtype", a.dtype, b.dtype)
    elif not a.dtype.hasobject and bool(different(np.asarray(a), np.asarray(b)).any()):
        x, y = np.asarray(a), np.asarray(b)
        c.differ(path, "value", a, b, rounding=_is_rounding(x, y, np.ones((), dtype=bool)))


def compare_array(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Type, shape, whose memory it shows, and every element."""
    np = loaded("numpy")
    if a.nbytes and b.nbytes:
        c.memories.append((path, a, b))
    compare_elements(c, a, b, path)
    if type(a) is not np.ndarray and type(a) is not np.memmap and getattr(a, "__dict__", None):
        c.compare(dict(vars(a)), dict(vars(b)), f"{path}.__dict__")


def compare_memories(c: Comparer) -> None:
    """Which of the arrays met so far show each other's memory: the same must on both sides."""
    np = loaded("numpy")
    found: dict[tuple[int, int], list[bool]] = {}
    for side in (0, 1):
        for pair in _overlaps([row[1 + side] for row in c.memories]):
            found.setdefault(pair, [False, False])[side] = True
    for (i, j), sides in sorted(found.items()):
        first, second = c.memories[i], c.memories[j]
        shared = [_share(np, first[1 + side], second[1 + side]) if sides[side] else False for side in (0, 1)]
        if shared[0] != shared[1]:
            words = [
                f"shares memory with {first[0]}" if s else f"does not share memory with {first[0]}" for s in shared
            ]
            c.differ_text(second[0], "identity", *words)


def _share(np: Any, a: Any, b: Any) -> bool:
    try:
        return bool(np.shares_memory(a, b, max_work=100_000))
    except Exception:
        return bool(np.may_share_memory(a, b))


def _overlaps(arrays: list[Any]) -> list[tuple[int, int]]:
    """Pairs of arrays whose memory may overlap, each with the first of its neighbours only."""
    rows = []
    for number, array in enumerate(arrays):
        low = high = int(array.__array_interface__["data"][0])
        for size, stride in zip(array.shape, array.strides, strict=True):
            low, high = low + min(0, stride * (size - 1)), high + max(0, stride * (size - 1))
        rows.append((low, high + array.itemsize, number))
    rows.sort()
    pairs: list[tuple[int, int]] = []
    open_rows: list[tuple[int, int]] = []
    for low, high, number in rows:
        open_rows = [(end, other) for end, other in open_rows if end > low][-50:]
        pairs += [(min(number, other), max(number, other)) for _, other in open_rows]
        open_rows.append((high, number))
    return pairs


def compare_elements(c: Comparer, a: Any, b: Any, path: str, where: Where | None = None) -> None:
    """Dtype, shape and elements.

    Args:
        c: Gathers the differences.
        a: An array.
        b: The other.
        path: Of the array.
        where: What to call a place in it; by default its subscript.
    """
    np = loaded("numpy")
    if a.dtype != b.dtype:
        c.differ_text(path, "dtype", str(a.dtype), str(b.dtype))
        return
    if a.shape != b.shape:
        c.differ_text(path, "shape", str(a.shape), str(b.shape))
        return
    name = where or (lambda place: f"{path}[{', '.join(map(str, place))}]" if place else path)
    if a.dtype.names:
        for field in a.dtype.names:
            compare_elements(c, a[field], b[field], f"{path}[{field!r}]")
        return
    x, y = np.asarray(a), np.asarray(b)
    if a.dtype.hasobject or a.dtype.kind == "T":
        for place in np.ndindex(x.shape):
            c.compare(x[place], y[place], name(place))
        return
    mask = different(x, y)
    places = int(mask.sum())
    if places:
        place = tuple(int(i) for i in np.argwhere(mask)[0]) if x.ndim else ()
        what = "value" if places == 1 else f"values ({places} of {mask.size})"
        if x.dtype.kind == "U" and all(c.same_text(str(p), str(q)) for p, q in zip(x[mask], y[mask], strict=True)):
            return
        c.differ(name(place), what, x[place], y[place], rounding=_is_rounding(x, y, mask))


def _is_rounding(a: Any, b: Any, mask: Any) -> bool:
    """Whether floating-point numbers differ by no more than the order of a sum can bring about."""
    np = loaded("numpy")
    if a.dtype.kind not in "fc" or a.dtype.itemsize < 4:
        return False
    most = 1e-4 if a.dtype.itemsize <= (4 if a.dtype.kind == "f" else 8) else ROUNDING
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(a), np.abs(b))
        finite = size[np.isfinite(size)]
        scale = float(finite.max()) if finite.size else 0.0
        near = np.abs(a - b) <= np.maximum(most * size, most * 1e-3 * scale)
    return bool(np.all((near & (a != b))[mask]))


def different(a: Any, b: Any) -> Any:
    """Where two arrays of one dtype and shape differ, as an array of booleans."""
    np = loaded("numpy")
    kind = a.dtype.kind
    if kind == "c":
        return different(a.real, b.real) | different(a.imag, b.imag)
    with np.errstate(all="ignore"):
        if kind == "f":
            same = (a == b) & (np.signbit(a) == np.signbit(b)) | np.isnan(a) & np.isnan(b)
            return ~np.asarray(same)
        if kind in "mM":
            return ~np.asarray((a == b) | np.isnat(a) & np.isnat(b))
        if kind == "V":
            same = [p.tobytes() == q.tobytes() for p, q in zip(a.ravel(), b.ravel(), strict=True)]
            return ~np.asarray(same, dtype=bool).reshape(a.shape)
        return np.asarray(a != b)


def compare_masked(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Masks, then what is not masked, then what stands for the masked."""
    np = loaded("numpy")
    before = len(c.differences)
    constant = type(np.ma.masked)  # of which there is one, and which tells nothing of itself
    left, right = isinstance(a, constant), isinstance(b, constant)
    if left or right:
        c.compare(left, right, path)
        return
    compare_elements(c, np.ma.getmaskarray(a), np.ma.getmaskarray(b), f"{path}.mask")
    if len(c.differences) == before:
        compare_elements(c, a.filled(), b.filled(), path)
        c.compare(np.asarray(a.fill_value), np.asarray(b.fill_value), f"{path}.fill_value")


def compare_sparse(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Format, shape, and the stored elements in order of their places."""
    c.compare(a.format, b.format, f"{path}.format")
    c.compare(tuple(a.shape), tuple(b.shape), f"{path}.shape")
    before = len(c.differences)
    if a.format != b.format or a.shape != b.shape:
        return
    left, right = a.tocoo(copy=True), b.tocoo(copy=True)
    for each in (left, right):
        each.sum_duplicates()
    for i, (x, y) in enumerate(zip(_coordinates(left), _coordinates(right), strict=True)):
        if x.shape != y.shape:
            c.differ_text(f"{path}.nnz", "value", str(x.shape[0]), str(y.shape[0]))
            return
        compare_elements(c, x.astype("int64"), y.astype("int64"), f"{path}.tocoo().coords[{i}]")
    if len(c.differences) == before:
        compare_elements(c, left.data, right.data, f"{path}.tocoo().data")


def _coordinates(matrix: Any) -> tuple[Any, ...]:
    return tuple(getattr(matrix, "coords", None) or (matrix.row, matrix.col))


def compare_random_state(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By the state."""
    c.compare(a.get_state(legacy=False), b.get_state(legacy=False), f"{path}.get_state()")


def compare_generator(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By the state of its bit generator."""
    c.compare(a.bit_generator, b.bit_generator, f"{path}.bit_generator")


def compare_bit_generator(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By the state."""
    c.compare(a.state, b.state, f"{path}.state")
