"""What libraries import only once they are asked for it: `df.to_excel(…)` needs openpyxl, which pandas does not bring.

A project that is installed from its own requirements has only what is named there, and would fail in the stage that asks.
Sources: the lists of optional dependencies in the libraries' own installation pages and package metadata.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Library to names of its functions, methods and attributes, as a pattern, to the distributions that these need.
_NAMES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("pandas", r"(read|to)_(parquet|feather|orc)", ("pyarrow",)),
    ("pandas", r"(read|to)_hdf|HDFStore", ("tables",)),
    ("pandas", r"read_html|(read|to)_xml", ("lxml",)),
    ("pandas", r"to_markdown", ("tabulate",)),
    ("pandas", r"to_xarray", ("xarray",)),
    ("pandas", r"style\.(?!use$|context$|library$|available$|reload_library$|core$).*|Styler", ("jinja2",)),
    ("pandas", r"style\..*gradient|plot|hist|boxplot|scatter_matrix", ("matplotlib",)),
    ("pandas", r"plot\.(kde|density)", ("scipy",)),
    ("networkx", r"draw(_\w+)?", ("matplotlib",)),
    ("networkx", r"\w+_layout|(to|from)_numpy_array", ("numpy",)),
    (
        "networkx",
        r"pagerank|hits|google_matrix|\w+_(matrix|spectrum)|(to|from)_scipy_sparse_array|(spectral|kamada_kawai|spring)_layout"
        r"|\w+_centrality_numpy|current_flow_\w+|\w*communicability\w*|fiedler_vector|algebraic_connectivity|spectral_\w+",
        ("numpy", "scipy"),
    ),
    ("networkx", r"(to|from)_pandas_\w+", ("pandas",)),
    ("networkx", r"nx_pydot|pydot_layout|write_dot|read_dot|to_pydot|from_pydot", ("pydot",)),
    ("networkx", r"nx_agraph|to_agraph|from_agraph", ("pygraphviz",)),
    ("sklearn", r"plot_tree|from_(estimator|predictions|cv_results)|\w+Display", ("matplotlib",)),
    ("sklearn", r"fetch_openml", ("pandas",)),
    ("statsmodels", r"plot_\w+|qqplot\w*|\w+_plot|plot_diagnostics", ("matplotlib",)),
    ("seaborn", r"clustermap", ("scipy",)),
    ("xarray", r"open_(mf)?(dataset|dataarray)|load_(dataset|dataarray)|to_netcdf", ("netcdf4",)),
    ("xarray", r"open_mfdataset", ("dask",)),
    ("xarray", r"to_zarr|open_zarr", ("zarr",)),
    ("xarray", r"plot", ("matplotlib",)),
    ("geopandas", r"plot", ("matplotlib",)),
    ("geopandas", r"explore", ("folium", "mapclassify", "matplotlib")),
    ("polars", r"to_pandas|from_pandas", ("pandas", "pyarrow")),
    ("polars", r"to_arrow|from_arrow", ("pyarrow",)),
    ("polars", r"to_numpy|from_numpy", ("numpy",)),
    ("polars", r"read_excel", ("fastexcel",)),
    ("polars", r"write_excel", ("xlsxwriter",)),
    ("plotly", r"write_image|to_image|write_images", ("kaleido",)),
    ("plotly", r"create_(distplot|dendrogram|trisurf|2d_density|ternary_contour)", ("scipy",)),
    ("dask", r"visualize", ("graphviz",)),
    ("optuna", r"visualization", ("plotly",)),
    ("xgboost", r"XGB\w+", ("scikit-learn",)),
    ("xgboost", r"plot_(importance|tree)", ("matplotlib",)),
    ("xgboost", r"plot_tree|to_graphviz", ("graphviz",)),
    ("lightgbm", r"plot_\w+", ("matplotlib",)),
    ("lightgbm", r"LGBM\w+", ("scikit-learn",)),
    ("lightgbm", r"create_tree_digraph|plot_tree", ("graphviz",)),
    ("shap", r"\w+_plot|plots", ("matplotlib",)),
    ("sympy", r"plot\w*", ("matplotlib",)),
    ("sympy", r"lambdify", ("numpy",)),
    ("torch", r"numpy|from_numpy", ("numpy",)),
    ("skimage", r"data", ("pooch",)),
    ("tensorflow", r"plot_model", ("pydot",)),
    ("keras", r"plot_model", ("pydot",)),
)

#: Modules whose import needs more than their distribution brings.
_MODULES: dict[str, tuple[str, ...]] = {
    "dask.array": ("numpy",),
    "dask.dataframe": ("numpy", "pandas", "pyarrow"),
    "dask.distributed": ("distributed",),
    "optuna.visualization": ("plotly",),
    "optuna.visualization.matplotlib": ("matplotlib",),
    "pandas.plotting": ("matplotlib",),
    "plotly.express": ("numpy", "pandas"),
    "plotly.figure_factory": ("numpy", "pandas"),
    "torch.utils.tensorboard": ("tensorboard",),
    "tqdm.notebook": ("ipywidgets",),
}

#: What `engine="…"` names, and the distribution that has it.
_ENGINES: dict[str, str] = {
    "calamine": "python-calamine",
    "fastparquet": "fastparquet",
    "h5netcdf": "h5netcdf",
    "netcdf4": "netcdf4",
    "numba": "numba",
    "numexpr": "numexpr",
    "odf": "odfpy",
    "openpyxl": "openpyxl",
    "pyarrow": "pyarrow",
    "pyogrio": "pyogrio",
    "pyxlsb": "pyxlsb",
    "xlrd": "xlrd",
    "xlsxwriter": "xlsxwriter",
    "zarr": "zarr",
}

_EXCEL = re.compile(r"(?:read|to)_excel|Excel(?:File|Writer)")
_WORKBOOKS = {".xls": "xlrd", ".ods": "odfpy", ".xlsb": "pyxlsb"}
_PARSERS = ("html5lib", "lxml")


@dataclass(slots=True)
class Uses:
    """What a program's text names.

    Attributes:
        modules: With their dots, as imported.
        names: Attributes and imported names; an attribute of an attribute as `plot.kde` too, and one that is not asked
            for another attribute as `style.` too.
        keywords: Those of calls whose value is a text, and that text.
        texts: All texts.
    """

    modules: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    keywords: set[tuple[str, str]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    @property
    def roots(self) -> set[str]:
        """Names of the top-level modules that it imports."""
        return {module.partition(".")[0] for module in self.modules}

    def _add(self, tree: ast.AST) -> None:
        inner: set[ast.expr] = set()
        for node in ast.walk(tree):  # whole expressions before their parts
            match node:
                case ast.Import(names=names):
                    self.modules |= {a.name for a in names}
                case ast.ImportFrom(module=str(module), level=0, names=names):
                    self.modules |= {module, *(f"{module}.{a.name}" for a in names)}
                    self.names |= {a.name for a in names}
                case ast.Attribute(value=value, attr=attr):
                    inner.add(value)
                    self.names |= {attr} if node in inner else {attr, f"{attr}."}
                    if isinstance(value, ast.Attribute):
                        self.names.add(f"{value.attr}.{attr}")
                case ast.keyword(arg=str(arg), value=ast.Constant(value=str(text))):
                    self.keywords.add((arg, text))
                case ast.Constant(value=str(text)):
                    self.texts.add(text)


def read_uses(trees: Iterable[ast.AST]) -> Uses:
    """Reads what a program's syntax trees name."""
    uses = Uses()
    for tree in trees:
        uses._add(tree)
    return uses


def optional_distributions(uses: Uses) -> tuple[str, ...]:
    """Names the distributions that a program's libraries import by themselves, once they are asked for something.

    Args:
        uses: What the program names.

    Returns:
        Normalised names (PEP 503), sorted. What the code imports by name itself may be among them.
    """
    roots = uses.roots
    found: set[str] = set()
    for library, pattern, needed in _NAMES:
        if library in roots and not found.issuperset(needed):
            known = re.compile(pattern)
            if any(known.fullmatch(name) for name in uses.names):
                found |= {*needed}
    for module in uses.modules & _MODULES.keys():
        found |= {*_MODULES[module]}
    engines = (
        {text for arg, text in uses.keywords if arg == "engine"} if roots & {"pandas", "xarray", "geopandas"} else set()
    )
    found |= {_ENGINES[engine] for engine in engines & _ENGINES.keys()}
    if "pandas" in roots and any(_EXCEL.fullmatch(name) for name in uses.names) and not engines & _ENGINES.keys():
        endings = {ending for ending in _WORKBOOKS for text in uses.texts if text.lower().endswith(ending)}
        found |= {_WORKBOOKS[ending] for ending in endings} or {"openpyxl"}
    if "bs4" in roots:
        found |= {parser for parser in _PARSERS if parser in uses.texts}
    if "sklearn" in roots and ("transform", "pandas") in uses.keywords:
        found.add("pandas")
    if "plotly" in roots and any(arg == "trendline" for arg, _ in uses.keywords):
        found.add("statsmodels")
    return tuple(sorted(found))
