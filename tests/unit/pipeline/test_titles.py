"""The names of packages: the modules that a project's own code imports must be found behind them."""

import pytest

from nb2pipe.pipeline.titles import package_name


@pytest.mark.parametrize(
    ("notebook", "package"),
    [
        ("churn", "churn"),
        ("Sales report (2)", "sales_report_2"),
        ("1st try", "nb_1st_try"),
        ("日本", "notebook"),
        ("statistics", "statistics_pipeline"),  # of Python
        ("class", "class_pipeline"),
        ("helper", "helper_pipeline"),  # what the notebook imports
        ("numpy", "numpy_pipeline"),  # pandas imports it, whatever the notebook does
        ("Traitlets", "traitlets_pipeline"),  # kernels do
        ("tests", "tests_pipeline"),
    ],
)
def test_a_package_hides_no_module(notebook: str, package: str) -> None:
    assert package_name(notebook, {"pandas", "helper"}) == package
