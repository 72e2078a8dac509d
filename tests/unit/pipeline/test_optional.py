"""Distributions that libraries import by themselves."""

from __future__ import annotations

import ast

import pytest

from nb2pipe.pipeline.optional import optional_distributions, read_uses

NEEDED = {
    "import pandas as pd\npd.read_excel('a.xlsx')": ["openpyxl"],
    "import pandas as pd\npd.read_excel('a.XLS')": ["xlrd"],
    "import pandas as pd\npd.read_excel('a.xls', engine='calamine')": ["python-calamine"],
    "from pandas import ExcelWriter, DataFrame\nExcelWriter(path)": ["openpyxl"],
    "import pandas as pd\npd.read_csv('a.csv', engine='python')": [],
    "import pandas as pd\npd.read_csv('a.csv', engine='pyarrow')": ["pyarrow"],
    "import pandas as pd\nread = pd.read_parquet": ["pyarrow"],
    "import pandas as pd\nprint(df.to_markdown())": ["tabulate"],
    "import pandas as pd\ndf.style": ["jinja2"],
    "import pandas as pd\ndf.style.hide(axis=0)": ["jinja2"],
    "import pandas as pd\ndf.style.background_gradient()": ["jinja2", "matplotlib"],
    "import pandas as pd\nimport matplotlib.pyplot as plt\nplt.style.use('ggplot')": [],
    "import pandas as pd\ndf.plot.kde()": ["matplotlib", "scipy"],
    "import pandas as pd\nseries.hist()": ["matplotlib"],
    "import networkx as nx\nnx.draw_circular(graph)": ["matplotlib"],
    "from networkx import pagerank": ["numpy", "scipy"],
    "import networkx as nx\nnx.connected_components(graph)": [],
    "import polars as pl\nframe.to_pandas()": ["pandas", "pyarrow"],
    "import numpy as np\nframe.to_pandas()": [],
    "from bs4 import BeautifulSoup\nBeautifulSoup(text, 'lxml')": ["lxml"],
    "from sklearn.tree import plot_tree": ["matplotlib"],
    "scaler.set_output(transform='pandas')": [],
    "from sklearn.preprocessing import StandardScaler\nStandardScaler().set_output(transform='pandas')": ["pandas"],
    "import plotly.express as px\npx.scatter(x, y, trendline='ols')": ["numpy", "pandas", "statsmodels"],
    "from tqdm.notebook import tqdm": ["ipywidgets"],
    "from dask import dataframe as dd": ["numpy", "pandas", "pyarrow"],
    "from .pandas import read_excel\nread_excel": [],
}


@pytest.mark.parametrize("code", NEEDED)
def test_what_libraries_import_when_they_are_asked(code: str) -> None:
    assert optional_distributions(read_uses([ast.parse(code)])) == tuple(NEEDED[code])


def test_all_parts_of_a_program_count_as_one() -> None:
    trees = [ast.parse("import pandas as pd"), ast.parse("pd.read_parquet(path)")]
    assert optional_distributions(read_uses(trees)) == ("pyarrow",)
