"""The container: built and run by podman, from a base of Debian's packages, since a registry of images may be far."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engines import LEFT_OUT, left_out, program
from serving import eventually

TOP = Path(__file__).parent.parent
FILE = TOP / ".container" / "Containerfile"
REQUIREMENTS = TOP / ".ci" / "requirements.txt"
PACKAGES = ("--include=python3,python3-venv,libstdc++6", "--dpkgopt=force-unsafe-io")
"""What images of Python have and the smallest Debian has not; in less time, since it need not outlive a power cut."""
# A container of root in another one may not raise its limits.
RUN = ("run", "--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096")
VERSION = "import sys; print('{}.{}'.format(*sys.version_info))"
ASK = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8000/sparql?query={}').read().decode())"
QUERY = "ASK%20%7B%20place:jelgava%20tg:twinnedWith%20place:alcamo%20%7D"


@dataclass(frozen=True)
class Podman:
    """Podman with a store of its own, without systemd."""

    folder: Path

    def __call__(self, *words: object) -> subprocess.CompletedProcess[str]:
        store = [f"--root={self.folder / 'store'}", f"--runroot={self.folder / 'run'}"]
        runtime = ["--runtime=runc"] if shutil.which("runc") else []
        command = ["podman", *store, "--cgroup-manager=cgroupfs", *runtime, *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)

    def says(self, *words: object) -> str:
        done = self(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def podman(request: pytest.FixtureRequest) -> Iterator[Podman]:
    """Podman where it can run a container, with an image `base` that is made of Debian's packages."""
    for name in ("podman", "mmdebstrap"):
        program(name, f"Debian {name}")
    base = Path(request.config.cache.mkdir("debian")) / "base.tar"  # type: ignore[union-attr]
    if not base.is_file():
        made = base.with_name("new.tar")
        targets = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Label: Debian", "Component: main"]
        listed = subprocess.run(targets, capture_output=True, text=True, check=False).stdout
        suite, mirror = (listed.split() or ["stable", "http://deb.debian.org/debian"])[:2]
        command = ["mmdebstrap", "--quiet", "--variant=essential", *PACKAGES, suite, made, mirror]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
        if done.returncode:
            left_out(f"Left out: the container, for mmdebstrap makes no base ({done.stderr.strip().splitlines()[-1]}).")
        made.replace(base)
    # In a folder with a short name, as Podman wants it.
    with tempfile.TemporaryDirectory(prefix="pod", ignore_cleanup_errors=True) as folder:
        podman = Podman(Path(folder))
        podman.says("import", base, "localhost/base")
        trial = podman(*RUN, "--name=trial", "--read-only", "localhost/base", "python3", "-c", VERSION)
        if trial.returncode:
            # In CI, too: no package helps where the kernel forbids it.
            line = f"Left out: the container, for none can be run here ({trial.stderr.strip().splitlines()[-1]})."
            LEFT_OUT.add(line)
            pytest.skip(line)
        yield podman
        podman("rm", "--force", "--all")


def build(podman: Podman, folder: Path) -> None:
    """Build the image from wheels that pip of this environment has fetched, wherever it has them from."""
    python = podman.says("logs", "trial")
    options = ["--require-hashes", "--only-binary=:all:", f"--python-version={python}", "--dest", folder]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", *options, "--requirement", REQUIREMENTS]
    subprocess.run(pip, check=True, capture_output=True, timeout=400)
    settings = folder / "pip.conf"
    # What is not compiled is only slower to start; pip wants a no where it should do without.
    settings.write_text("[global]\nno-index = true\nfind-links = /wheels\n[install]\nno-compile = no\n", "ascii")
    volumes = [f"--volume={folder}:/wheels:ro", f"--volume={settings}:/etc/pip.conf:ro"]
    made = ["--isolation=chroot", "--format=docker", "--layers=false", "--build-arg=BASE=localhost/base", *volumes]
    podman.says("build", "--quiet", *made, "--file", FILE, "--tag=localhost/twingraph", TOP)


def test_the_container_is_healthy_and_answers_as_nobody_on_a_file_system_that_it_can_not_write_to(
    podman: Podman, tmp_path: Path
) -> None:
    build(podman, tmp_path)
    podman.says(*RUN, "--detach", "--name=made", "--read-only", "--read-only-tmpfs=false", "localhost/twingraph")
    assert eventually(lambda: podman("healthcheck", "run", "made").returncode == 0, 60), podman("logs", "made").stderr
    assert '"boolean":true' in podman.says("exec", "made", "python3", "-c", ASK.format(QUERY))
    assert podman.says("exec", "made", "id", "-u") == "65532"
    assert "Read-only file system" in podman("exec", "--user=0", "made", "touch", "/release/made-up").stderr
    podman.says("stop", "--time=10", "made")
    assert podman.says("inspect", "--format={{.State.ExitCode}}", "made") == "0"


def test_the_file_names_a_registry_in_the_default_of_its_base_only_and_installs_what_is_locked() -> None:
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [line for line in lines if re.search(r"\w\.(?:io|com|org|net)\b", line)] == [lines[0]]
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} == {"${BASE}"}
    assert "--require-hashes" in next(line for line in lines if "requirements.txt" in line and "pip" in line)
