"""SLURM, really run: a controller and a node on this machine."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.targets.conftest import Environment, alone, assert_same, convert_example
from tests.targets.servers import free_port, running

pytestmark = pytest.mark.xdist_group("slurm")

_CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass
class Cluster:
    """A cluster of one node."""

    folder: Path
    stages: Environment

    def submit(self, project: Path, *values: str) -> tuple[Path, dict[str, str]]:
        """Submits a pipeline and waits for its jobs; the place of its products, and how each stage's job ended."""
        variables = {
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            f"{project.name.upper()}_PYTHON": str(self.stages.python),
        }
        said = self.stages.check("bash", "engines/slurm.sh", *values, cwd=project, variables=variables)
        lines = dict(line.split(": ", 1) for line in said.strip().splitlines())
        end = time.monotonic() + 240
        while time.monotonic() < end:
            if not self.stages.check("squeue", "--noheader", cwd=project, variables=variables).strip():
                break
            time.sleep(0.5)
        jobs = {number: stage for stage, number in (each.split("=") for each in lines["jobs"].split())}
        ended = (dict(w.split("=", 1) for w in row.split() if "=" in w) for row in self._completed())
        states = {jobs[row["JobId"]]: row["JobState"] for row in ended if row["JobId"] in jobs}
        return Path(lines["products"]), states

    def _completed(self) -> list[str]:
        return (self.folder / "completed").read_text().splitlines()


@pytest.fixture(scope="module")
def cluster(environment: Callable[[str], Environment], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with alone("slurm"):
        if not shutil.which("slurmctld"):
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            packages = ["slurmctld", "slurmd", "slurm-client", "munge"]
            quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
            subprocess.run(
                ["apt-get", "install", "-y", "-qq", *packages], check=True, env=quiet, stdout=subprocess.DEVNULL
            )
    stages = environment("stores")
    folder = tmp_path_factory.mktemp("slurm")
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    controller, node = free_port(), free_port()
    host, user = socket.gethostname().partition(".")[0], getpass.getuser()
    text = _CONFIGURATION.format(host=host, user=user, folder=folder, controller=controller, node=node)
    (folder / "slurm.conf").write_text(text)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    munge = ["munged", "--force", "--foreground", f"--socket={folder}/munge.socket", f"--key-file={key}"]
    munge += [f"--pid-file={folder}/munge.pid", f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed"]
    variables = dict(os.environ, SLURM_CONF=str(folder / "slurm.conf"))
    with contextlib.ExitStack() as stack:
        process = subprocess.Popen(munge, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        end = time.monotonic() + 30
        while not (folder / "munge.socket").exists() and time.monotonic() < end:
            time.sleep(0.1)
        stack.enter_context(running(["slurmctld", "-D"], controller, folder / "slurmctld.log", variables))
        stack.enter_context(running(["slurmd", "-D", "-N", host], node, folder / "slurmd.log", variables))
        yield Cluster(folder, stages)


def test_churn_is_the_same_with_the_limits_of_its_tags(cluster: Cluster, tmp_path: Path) -> None:
    project = convert_example("churn", tmp_path / "churn", "--target", "slurm")
    place, states = cluster.submit(project)
    assert states == dict.fromkeys(states, "COMPLETED")
    assert len(states) == 7
    assert_same("churn", project, place)


@pytest.mark.nightly
def test_the_recommender_is_the_same(cluster: Cluster, tmp_path: Path) -> None:
    project = convert_example("recommender", tmp_path / "recommender", "--target", "slurm")
    place, _ = cluster.submit(project)
    assert_same("recommender", project, place)


def test_what_waits_for_a_stage_that_fails_is_cancelled(cluster: Cluster, tmp_path: Path) -> None:
    project = convert_example("recommender", tmp_path / "recommender", "--target", "slurm")
    place, states = cluster.submit(project, "split_date=no date")
    assert states["load"] == "COMPLETED"
    assert states["split"] == "FAILED"
    assert (place / "load" / "manifest.json").exists()
    assert not (place / "evaluate" / "manifest.json").exists()
