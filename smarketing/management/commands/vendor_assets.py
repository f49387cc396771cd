"""Fetch the third-party files we serve, from pinned packages of the npm registry, without Node."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

VENDOR = Path(settings.BASE_DIR) / "smarketing" / "static" / "vendor"
NOTICES = Path(settings.BASE_DIR) / "THIRD_PARTY_NOTICES.md"


@dataclass(frozen=True)
class Package:
    """One npm package: what exactly it must be, and which of its files we keep under what path."""

    name: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]
    licence_file: str


PACKAGES = [
    Package(
        name="@fontsource-variable/inter",
        version="5.3.0",
        licence="OFL-1.1",
        integrity="sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        files={
            "files/inter-latin-wght-normal.woff2": "inter/inter-latin-wght-normal.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext-wght-normal.woff2",
        },
        licence_file="licences/inter.txt",
    ),
    Package(
        name="echarts",
        version="6.1.0",
        licence="Apache-2.0",
        integrity="sha512-q0yaFPggC9FUdsWH4blavRWFmxdrIodbkoKNAjJudAI6CA9gNPxHtV2RcZNEepZVlk4yvBYkOkbk6HIVpIyHZA==",
        files={
            # The module, under a name that every server calls JavaScript.
            "dist/echarts.esm.min.mjs": "echarts/echarts.min.js",
            "NOTICE": "licences/echarts-notice.txt",
        },
        licence_file="licences/echarts.txt",
    ),
]


class Command(BaseCommand):
    help = "Fetch pinned third-party assets into static/vendor and rewrite THIRD_PARTY_NOTICES.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--registry",
            default="",
            help="an npm registry; default: NPM_CONFIG_REGISTRY, else what `npm config get registry` says",
        )

    def handle(self, *, registry: str, **options) -> None:
        address = registry_address(registry)
        fetched = [(package, fetch(package, address)) for package in PACKAGES]
        rows = [keep(package, content, VENDOR) for package, content in fetched]
        (VENDOR / "vendor.json").write_text(json.dumps(rows, indent=2) + "\n")
        NOTICES.write_text(notices(rows))
        files = [file for row in rows for file in row["files"]]
        self.stderr.write(f"{len(files)} files of {len(rows)} packages are in place.")


def registry_address(given: str) -> str:
    """The registry to ask, from the option, the environment, or npm's own configuration."""
    address = given or os.environ.get("NPM_CONFIG_REGISTRY", "") or _configured_in_npm()
    if urlsplit(address).scheme not in ("http", "https"):
        raise CommandError("No npm registry is known. Name one with --registry or NPM_CONFIG_REGISTRY.")
    return address.rstrip("/")


def _configured_in_npm() -> str:
    npm = shutil.which("npm")
    if npm is None:
        return ""
    asked = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def fetch(package: Package, registry: str) -> dict[str, bytes]:
    """The package's files by path; a CommandError unless metadata and tarball match the pinned integrity."""
    metadata = json.loads(_read(f"{registry}/{quote(package.name, safe='@')}/{package.version}"))
    if metadata["dist"]["integrity"] != package.integrity:
        raise CommandError(
            f"{package.name} {package.version}: the registry's integrity is not the pinned one. "
            "Check the release before you change the pin."
        )
    tarball = _read(metadata["dist"]["tarball"])
    if _integrity(tarball) != package.integrity:
        raise CommandError(
            f"{package.name} {package.version}: the downloaded file does not match its integrity."
        )
    return _unpack(tarball)


def _read(address: str) -> bytes:
    if urlsplit(address).scheme not in ("http", "https"):
        raise CommandError(f"Refusing to read {address}: only http and https are allowed.")
    try:
        with urlopen(address, timeout=60) as answer:  # noqa: S310 - the scheme is checked above
            return answer.read()
    except URLError as error:
        raise CommandError(
            f"The registry did not answer: {error.reason}. Try again, or name another --registry."
        ) from error


def _integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def _unpack(tarball: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        files = [(member.name, archive.extractfile(member)) for member in archive if member.isfile()]
        # npm puts everything under one top folder, usually "package/".
        return {name.split("/", 1)[1]: file.read() for name, file in files if file is not None}


def keep(package: Package, content: dict[str, bytes], folder: Path) -> dict[str, Any]:
    """Write the chosen files and the licence under `folder`; returns the package's row of vendor.json."""
    wanted = {**package.files, "LICENSE": package.licence_file}
    missing = sorted(wanted.keys() - content.keys())
    if missing:
        raise CommandError(f"{package.name} {package.version} has no {', '.join(missing)}.")
    for source, target in wanted.items():
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[source])
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "licence_file": package.licence_file,
        "integrity": package.integrity,
        "files": {target: hashlib.sha256(content[source]).hexdigest() for source, target in wanted.items()},
    }


def notices(rows: list[dict]) -> str:
    """THIRD_PARTY_NOTICES.md, from the rows of vendor.json."""
    lines = [
        "# Third-party notices",
        "",
        "Files of others that are part of this repository. `python manage.py vendor_assets` fetches them and",
        "writes this page; the texts of the licences are in `smarketing/static/vendor/licences/`. Packages",
        "installed from `requirements.txt` carry their own licences.",
        "",
        "| package | version | licence | licence text | files |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        files = ", ".join(f"`{Path(name).name}`" for name in row["files"] if name != row["licence_file"])
        text = f"[text](smarketing/static/vendor/{row['licence_file']})"
        lines.append(f"| {row['name']} | {row['version']} | {row['licence']} | {text} | {files} |")
    return "\n".join(lines) + "\n"
