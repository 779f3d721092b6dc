"""buildah as these tests use it: storage and base image of their own, nothing from a registry."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
BASE = "localhost/base:1"
# What python:3.11-slim has and the Dockerfiles use, from Debian's packages.
PACKAGES = (
    "ca-certificates,python3.11-minimal,libpython3.11-stdlib,python3-distutils,python3-venv,"
    "netbase,tzdata"
)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PROGRAMS = ("buildah", "mmdebstrap")


def missing() -> list[str]:
    """Return what a machine lacks for building images as these tests do."""
    lacks = [program for program in PROGRAMS if shutil.which(program) is None]
    return lacks if os.geteuid() == 0 else [*lacks, "the rights of root"]


@dataclass(frozen=True)
class Engine:
    """buildah with its storage in `folder`."""

    folder: Path

    def run(self, *arguments: str, timeout: float = 600) -> str:
        storage = ["--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run"]
        command = ["buildah", *storage, "--storage-driver", "overlay", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stderr[-4000:]}"
        return done.stdout.strip()

    def make_base(self) -> None:
        """Import Debian's Python under the name that BASE has, with this machine's certificates."""
        archive = self.folder / "base.tar"
        bootstrap = ["mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm"]
        subprocess.run([*bootstrap, str(archive)], check=True, capture_output=True, timeout=600)
        container = self.run("from", "scratch")
        self.run("add", "--quiet", container, str(archive), "/")
        settings = self.folder / "settings"
        (settings / "etc/ssl/certs").mkdir(parents=True)
        (settings / "etc/uv").mkdir()
        shutil.copy(CERTIFICATES, settings / "etc/ssl/certs")
        (settings / "etc/pip.conf").write_text(f"[global]\ncert = {CERTIFICATES}\n")
        (settings / "etc/uv/uv.toml").write_text("system-certs = true\n")
        self.run("add", "--quiet", container, str(settings), "/")
        self.run("commit", "--quiet", "--timestamp", "0", container, BASE)
        self.run("rm", container)
        archive.unlink()

    def build(self, context: Path, location: str, *, tag: str, cache: bool = True) -> "Image":
        """Build a location's image from a copy of the repository, with no times in it."""
        dockerfile = str(context / "locations" / location / "Dockerfile")
        settings = ["--timestamp", "0", "--isolation", "chroot", "--build-arg", f"BASE={BASE}"]
        name = f"localhost/{location}:{tag}"
        self.run(
            "bud", "--quiet", "--layers", *settings, *([] if cache else ["--no-cache"]),
            "--file", dockerfile, "--tag", name, str(context),
        )  # fmt: skip
        return self.exported(name)

    def exported(self, name: str) -> "Image":
        """Write the image as an OCI layout, as a push would send it, and read that back."""
        layout = self.folder / "layouts" / name.replace("/", "_").replace(":", "_")
        layout.parent.mkdir(exist_ok=True)
        self.run("push", "--quiet", name, f"oci:{layout}")
        (entry,) = json.loads((layout / "index.json").read_text())["manifests"]
        manifest = _blob(layout, entry["digest"])
        config = _blob(layout, manifest["config"]["digest"])
        layers = tuple(Layer(layer["digest"], layer["size"]) for layer in manifest["layers"])
        return Image(name, entry["digest"], layers, config["config"])


@dataclass(frozen=True)
class Layer:
    """One compressed layer, its size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class Image:
    """An image as it is pushed: layers from the base up."""

    name: str
    digest: str
    layers: tuple[Layer, ...]
    config: dict[str, object]

    def pushed_after(self, other: "Image") -> int:
        """Bytes of the layers that a registry with `other` lacks."""
        known = {layer.digest for layer in other.layers}
        return sum(layer.size for layer in self.layers if layer.digest not in known)


def _blob(layout: Path, digest: str) -> Any:
    return json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())
