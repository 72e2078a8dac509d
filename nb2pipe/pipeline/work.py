"""What kind of work a cell does, by the calls in it: reads data, cleans, fits, plots, writes."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work.

    Attributes:
        stage: What to call a stage that does it.
        words: What it does, as a sentence without its subject: "reads a file".
        calls: Functions and methods that do it, by their last name.
        endings: Endings of such names.
    """

    stage: str
    words: str
    calls: frozenset[str]
    endings: tuple[str, ...] = ()


def _work(stage: str, words: str, calls: str, *endings: str) -> Work:
    return Work(stage, words, frozenset(calls.split()), endings)


#: The kinds, those that say most about a cell first: a cell that fits and plots is one that fits.
KINDS = (
    _work(
        "train",
        "fits a model",
        "fit partial_fit fit_generator fit_predict train cross_val_score cross_validate cross_val_predict backward fmin curve_fit polyfit lstsq "
        "minimize ols glm OLS GLM Logit fit_regularized auto_arima",
    ),
    _work("split", "splits the data", "train_test_split KFold StratifiedKFold TimeSeriesSplit ShuffleSplit GroupKFold random_split"),
    _work(
        "load",
        "reads data",
        "open load loadtxt genfromtxt loadmat urlopen urlretrieve read_text read_bytes load_dataset get_dataset imread "
        "get_rdataset load_pandas DataReader fetchall fetchone",
    ),
    _work(
        "evaluate",
        "evaluates a model",
        "predict predict_proba decision_function score evaluate confusion_matrix classification_report roc_curve auc "
        "precision_recall_curve permutation_importance forecast summary plot_confusion_matrix from_estimator from_predictions",
        "_score",
        "_error",
    ),
    _work(
        "write",
        "writes a file",
        "dump savez savez_compressed savetxt savefig to_csv to_parquet to_json to_excel to_pickle to_sql to_feather to_hdf "
        "write write_text write_bytes imwrite makedirs log_model save_model",
    ),
    _work(
        "features",
        "makes features",
        "transform fit_transform get_dummies StandardScaler MinMaxScaler OneHotEncoder LabelEncoder OrdinalEncoder "
        "SimpleImputer ColumnTransformer PCA TfidfVectorizer CountVectorizer PolynomialFeatures cut qcut shift rolling pct_change "
        "normalize tokenize SelectKBest resample",
    ),
    _work(
        "clean",
        "cleans data",
        "dropna fillna drop drop_duplicates rename astype replace to_datetime to_numeric merge join concat groupby query "
        "assign apply map set_index reset_index melt pivot pivot_table sort_values strip interpolate filter isin explode agg",
    ),
    _work(
        "explore",
        "looks at the data",
        "head tail describe info value_counts plot hist hist2d boxplot scatter bar barh pie heatmap pairplot countplot distplot "
        "histplot lineplot barplot scatterplot displot catplot relplot kdeplot violinplot jointplot regplot imshow contour "
        "contourf show subplots figure corr scatter_matrix errorbar plot_date title display",
    ),
)  # fmt: skip
BY_STAGE: Mapping[str, Work] = {kind.stage: kind for kind in KINDS}
#: Readers of libraries begin with these words.
_READERS = ("read_", "load_", "fetch_")


def kind_of_call(name: str) -> str:
    """The kind of work that a function of that name does; empty where the name does not tell."""
    for kind in KINDS:
        if name in kind.calls or name.endswith(kind.endings or ("\0",)):
            return kind.stage
    return "load" if name.startswith(_READERS) else ""


def work_of(statements: Iterable[ast.stmt], functions: Mapping[str, str]) -> str:
    """The kind of work of some code; empty where its calls do not tell.

    Args:
        statements: The code; bodies of functions that it defines do not count.
        functions: Kinds of the notebook's own functions.
    """
    found: Counter[str] = Counter()
    for statement in statements:
        for name in _called(statement):
            found[functions.get(name) or kind_of_call(name)] += 1
    return next((kind.stage for kind in KINDS if found[kind.stage]), "")


def work_of_functions(trees: Iterable[ast.Module]) -> dict[str, str]:
    """The kind of work of each function that stands at a cell's top level."""
    return {
        statement.name: work_of(statement.body, {})
        for tree in trees
        for statement in tree.body
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def _called(node: ast.AST) -> Iterator[str]:
    """Last names of what is called when the code is executed."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        return
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            yield node.func.attr
        elif isinstance(node.func, ast.Name):
            yield node.func.id
    for child in ast.iter_child_nodes(node):
        yield from _called(child)
