"""`nb2pipe verify --products`: what an engine left is compared, and no pipeline runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Completed
from tests.run.test_verify import Cells, write_notebook

Cli = Callable[..., Completed]

#: A value that is handed over, a file that is written and read, a number that is shown.
SHOP: Cells = [
    ("imports", "import json"),
    ("stage:make", "prices = [1.25, 2.5, 4.0]\nprint(len(prices))"),
    ("stage:use", "total = sum(prices)\nwith open('total.json', 'w') as f:\n    json.dump({'total': total}, f)"),
    ("stage:tell", "print(total, 'in all', open('total.json').read())"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, run_cli: Cli, run_command: Cli) -> Path:
    """A notebook, its project for an engine, and a run by the stage command: in a folder each, and in a store."""
    folder = tmp_path_factory.mktemp("shop")
    write_notebook(folder, SHOP)
    assert run_cli("convert", "shop.ipynb", "-o", "project", "--target", "dask", cwd=folder).returncode == 0
    for stage, upstream in (("make", ()), ("use", ("make",)), ("tell", ("make", "use"))):
        words = ("python", "engines/run_stage.py", stage)
        inputs = [f"--input={name}={folder / 'folders' / name}" for name in upstream]
        for more in ((*inputs, f"--output={folder / 'folders' / stage}"), (f"--products={folder / 'store'}",)):
            done = run_command(*words, *more, cwd=folder / "project")
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


def verify(run_cli: Cli, shop: Path, place: Path) -> tuple[int, dict[str, object]]:
    done = run_cli("verify", "shop.ipynb", "project", "--products", place, "--json", "--quick", cwd=shop)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("place", ["folders", "store"])
def test_what_an_engine_left_is_the_same(shop: Path, run_cli: Cli, place: str) -> None:
    code, report = verify(run_cli, shop, shop / place)
    assert (code, report["verdict"]) == (0, "same")
    stages = {stage["name"]: stage for stage in report["stages"]}  # type: ignore[attr-defined]
    assert stages["use"]["files"]["same"] == 1  # total.json went along with the products
    assert not (shop / "project" / "total.json").exists()
    assert not (shop / "project" / "products").exists()


def test_products_in_one_folder(shop: Path, run_cli: Cli, tmp_path: Path) -> None:
    """As Ploomber and `nb2pipe run` leave them: files that stages wrote are not among them, which is said."""
    for stage in ("make", "use", "tell"):
        for path in (shop / "folders" / stage).glob(f"{stage}.*"):
            shutil.copy(path, tmp_path / path.name)
    code, report = verify(run_cli, shop, tmp_path)
    assert (code, report["verdict"]) == (0, "same")
    assert "were not compared" in json.dumps(report["notes"])


def test_another_file_is_found(shop: Path, run_cli: Cli, tmp_path: Path) -> None:
    place = tmp_path / "folders"
    shutil.copytree(shop / "folders", place)
    for stage in ("use", "tell"):
        (place / stage / "files" / "total.json").write_text('{"total": 8}')
    code, report = verify(run_cli, shop, place)
    assert (code, report["verdict"]) == (1, "different")
    assert "total.json" in json.dumps(report["first"])


def test_another_value_is_found(shop: Path, run_cli: Cli, tmp_path: Path) -> None:
    place = tmp_path / "folders"
    shutil.copytree(shop / "folders", place)
    executed = place / "tell" / "tell.ipynb"
    text = executed.read_text()
    assert "7.75 in all" in text
    executed.write_text(text.replace("7.75 in all", "7.5 in all"))
    code, report = verify(run_cli, shop, place)
    assert (code, report["verdict"]) == (1, "different")
    assert report["first"]["stage"] == "tell"  # type: ignore[index]


def test_a_product_that_is_missing(shop: Path, run_cli: Cli, tmp_path: Path) -> None:
    place = tmp_path / "folders"
    shutil.copytree(shop / "folders", place)
    (place / "use" / "use.pkl").unlink()
    code, report = verify(run_cli, shop, place)
    assert code == 2
    assert "the product use.pkl of stage use is not in" in report["failure"]["message"]  # type: ignore[index]


def test_a_store_that_cannot_be_read(shop: Path, run_cli: Cli) -> None:
    done = run_cli("verify", "shop.ipynb", "project", "--products", "nosuch://bucket/run", cwd=shop)
    assert done.returncode == 2
    assert "cannot be fetched" in done.stdout + done.stderr


def test_nothing_runs_so_there_is_no_runner(shop: Path, run_cli: Cli) -> None:
    done = run_cli("verify", "shop.ipynb", "project", "--products", "folders", "--runner", "nb2pipe", cwd=shop)
    assert done.returncode == 2
    assert "--runner has nothing to run" in done.stderr
