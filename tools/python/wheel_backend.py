"""Builds the wheel (PEP 517): a few files in a zip archive, so that installing wants nothing but pip."""
import base64
import hashlib
import io
import os
import re
import tarfile
import zipfile
from typing import Any, Dict, List, Optional, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = "newspool"


def _project(key: str) -> str:
    with open(os.path.join(HERE, "pyproject.toml"), encoding="utf-8") as file:
        found = re.search(rf'^{key} = "(.*)"$', file.read(), re.M)
    if not found:
        raise ValueError(f"pyproject.toml says no {key}")
    return found.group(1)


def _read(path: str) -> bytes:
    with open(os.path.join(HERE, path), "rb") as file:
        return file.read()


def _sources() -> List[str]:
    return sorted(f"{NAME}/{name}" for name in os.listdir(os.path.join(HERE, NAME))
                  if name.endswith(".py") or name == "py.typed")


def _metadata() -> bytes:
    return (f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {_project('version')}\nSummary: {_project('description')}\n"
            f"License: ISC\nRequires-Python: {_project('requires-python')}\n"
            f"Description-Content-Type: text/markdown\n\n").encode() + _read("README.md")


def _info() -> Tuple[str, Dict[str, bytes]]:
    version = _project("version")
    wheel = b"Wheel-Version: 1.0\nGenerator: newspool\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return f"{NAME}-{version}.dist-info", {"METADATA": _metadata(), "WHEEL": wheel}


def _build(directory: str, files: Dict[str, bytes]) -> str:
    """A wheel of these files; returns its name."""
    folder, info = _info()
    files.update({f"{folder}/{name}": data for name, data in info.items()})
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for path, data in files.items()) + f"{folder}/RECORD,,\n"
    name = f"{NAME}-{_project('version')}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in [*files.items(), (f"{folder}/RECORD", record.encode())]:
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), data)
    return name


def build_wheel(wheel_directory: str, config_settings: Optional[Dict[str, Any]] = None,
                metadata_directory: Optional[str] = None) -> str:
    return _build(wheel_directory, {path: _read(path) for path in _sources()})


def build_editable(wheel_directory: str, config_settings: Optional[Dict[str, Any]] = None,
                   metadata_directory: Optional[str] = None) -> str:
    """For pip install -e: a pointer to this folder (PEP 660)."""
    return _build(wheel_directory, {f"_{NAME}.pth": HERE.encode() + b"\n"})


def build_sdist(sdist_directory: str, config_settings: Optional[Dict[str, Any]] = None) -> str:
    top = f"{NAME}-{_project('version')}"
    with tarfile.open(os.path.join(sdist_directory, top + ".tar.gz"), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path in ["pyproject.toml", "README.md", "wheel_backend.py", *_sources()]:
            archive.add(os.path.join(HERE, path), f"{top}/{path}")
        metadata = tarfile.TarInfo(f"{top}/PKG-INFO")
        metadata.size = len(_metadata())
        archive.addfile(metadata, io.BytesIO(_metadata()))
    return top + ".tar.gz"
