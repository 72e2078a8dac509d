"""Writing a project: atomically, only what changed, never over a person's edits."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nb2pipe.diagnostics import Nb2pipeError
from nb2pipe.pipeline.model import Copy, Link, Project
from nb2pipe.project import Written, check_place, swap, write_project

MODULE = "src/p/clean.py"
OLD: Project = {
    "README.md": "# P\n\nold\n\nend\n",
    MODULE: "a = 1\n\n\nb = 2\n",
    "params.yaml": "x: 1\ny: 2\n",
    "env.yaml": Link("params.yaml"),
    "stages/old.py": "old\n",
}
NEW: Project = {
    "README.md": "# P\n\nnew\n\nend\n",
    MODULE: "a = 1\n\n\nb = 3\n",
    "params.yaml": "x: 1\ny: 2\n",
    "env.yaml": Link("params.yaml"),
    "stages/new.py": "new\n",
}


def tree(folder: Path) -> dict[str, str]:
    """All files below a folder but nb2pipe's own: links as `-> target`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        elif path.is_file() and not name.startswith(".nb2pipe/"):
            found[name] = path.read_bytes().decode("latin-1")
    return found


def expected(project: Project) -> dict[str, str]:
    return {path: f"-> {text.target}" if isinstance(text, Link) else str(text) for path, text in project.items()}


def states(folder: Path) -> dict[Path, tuple[int, ...]]:
    """Of everything below a folder, what changes when it is written to."""
    found = {path: os.lstat(path) for path in folder.rglob("*")}
    return {path: (s.st_ino, s.st_mode, s.st_size, s.st_mtime_ns) for path, s in found.items()}


def own_files(folder: Path) -> dict[str, bytes]:
    own = folder / ".nb2pipe"
    return {p.relative_to(own).as_posix(): p.read_bytes() for p in sorted(own.rglob("*")) if p.is_file()}


def codes(error: pytest.ExceptionInfo[Nb2pipeError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    write_project(OLD, folder)
    return folder


class TestFirstTime:
    def test_writes_every_file_and_nothing_beside(self, tmp_path: Path) -> None:
        written = write_project(OLD, tmp_path / "deep" / "out")
        assert tree(tmp_path / "deep" / "out") == expected(OLD)
        assert os.listdir(tmp_path / "deep") == ["out"]
        assert written == Written(written=tuple(sorted(OLD)))

    def test_record_is_the_same_each_time_and_names_no_place(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            write_project(OLD, tmp_path / name)
        assert own_files(tmp_path / "one") == own_files(tmp_path / "two")
        assert not any(str(tmp_path).encode() in data for data in own_files(tmp_path / "one").values())

    def test_files_are_utf8_with_unix_line_ends(self, tmp_path: Path) -> None:
        write_project({"a.txt": "ü\nb\n"}, tmp_path / "out")
        assert (tmp_path / "out" / "a.txt").read_bytes() == b"\xc3\xbc\nb\n"

    def test_usual_permissions(self, tmp_path: Path) -> None:
        write_project(OLD, tmp_path / "out")
        (tmp_path / "usual").mkdir()
        (tmp_path / "usual" / "file").touch()
        assert (tmp_path / "out").stat().st_mode == (tmp_path / "usual").stat().st_mode
        assert (tmp_path / "out" / MODULE).stat().st_mode == (tmp_path / "usual" / "file").stat().st_mode

    @pytest.mark.parametrize("made_before", [(), (".git/config",)])
    def test_empty_folder_or_fresh_repository(self, tmp_path: Path, made_before: tuple[str, ...]) -> None:
        folder = tmp_path / "out"
        folder.mkdir()
        inode = folder.stat().st_ino
        for name in made_before:
            (folder / name).parent.mkdir()
            (folder / name).touch()
        write_project(OLD, folder)
        assert tree(folder) == expected(OLD) | dict.fromkeys(made_before, "")
        assert folder.stat().st_ino == inode  # a shell that stands in it still does

    def test_copies_files_and_folders(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        (data / "sub").mkdir(parents=True)
        (data / "a.bin").write_bytes(b"\xff\x00\r\n")
        (data / "sub" / "b.csv").write_text("1")
        (data / "out").mkdir()  # the project goes inside the folder that it copies
        (data / ".ipynb_checkpoints").mkdir()
        (data / ".ipynb_checkpoints" / "a").touch()
        project = {"one.bin": Copy(str(data / "a.bin")), "all": Copy(str(data))}
        for _ in range(2):
            write_project(project, data / "out")
            assert sorted(tree(data / "out")) == ["all/a.bin", "all/sub/b.csv", "one.bin"]
        assert (data / "out" / "one.bin").read_bytes() == b"\xff\x00\r\n"

    @pytest.mark.parametrize("path", ["../a", "/a", "a/../b", ".nb2pipe/a", "./a"])
    def test_paths_that_lead_out_are_refused(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(ValueError, match="inside the project"):
            write_project({path: ""}, tmp_path / "out")
        assert os.listdir(tmp_path) == []


class TestAgain:
    def test_same_project_touches_nothing(self, out: Path) -> None:
        before = states(out)
        assert write_project(OLD, out) == Written(unchanged=tuple(sorted(OLD)))
        assert states(out) == before

    def test_only_what_changed_is_written(self, out: Path) -> None:
        before = states(out)[out / "params.yaml"]
        assert write_project(NEW, out) == Written(
            written=("README.md", MODULE, "stages/new.py"),
            unchanged=("env.yaml", "params.yaml"),
            removed=("stages/old.py",),
        )
        assert tree(out) == expected(NEW)
        assert states(out)[out / "params.yaml"] == before
        assert sorted(os.listdir(out / ".nb2pipe")) == ["base", "manifest.json"]

    def test_record_is_that_of_a_first_conversion(self, out: Path, tmp_path: Path) -> None:
        write_project(NEW, out)
        write_project(NEW, tmp_path / "fresh")
        assert own_files(out) == own_files(tmp_path / "fresh")

    def test_emptied_folders_go(self, out: Path) -> None:
        write_project({"README.md": "x\n"}, out)
        assert sorted(os.listdir(out)) == [".nb2pipe", "README.md"]

    def test_files_of_others_stay(self, out: Path) -> None:
        others = {"notes.md": "mine", "stages/mine.py": "mine", "products/old.pkl": "product", ".git/config": ""}
        for name, text in others.items():
            (out / name).parent.mkdir(exist_ok=True)
            (out / name).write_text(text)
        write_project(NEW, out)
        assert tree(out) == expected(NEW) | others

    def test_mode_of_a_file_stays(self, out: Path) -> None:
        (out / MODULE).chmod(0o755)
        write_project(NEW, out)
        assert (out / MODULE).stat().st_mode & 0o777 == 0o755

    def test_file_becomes_a_folder(self, tmp_path: Path) -> None:
        write_project({"a": "1\n"}, tmp_path / "out")
        write_project({"a/b/c": "1\n"}, tmp_path / "out")
        assert tree(tmp_path / "out") == {"a/b/c": "1\n"}

    def test_copy_follows_its_source(self, tmp_path: Path) -> None:
        source = tmp_path / "a.csv"
        for text in ("1", "2"):
            source.write_text(text)
            write_project({"a.csv": Copy(str(source))}, tmp_path / "out")
            assert (tmp_path / "out" / "a.csv").read_text() == text

    def test_link_changes_its_target(self, out: Path) -> None:
        write_project({**OLD, "env.yaml": Link("README.md")}, out)
        assert os.readlink(out / "env.yaml") == "README.md"
        assert (out / "params.yaml").read_text() == "x: 1\ny: 2\n"


class TestEdits:
    def test_edit_of_what_does_not_change_is_kept(self, out: Path) -> None:
        (out / "params.yaml").write_text("x: 7\ny: 2\n")
        written = write_project(NEW, out)
        assert written.kept == ("params.yaml",)
        assert (out / "params.yaml").read_text() == "x: 7\ny: 2\n"
        write_project(OLD, out)
        assert (out / "params.yaml").read_text() == "x: 7\ny: 2\n"

    def test_edit_elsewhere_is_merged_and_stays_an_edit(self, out: Path) -> None:
        (out / MODULE).write_text("a = 5\n\n\nb = 2\n")
        written = write_project(NEW, out)
        assert (written.merged, MODULE in written.written) == ((MODULE,), True)
        assert (out / MODULE).read_text() == "a = 5\n\n\nb = 3\n"
        assert write_project(NEW, out).kept == (MODULE,)
        write_project({**NEW, MODULE: "a = 1\n\n\nb = 4\n"}, out)
        assert (out / MODULE).read_text() == "a = 5\n\n\nb = 4\n"

    def test_edit_that_is_what_is_emitted_now_is_no_edit_any_more(self, out: Path) -> None:
        (out / MODULE).write_text("a = 1\n\n\nb = 3\n")
        assert MODULE in write_project(NEW, out).unchanged
        assert MODULE in write_project(OLD, out).written

    def test_line_ends_of_windows_are_no_edit(self, out: Path) -> None:
        (out / MODULE).write_bytes((out / MODULE).read_bytes().replace(b"\n", b"\r\n"))
        assert MODULE in write_project(NEW, out).written

    def test_every_conflict_is_told_and_nothing_is_written(self, out: Path) -> None:
        (out / MODULE).write_text("a = 1\n\n\nb = 9\n")
        (out / "stages" / "old.py").write_text("mine\n")
        (out / "stages" / "new.py").write_text("also mine\n")
        before = states(out)
        with pytest.raises(Nb2pipeError) as error:
            write_project(NEW, out)
        assert codes(error) == ["NB503"] * 3
        assert [d.name for d in error.value.diagnostics] == [MODULE, "stages/new.py", "stages/old.py"]
        assert error.value.diagnostics[0].message == (
            "`src/p/clean.py` was edited at line 4, and the new conversion changes the same place"
        )
        assert states(out) == before

    @pytest.mark.parametrize(("force", "value"), [("theirs", "9"), ("new", "3")])
    def test_force_chooses_a_side(self, out: Path, force: str, value: str) -> None:
        (out / MODULE).write_text("a = 1\n\n\nb = 9\n")
        (out / "params.yaml").write_text("x: 7\ny: 2\n")
        (out / "stages" / "old.py").write_text("mine\n")
        written = write_project(NEW, out, force=force)
        assert (out / MODULE).read_text() == f"a = 1\n\n\nb = {value}\n"
        assert (out / "params.yaml").read_text() == "x: 7\ny: 2\n"  # no conflict: no side to choose
        assert (out / "stages" / "old.py").exists() == (force == "theirs")
        assert written.conflicts == (MODULE, "stages/old.py")
        assert write_project(NEW, out, force="").conflicts == ()

    def test_unknown_force(self, out: Path) -> None:
        with pytest.raises(ValueError, match="force"):
            write_project(OLD, out, force="mine")

    def test_deleted_file_stays_deleted_until_the_conversion_changes_it(self, out: Path) -> None:
        (out / "README.md").unlink()
        assert write_project(OLD, out).kept == ("README.md",)
        with pytest.raises(Nb2pipeError) as error:
            write_project(NEW, out)
        assert codes(error) == ["NB503"]
        write_project(NEW, out, force="theirs")
        assert write_project(OLD, out).kept == ("README.md",)  # decided once, it is not asked again
        assert not (out / "README.md").exists()
        write_project(OLD, out, force="new")
        assert (out / "README.md").read_text() == OLD["README.md"]
        assert "README.md" in write_project(NEW, out).written

    def test_text_that_is_not_utf8_is_an_edit(self, out: Path) -> None:
        (out / MODULE).write_bytes(b"\xff")
        assert write_project(OLD, out).kept == (MODULE,)
        with pytest.raises(Nb2pipeError) as error:
            write_project(NEW, out)
        assert codes(error) == ["NB503"]

    def test_data_that_a_person_changed(self, tmp_path: Path) -> None:
        source, out = tmp_path / "a.csv", tmp_path / "out"
        source.write_text("1")
        write_project({"a.csv": Copy(str(source))}, out)
        (out / "a.csv").write_text("mine")
        assert write_project({"a.csv": Copy(str(source))}, out).kept == ("a.csv",)
        source.write_text("2")
        with pytest.raises(Nb2pipeError) as error:
            write_project({"a.csv": Copy(str(source))}, out)
        assert codes(error) == ["NB503"]
        assert (out / "a.csv").read_text() == "mine"

    def test_lost_base_text_still_tells_an_edit(self, out: Path) -> None:
        shutil.rmtree(out / ".nb2pipe" / "base")
        (out / "README.md").write_text("# Mine\n")
        with pytest.raises(Nb2pipeError) as error:
            write_project(NEW, out)
        assert [d.name for d in error.value.diagnostics] == ["README.md"]
        (out / "README.md").write_text(str(OLD["README.md"]))
        write_project(NEW, out)
        assert tree(out) == expected(NEW)


class TestLinks:
    def test_link_that_a_person_made_of_a_file_is_an_edit(self, out: Path) -> None:
        elsewhere = out.parent / "elsewhere.py"
        elsewhere.write_text("a = 1\n\n\nb = 2\n")
        (out / MODULE).unlink()
        (out / MODULE).symlink_to(elsewhere)
        assert write_project(OLD, out).kept == (MODULE,)
        with pytest.raises(Nb2pipeError) as error:
            write_project(NEW, out)
        assert codes(error) == ["NB503"]
        write_project(NEW, out, force="new")
        assert not (out / MODULE).is_symlink()
        assert elsewhere.read_text() == "a = 1\n\n\nb = 2\n"

    def test_file_that_a_person_made_of_a_link_is_kept(self, out: Path) -> None:
        (out / "env.yaml").unlink()
        (out / "env.yaml").write_text("x: 3\n")
        assert write_project(NEW, out).kept == ("env.yaml",)

    def test_nothing_is_written_through_a_folder_that_is_a_link(self, out: Path) -> None:
        elsewhere = out.parent / "elsewhere"
        shutil.move(out / "src", elsewhere)
        (out / "src").symlink_to(elsewhere)
        with pytest.raises(Nb2pipeError) as error:
            write_project(NEW, out)
        assert codes(error) == ["NB504"]
        assert (elsewhere / "p" / "clean.py").read_text() == OLD[MODULE]

    def test_out_may_be_a_link(self, out: Path) -> None:
        (out.parent / "link").symlink_to(out)
        write_project(NEW, out.parent / "link")
        assert tree(out) == expected(NEW)


class TestPlaces:
    @pytest.mark.parametrize("name", ["notes.md", "src/a.py", ".hidden"])
    def test_folder_with_someones_work(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "out" / name).parent.mkdir(parents=True)
        (tmp_path / "out" / name).write_text("mine")
        with pytest.raises(Nb2pipeError) as error:
            write_project(OLD, tmp_path / "out")
        assert codes(error) == ["NB501"]
        assert tree(tmp_path / "out") == {name: "mine"}

    def test_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        for place in (tmp_path / "file", tmp_path / "file" / "below"):
            with pytest.raises(Nb2pipeError) as error:
                write_project(OLD, place)
            assert codes(error) == ["NB504"]
        assert (tmp_path / "file").read_text() == "mine"

    def test_notebooks_folder_home_and_root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        (tmp_path / "home").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "home")
        for place in (Path("/"), tmp_path / "home", tmp_path / "link", tmp_path / "home" / ".." / "home"):
            assert [d.code for d in check_place(place)] == ["NB504"]
        (tmp_path / "nb").mkdir()
        assert [d.code for d in check_place(tmp_path / "nb", tmp_path / "nb")] == ["NB504"]
        assert check_place(tmp_path / "nb" / "out", tmp_path / "nb") == ()

    def test_name_that_is_too_long(self, tmp_path: Path) -> None:
        with pytest.raises(Nb2pipeError) as error:
            write_project(OLD, tmp_path / ("x" * 300))
        assert codes(error) == ["NB504"]

    @pytest.mark.parametrize("exists", [False, True])
    def test_folder_that_may_not_be_written_to(self, exists: bool) -> None:
        with tempfile.TemporaryDirectory(
            ignore_cleanup_errors=True
        ) as name:  # not below pytest's: others may not enter
            folder = Path(name)
            if exists:
                write_project(OLD, folder / "out")
            subprocess.run(["chmod", "-R", "a+rX,a-w", folder], check=True)
            program = f"""
                import os
                from pathlib import Path
                from nb2pipe.diagnostics import Nb2pipeError
                from nb2pipe.project import write_project
                if os.geteuid() == 0:  # root may write anywhere
                    os.setuid(65534)
                try:
                    write_project({{"README.md": "x"}}, Path({str(folder / "out")!r}))
                except Nb2pipeError as error:
                    print([d.code for d in error.diagnostics])
            """
            result = run_python(program)
            subprocess.run(["chmod", "-R", "u+w", folder], check=True)
            assert result.stdout == "['NB504']\n", result.stderr
            assert not exists or tree(folder / "out") == expected(OLD)

    @pytest.mark.parametrize("text", ["{", "[]", '{"version": 99, "files": {}}', '{"version": 1, "files": {"a": 1}}'])
    def test_record_that_cannot_be_read(self, out: Path, text: str) -> None:
        (out / ".nb2pipe" / "manifest.json").write_text(text)
        with pytest.raises(Nb2pipeError) as error:
            write_project(NEW, out)
        assert codes(error) == ["NB502"]
        assert tree(out) == expected(OLD)

    def test_source_of_a_copy_that_is_gone(self, tmp_path: Path) -> None:
        with pytest.raises(Nb2pipeError) as error:
            write_project({"a.csv": Copy(str(tmp_path / "gone.csv"))}, tmp_path / "out")
        assert codes(error) == ["NB502"]
        assert "gone.csv" in error.value.diagnostics[0].message
        assert os.listdir(tmp_path) == []

    def test_two_conversions_at_once(self, out: Path) -> None:
        with swap.lock(out), pytest.raises(Nb2pipeError) as error:
            write_project(NEW, out)
        assert "another conversion" in error.value.diagnostics[0].message
        new = out.parent / "new"
        staging = out.parent / ".new.nb2pipe-new"
        staging.mkdir()
        (staging / "half").touch()
        with swap.lock(staging), pytest.raises(Nb2pipeError):
            write_project(NEW, new)
        assert (staging / "half").exists()
        write_project(NEW, new)  # the other one died
        assert tree(new) == expected(NEW)
        assert not staging.exists()


def run_python(program: str) -> subprocess.CompletedProcess[str]:
    repository = Path(__file__).resolve().parents[3]
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": str(repository), "HOME": "/nonexistent"},
        cwd="/",
        capture_output=True,
        text=True,
    )


class Full:
    """A disk that is full after some calls of a function; `once` there is space again, as a rename needs little."""

    def __init__(self, call: Callable[..., object], after: int, once: bool = False):
        self.call, self.left, self.once = call, after, once

    def __call__(self, *arguments: object, **keywords: object) -> object:
        self.left -= 1
        if self.left == -1 if self.once else self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.call(*arguments, **keywords)


class TestFailures:
    """After any failure the folder is what it was, and the next conversion works."""

    @pytest.mark.parametrize("function", ["fsync", "replace", "link", "mkdir", "rename"])
    @pytest.mark.parametrize("start", ["new folder", "empty folder", "old project"])
    def test_disk_is_full_at_any_moment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, start: str
    ) -> None:
        folder = tmp_path / "out"
        for after in range(200):
            shutil.rmtree(folder, ignore_errors=True)
            if start == "empty folder":
                folder.mkdir()
            elif start == "old project":
                write_project(OLD, folder)
            before = (folder.exists(), tree(folder), own_files(folder))
            with monkeypatch.context() as patch:
                patch.setattr(os, function, Full(getattr(os, function), after, function == "replace"))
                try:
                    write_project(NEW, folder)
                except Nb2pipeError as error:
                    assert [d.code for d in error.diagnostics] == ["NB502"]
                else:
                    break  # it was called fewer times than this
            assert (folder.exists(), tree(folder), own_files(folder)) == before
            assert set(os.listdir(tmp_path)) <= {"out"}
            write_project(NEW, folder)
            assert tree(folder) == expected(NEW)
        assert tree(folder) == expected(NEW)

    def test_each_function_fails_in_some_case(self, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for function in ("fsync", "replace", "link"):
            with monkeypatch.context() as patch, pytest.raises(Nb2pipeError):
                patch.setattr(os, function, Full(getattr(os, function), 1, function == "replace"))
                write_project(NEW, out)
            assert tree(out) == expected(OLD)

    def test_file_system_without_hard_links(self, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
        with monkeypatch.context() as patch, pytest.raises(Nb2pipeError):
            patch.setattr(os, "replace", Full(os.replace, 3, once=True))
            write_project(NEW, out)
        assert tree(out) == expected(OLD)
        write_project(NEW, out)
        assert tree(out) == expected(NEW)

    def test_when_not_even_undoing_works_the_next_call_does_it(
        self, out: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch, pytest.raises(Nb2pipeError) as error:
            patch.setattr(os, "replace", Full(os.replace, 3))
            write_project(NEW, out)
        assert "convert again" in error.value.diagnostics[0].help
        assert "as it was" not in error.value.diagnostics[0].help
        write_project(NEW, out)
        assert tree(out) == expected(NEW)

    def test_interrupt(self, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(swap, "_sync_parents", interrupt)
            write_project(NEW, out)
        assert tree(out) == expected(OLD)
        assert sorted(os.listdir(out / ".nb2pipe")) == ["base", "manifest.json"]


MANY_OLD: Project = {f"src/m{n}.py": f"old = {n}\n" for n in range(60)} | {"gone.py": "old\n"}
MANY_NEW: Project = {f"src/m{n}.py": f"new = {n}\n" for n in range(60)} | {"added.py": "new\n"}


class TestKill:
    """A process that is killed leaves the old state, the new one, or a journal from which the next call goes on."""

    def test_killed_at_random_moments(self, tmp_path: Path) -> None:
        program = """
            import sys
            from pathlib import Path
            from nb2pipe.project import write_project
            old = {f"src/m{n}.py": f"old = {n}\\n" for n in range(60)} | {"gone.py": "old\\n"}
            new = {f"src/m{n}.py": f"new = {n}\\n" for n in range(60)} | {"added.py": "new\\n"}
            out = Path(sys.argv[1])
            print("ready", flush=True)
            while True:
                write_project(new, out)
                write_project(old, out)
        """
        chance = random.Random(7)
        repository = Path(__file__).resolve().parents[3]
        seen = set()
        for round_number in range(20):
            out = tmp_path / f"out{round_number % 5}"
            process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(program), out],
                env={**os.environ, "PYTHONPATH": str(repository)},
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            if out.exists():
                journal = (out / ".nb2pipe" / "journal.json").exists()
                seen.add("journal" if journal else "whole")
                if not journal:
                    assert tree(out) in (expected(MANY_OLD), expected(MANY_NEW))
                swap.recover(out)
                assert tree(out) in (expected(MANY_OLD), expected(MANY_NEW))
            project = chance.choice([MANY_OLD, MANY_NEW])
            write_project(project, out)
            assert tree(out) == expected(project)
            assert sorted(os.listdir(out / ".nb2pipe")) == ["base", "manifest.json"]
        assert seen

    def test_killed_at_each_rename(self, tmp_path: Path) -> None:
        program = """
            import os, sys
            from pathlib import Path
            from nb2pipe.project import write_project
            out, left = Path(sys.argv[1]), int(sys.argv[2])
            real = os.replace
            def replace(*arguments):
                global left
                left -= 1
                if left < 0:
                    os._exit(9)
                real(*arguments)
            os.replace = replace
            write_project({"README.md": "new\\n", "src/a.py": "new\\n"}, out)
        """
        repository = Path(__file__).resolve().parents[3]
        old: Project = {"README.md": "old\n", "gone.py": "old\n"}
        new: Project = {"README.md": "new\n", "src/a.py": "new\n"}
        states = []
        for left in range(8):
            out = tmp_path / f"out{left}"
            write_project(old, out)
            result = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(program), out, str(left)],
                env={**os.environ, "PYTHONPATH": str(repository)},
            )
            swap.recover(out)
            states.append((result.returncode, "new" if tree(out) == expected(new) else "old"))
            assert tree(out) in (expected(old), expected(new))
            write_project(new, out)
            assert write_project(new, out) == Written(unchanged=("README.md", "src/a.py"))
        assert states[0] == (9, "old")
        assert (9, "new") in states
        assert states[-1] == (0, "new")

    def test_dead_undo_goes_on_backwards(self, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        class Dead(BaseException):
            pass

        real = os.replace
        calls = []

        def replace(source: Path, target: Path) -> None:
            calls.append(Path(target).name)
            if len(calls) == 4:
                raise OSError(errno.EIO, "Input/output error")
            if len(calls) == 6:
                raise Dead
            real(source, target)

        with monkeypatch.context() as patch, pytest.raises(Dead):
            patch.setattr(os, "replace", replace)
            write_project(NEW, out)
        assert (out / ".nb2pipe" / "undo.json").exists()
        swap.recover(out)
        assert tree(out) == expected(OLD)
        write_project(NEW, out)
        assert tree(out) == expected(NEW)
