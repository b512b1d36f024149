"""nginx and wrk: those of this machine, else unpacked from its package sources into a folder, nothing installed."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("nginx", "wrk", "libluajit-5.1-2", "libluajit-5.1-common")


@dataclass(frozen=True)
class Programs:
    """Where they are, and what they need around them."""

    nginx: str
    wrk: str
    environment: dict[str, str]


def find_programs(folder: Path) -> Programs | None:
    """Return both programs; None, with a word about it, where they cannot be had."""
    nginx, wrk = shutil.which("nginx"), shutil.which("wrk")
    if nginx and wrk:
        return Programs(nginx, wrk, dict(os.environ))
    try:
        _unpack(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"reads are NOT measured: nginx and wrk cannot be had here ({error})", file=sys.stderr)
        return None
    libraries = next((folder / "usr" / "lib").glob("*/libluajit*")).parent
    around = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    return Programs(str(folder / "usr" / "sbin" / "nginx"), str(folder / "usr" / "bin" / "wrk"), around)


def _unpack(folder: Path) -> None:
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg")
    if apt is None or dpkg is None:
        message = "there is no apt-get"
        raise OSError(message)
    folder.mkdir()
    subprocess.run([apt, "download", *PACKAGES], cwd=folder, check=True, capture_output=True)
    for package in folder.glob("*.deb"):
        subprocess.run([dpkg, "-x", str(package), str(folder)], check=True, capture_output=True)
