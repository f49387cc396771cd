"""The embedded PostgreSQL and Redis: started, found, stopped."""

import os
import signal
import stat
import subprocess
import time
from urllib.parse import unquote, urlsplit

import pytest

from smarketing.embedded import keeper
from smarketing.embedded.binaries import find_postgres
from smarketing.embedded.children import Identity, working_in
from smarketing.embedded.cluster import SERVER_ENVIRONMENT
from smarketing.embedded.datadir import DataDir
from smarketing.embedded.identity import identity_for
from smarketing.embedded.logs import open_append, rotate
from smarketing.embedded.pair import addresses, published
from smarketing.embedded.supervisor import Watch
from smarketing.embedded.trouble import Trouble
from tests.faults.company import ask, clean_environment, client, folder, living_in, manage, services

SLOW_NAMES = ("with space", "it's", 'a "quote"', "größe", "%41", "a,b")
ODD_NAMES = [
    'it\'s a "größe" 100%41',
    "long-" + "x" * 120,
    *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW_NAMES),
]


@pytest.fixture(scope="module")
def running():
    with services() as data:
        yield data


def test_the_application_role_owns_nothing_and_may_make_nothing(running):
    rights = "SELECT rolsuper OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = current_user"

    assert ask(running, rights, "database_url") is False
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(running, owner) == "smarketing_owner"


def test_text_sorts_by_code_point_whatever_the_machine_speaks(running):
    assert (
        ask(running, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'smarketing'")
        == "bC.UTF-8"
    )


def test_passwords_and_sockets_are_for_us_alone(running):
    for path in (running.root, running.run, running.pg):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    for path in (running.published, running.run / "pg.password", running.log("postgres")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_redis_evicts_the_cache_and_never_a_queue(running):
    settings = client(running).config_get("*")

    assert (settings["maxmemory-policy"], settings["appendonly"], settings["port"]) == (
        "volatile-lru",
        "yes",
        "0",
    )


def test_a_second_start_is_refused_and_names_the_holder(running):
    with pytest.raises(Trouble, match=r"already run by `services start` \(process \d+, since 20"):
        keeper.launch(running, clean_environment())


def test_the_command_finds_running_services(running):
    where = {"SMARKETING_DATA_DIR": str(running.root)}

    started, status = manage("services", "start", **where), manage("services", "status", "--json", **where)

    assert (started.returncode, started.stdout[:15]) == (0, "Already running")
    assert status.returncode == 0
    assert '"running": true' in status.stdout
    assert "postgres://" not in status.stdout


def test_a_given_server_wins_over_the_embedded_one(running):
    given = {"DATABASE_URL": "postgres://else/where"}

    assert addresses(published(running), given) == {"REDIS_URL": published(running)["redis_url"]}


def test_stopping_leaves_no_process_and_no_address():
    with services() as data:
        ask(data, "CREATE TABLE kept (n int)")
        assert keeper.halt(data) is True

        assert living_in(data) == []
        assert published(data) == {}
        assert keeper.halt(data) is False

        keeper.launch(data, clean_environment())
        assert ask(data, "SELECT count(*) FROM kept") == 0


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_path_will_do(name):
    with services(name) as data:
        assert ask(data, "SELECT 1", "database_url") == 1
        assert client(data).ping()
        sockets = unquote(urlsplit(published(data)["database_url"]).netloc.rpartition("@")[2])
        assert len(f"{sockets}/.s.PGSQL.5432") < 108


def test_a_stale_process_number_harms_nobody():
    with services() as data:
        keeper.halt(data)
        stranger = subprocess.Popen(["sleep", "60"])
        lines = [stranger.pid, data.pg, int(time.time()), 5432, data.run, "", "  1234567    123456"]
        forged = "".join(f"{line}\n" for line in lines)
        (data.pg / "postmaster.pid").write_text(forged)
        (data.run / ".s.PGSQL.5432.lock").write_text(forged)
        try:
            keeper.launch(data, clean_environment())

            assert ask(data, "SELECT 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()


@pytest.mark.slow
def test_a_server_that_outlived_its_keeper_is_stopped_first():
    with services() as data:
        keeper.halt(data)
        binary = find_postgres({}).path
        log = open_append(data.log("postgres"))
        orphan = subprocess.Popen(
            [binary, "-D", data.pg, "-k", data.run, "-c", "listen_addresses="],
            env=SERVER_ENVIRONMENT,
            stdout=log,
            stderr=log,
            preexec_fn=identity_for(binary, data.root).assume,
        )
        os.close(log)
        while not working_in(data.pg, "postgres"):
            time.sleep(0.02)

        keeper.launch(data, clean_environment())

        assert orphan.wait(10) is not None
        assert published(data)["postgres"]["pid"] != orphan.pid
        assert ask(data, "SELECT 1") == 1


@pytest.mark.slow
def test_a_deleted_run_folder_costs_no_data():
    with services() as data:
        ask(data, "CREATE TABLE kept AS SELECT 7 AS n")
        keeper.halt(data)
        for path in data.run.iterdir():
            path.unlink()

        keeper.launch(data, clean_environment())

        assert ask(data, "SELECT n FROM kept") == 7
        assert ask(data, "SELECT current_user", "database_url") == "smarketing_app"


@pytest.mark.slow
def test_a_half_made_cluster_is_made_anew():
    with folder() as data:
        (data.root / "pg.init-dead" / "base").mkdir(parents=True)

        keeper.launch(data, clean_environment())

        assert ask(data, "SELECT 1") == 1
        assert not (data.root / "pg.init-dead").exists()


def test_the_keeper_restarts_what_dies():
    with services() as data:
        before = published(data)
        for name in ("postgres", "redis"):
            os.kill(before[name]["pid"], signal.SIGKILL)

        deadline = time.monotonic() + 30
        while any(published(data).get(name) == before[name] for name in ("postgres", "redis")):
            assert time.monotonic() < deadline, data.log("services").read_text()
            time.sleep(0.05)

        assert ask(data, "SELECT 1") == 1
        assert client(data).ping()


class Sickly:
    """A program that dies at once, always."""

    name = "sickly"
    starts = 0

    def start(self) -> None:
        self.starts += 1

    def stop(self) -> None:
        """It never lives long enough."""

    def poll(self) -> int:
        return -signal.SIGKILL


def test_patience_grows_to_half_a_minute():
    watch, now, delays = Watch(Sickly()), 0.0, []
    for _ in range(7):
        told = watch.look(now)
        delays.append(watch.delay)
        assert "was ended by SIGKILL" in told
        now += watch.delay
        assert watch.look(now) == "sickly runs again."

    assert delays == [2, 4, 8, 16, 30, 30, 30]


def test_logs_stay_within_five_files(tmp_path):
    log = tmp_path / "web.log"
    child = open_append(log)
    for number in range(8):
        os.write(child, b"%d" % number * 100)
        rotate(log, limit=100)
    os.write(child, b"new")
    os.close(child)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log"] + [
        f"web.log.{n}" for n in (1, 2, 3, 4)
    ]
    assert log.read_text() == "new"
    assert (tmp_path / "web.log.1").read_text() == "7" * 100


def test_an_ordinary_user_runs_the_servers_as_itself(tmp_path):
    if os.geteuid() == 0:
        assert identity_for(find_postgres({}).path, tmp_path).kind in ("namespace", "account")
    else:
        assert identity_for(find_postgres({}).path, tmp_path) == Identity()


def test_the_data_folder_is_found_by_its_name():
    from smarketing.embedded.datadir import PROJECT, locate

    assert locate({}) == DataDir(PROJECT / ".data")
    assert locate({"SMARKETING_DATA_DIR": "/srv/smarketing"}).run.as_posix() == "/srv/smarketing/run"
