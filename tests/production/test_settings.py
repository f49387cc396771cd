"""Settings of production: from files, behind a proxy, over https."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from smarketing.embedded.datadir import PROJECT
from smarketing.environment import Environment, with_servers

READ = "from django.conf import settings; print({}, end='')"


def told(expression: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the settings say in a process of their own."""
    given = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "smarketing.settings", **environment}
    return subprocess.run(
        [sys.executable, "-c", READ.format(expression)],
        cwd=PROJECT,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_any_setting_may_be_read_from_a_file_and_its_last_line_break_is_no_part_of_it(tmp_path):
    key, hosts = tmp_path / "key", tmp_path / "hosts"
    key.write_text("a key that is in no environment\n")
    hosts.write_text("crm.example.com,10.0.0.1\r\n")

    seen = told(
        "settings.SECRET_KEY, settings.ALLOWED_HOSTS", SECRET_KEY_FILE=str(key), ALLOWED_HOSTS_FILE=str(hosts)
    )

    assert seen.stdout == "a key that is in no environment ['crm.example.com', '10.0.0.1']"


def test_a_file_wins_over_the_value(tmp_path):
    (tmp_path / "key").write_text("from the file")

    assert Environment({"SECRET_KEY": "from the environment", "SECRET_KEY_FILE": str(tmp_path / "key")})[
        "SECRET_KEY"
    ] == ("from the file")


def test_a_file_that_cannot_be_read_is_named_in_a_sentence():
    with pytest.raises(ImproperlyConfigured) as refused:
        Environment({"REDIS_URL_FILE": "/run/secrets/nothing"})["REDIS_URL"]

    assert str(refused.value) == (
        "REDIS_URL_FILE names /run/secrets/nothing, which cannot be read: No such file or directory."
    )


def test_files_that_name_no_server_are_left_alone_by_those_who_pass_the_environment_on(tmp_path):
    (tmp_path / "url").write_text("redis://:secret@redis:6379/0\n")
    given = {"REDIS_URL_FILE": str(tmp_path / "url"), "SSL_CERT_FILE": "/nowhere", "HOME": "/root"}

    assert with_servers(given) == {
        "REDIS_URL": "redis://:secret@redis:6379/0",
        "SSL_CERT_FILE": "/nowhere",
        "HOME": "/root",
    }


def test_an_https_address_without_a_key_is_refused_in_a_sentence(tmp_path):
    given = {"SMARKETING_URL": "https://crm.example.com", "SMARKETING_DATA_DIR": str(tmp_path)}
    refused = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert (
        refused.stderr.strip()
        == "SECRET_KEY is missing. Set it to a long random string (50 characters or more)."
    )


def test_health_is_answered_unencrypted_while_pages_are_sent_to_https(client, settings, db):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200
    assert client.get("/account/login/")["Location"].startswith("https://")
