"""Frames, series and indexes of pandas, their arrays and scalars."""

from __future__ import annotations

from typing import Any

from nb2pipe.verify.values.arrays import compare_elements
from nb2pipe.verify.values.comparer import Comparer, Rule, loaded
from nb2pipe.verify.values.short import short_repr


def find_rule(cls: type) -> tuple[Rule, bool, bool] | None:
    """Rules for pandas' types."""
    pd = loaded("pandas")
    if pd is None or not hasattr(pd, "DataFrame"):
        return None
    if issubclass(cls, pd.DataFrame):
        return compare_frame, False, True
    if issubclass(cls, pd.Series):
        return compare_series, False, True
    if issubclass(cls, pd.Index):
        return compare_index, False, False
    if issubclass(cls, pd.api.extensions.ExtensionArray):
        return compare_column, False, True
    if issubclass(cls, pd.api.extensions.ExtensionDtype):
        return compare_dtype, False, False
    if issubclass(cls, (pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval, type(pd.NaT), type(pd.NA))):
        return compare_scalar, True, False
    return None


def compare_scalar(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Value, unit and timezone, as its repr shows them; NaT and NA are themselves."""
    if repr(a) != repr(b) or getattr(a, "unit", None) != getattr(b, "unit", None):
        c.differ(path, "value", a, b)


def compare_frame(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Columns, index, each column's type and values, attrs, flags."""
    if a.shape != b.shape:
        c.differ_text(path, "shape", short_repr(a), short_repr(b))
    before = len(c.differences)
    c.compare(a.columns, b.columns, f"{path}.columns")
    c.compare(a.index, b.index, f"{path}.index")
    if a.shape != b.shape:
        return
    if len(c.differences) == before:
        for i in range(a.shape[1]):
            column = short_repr(a.columns[i], 60)
            _compare_labelled(c, a.iloc[:, i], b.iloc[:, i], f"{path}[{column}]")
    _compare_extras(c, a, b, path)


def compare_series(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Name, index, type and values, attrs, flags."""
    c.compare(a.name, b.name, f"{path}.name")
    if a.shape != b.shape:
        c.differ_text(path, "length", short_repr(a), short_repr(b))
        return
    c.compare(a.index, b.index, f"{path}.index")
    _compare_labelled(c, a, b, path)
    _compare_extras(c, a, b, path)


def _compare_extras(c: Comparer, a: Any, b: Any, path: str) -> None:
    c.compare(a.attrs, b.attrs, f"{path}.attrs")
    c.compare(a.flags.allows_duplicate_labels, b.flags.allows_duplicate_labels, f"{path}.flags.allows_duplicate_labels")
    for name in a._metadata:
        if name != "_name":
            c.compare(getattr(a, name, None), getattr(b, name, None), f"{path}.{name}")


def _compare_labelled(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Two series with the same index, or nearly so."""
    labels = a.index

    def where(place: tuple[int, ...]) -> str:
        label = labels[place[0]]
        return f"{path}.iloc[{place[0]}]" if not labels.is_unique else f"{path}[{short_repr(label, 40)}]"

    _compare_values(c, a.array, b.array, path, where)


def compare_column(c: Comparer, a: Any, b: Any, path: str) -> None:
    """An extension array by itself."""
    _compare_values(c, a, b, path, lambda place: f"{path}[{place[0]}]")


def _compare_values(c: Comparer, a: Any, b: Any, path: str, where: Any) -> None:
    np, pd = loaded("numpy"), loaded("pandas")
    before = len(c.differences)
    compare_dtype(c, a.dtype, b.dtype, f"{path}.dtype")
    if len(c.differences) > before:
        return
    if len(a) != len(b):
        c.differ_text(path, "length", short_repr(a), short_repr(b))
        return
    if isinstance(getattr(a.dtype, "numpy_dtype", None), np.dtype) and isinstance(a, pd.arrays.NumpyExtensionArray):
        compare_elements(c, np.asarray(a), np.asarray(b), path, where)
        return
    if isinstance(a.dtype, pd.CategoricalDtype):
        compare_elements(c, np.asarray(a.codes), np.asarray(b.codes), f"{path}.cat.codes", where)
        return
    if a.equals(b):
        return
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        c.compare(x, y, where((i,)))


def compare_dtype(c: Comparer, a: Any, b: Any, path: str) -> None:
    """By `==`; categories in their order."""
    pd = loaded("pandas")
    if type(a) is not type(b) or str(a) != str(b):
        c.differ_text(path, "dtype", str(a), str(b))
    elif isinstance(a, pd.CategoricalDtype):
        c.compare(a.ordered, b.ordered, f"{path}.ordered")
        if a.categories is not None and b.categories is not None:
            c.compare(a.categories, b.categories, f"{path}.categories")
    elif a != b:
        c.differ_text(path, "dtype", repr(a), repr(b))


def compare_index(c: Comparer, a: Any, b: Any, path: str) -> None:
    """Type, names, values, frequency."""
    pd = loaded("pandas")
    c.compare(list(a.names), list(b.names), f"{path}.names")
    if len(a) != len(b):
        c.differ_text(path, "length", f"{len(a)}: {short_repr(a)}", f"{len(b)}: {short_repr(b)}")
        return
    if isinstance(a, pd.RangeIndex):
        if (a.start, a.stop, a.step) != (b.start, b.stop, b.step):
            c.differ(path, "value", range(a.start, a.stop, a.step), range(b.start, b.stop, b.step))
        return
    if isinstance(a, pd.MultiIndex):
        if a.nlevels != b.nlevels:
            c.differ_text(path, "levels", str(a.nlevels), str(b.nlevels))
            return
        for level in range(a.nlevels):
            inside = f"{path}.get_level_values({level})"
            c.compare(a.get_level_values(level), b.get_level_values(level), inside)
        return
    if hasattr(a, "freq"):
        c.compare(str(a.freq), str(b.freq), f"{path}.freq")
    _compare_values(c, a.array, b.array, path, lambda place: f"{path}[{place[0]}]")
