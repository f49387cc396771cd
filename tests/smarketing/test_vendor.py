"""What we ship of others is what its authors published, and says so."""

import base64
import hashlib
import io
import json
import tarfile
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.management.base import CommandError

from smarketing.management.commands import vendor_assets
from smarketing.management.commands.vendor_assets import (
    NOTICES,
    PACKAGES,
    VENDOR,
    Package,
    fetch,
    keep,
    notices,
)

ROWS = json.loads((VENDOR / "vendor.json").read_text())


def tarball(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def package(content: bytes) -> Package:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    return Package(
        "@scope/thing", "1.0.0", "MIT", integrity, {"thing.js": "thing/thing.js"}, "licences/thing.txt"
    )


@pytest.fixture
def registry():
    """A registry on localhost; `serve(content, integrity)` says what it hands out."""
    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answers["tarball" if self.path.endswith(".tgz") else "metadata"])

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"

    def serve(content: bytes, integrity: str) -> str:
        dist = {"integrity": integrity, "tarball": f"{address}/thing.tgz"}
        answers.update(tarball=content, metadata=json.dumps({"dist": dist}).encode())
        return address

    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield serve
    server.shutdown()
    server.server_close()


def test_every_vendored_file_is_the_one_that_was_fetched():
    listed = {name: digest for row in ROWS for name, digest in row["files"].items()}
    present = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "vendor.json"
    }

    assert present == listed


def test_the_pinned_packages_are_the_vendored_ones():
    pinned = [(package.name, package.version, package.licence, package.integrity) for package in PACKAGES]

    assert pinned == [(row["name"], row["version"], row["licence"], row["integrity"]) for row in ROWS]


def test_the_notices_name_every_vendored_package():
    assert NOTICES.read_text() == notices(ROWS)


def test_a_fetched_package_leaves_its_files_and_its_licence(registry, tmp_path):
    content = tarball(**{"thing.js": b"1", "LICENSE": b"free", "other.js": b"2"})
    thing = package(content)

    row = keep(thing, fetch(thing, registry(content, thing.integrity)), tmp_path)

    assert sorted(row["files"]) == ["licences/thing.txt", "thing/thing.js"]
    assert (tmp_path / "thing/thing.js").read_bytes() == b"1"
    assert not (tmp_path / "other.js").exists()


def test_a_tampered_tarball_is_refused(registry):
    thing = package(tarball(**{"thing.js": b"good"}))
    address = registry(tarball(**{"thing.js": b"evil"}), thing.integrity)

    with pytest.raises(CommandError, match="does not match its integrity"):
        fetch(thing, address)


def test_a_release_other_than_the_pinned_one_is_refused(registry):
    content = tarball(**{"thing.js": b"new"})
    thing = replace(package(content), integrity="sha512-of-the-release-we-looked-at")

    with pytest.raises(CommandError, match="not the pinned one"):
        fetch(thing, registry(content, package(content).integrity))


def test_without_any_registry_the_command_says_how_to_name_one(monkeypatch):
    monkeypatch.delenv("NPM_CONFIG_REGISTRY", raising=False)
    monkeypatch.setattr(vendor_assets.shutil, "which", lambda name: None)

    with pytest.raises(CommandError, match="Name one with --registry or NPM_CONFIG_REGISTRY"):
        vendor_assets.registry_address("")
