"""docker-compose.yml read as Docker would read it, and its commands run without Docker."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from smarketing.embedded.datadir import PROJECT

FILE = PROJECT / "docker-compose.yml"
VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::([-?])([^}]*))?\})")
GIVEN = {"SMARKETING_URL": "https://crm.example.com"}


def interpolate(text: str, given: Mapping[str, str] = GIVEN) -> str:
    """Fill in ${NAME:-default} and ${NAME:?reason}; $$ is a dollar."""

    def value(match: re.Match[str]) -> str:
        dollar, name, kind, word = match.groups()
        if dollar:
            return "$"
        if kind == "?":
            return given[name]
        return given.get(name) or word or ""

    return VARIABLE.sub(value, text)


def filled(node: Any) -> Any:
    if isinstance(node, str):
        return interpolate(node)
    if isinstance(node, list):
        return [filled(item) for item in node]
    if isinstance(node, dict):
        return {key: filled(value) for key, value in node.items()}
    return node


def composition() -> dict[str, Any]:
    return filled(yaml.safe_load(FILE.read_text()))


def services() -> dict[str, dict[str, Any]]:
    return composition()["services"]


def flags(words: list[str], mark: str = "-c") -> dict[str, str]:
    """`-c name=value` as a dictionary."""
    pairs = [words[n + 1] for n, word in enumerate(words) if word == mark]
    return dict(pair.split("=", 1) for pair in pairs)


class Container:
    """One service without its container: its command and its health, with its environment and secrets."""

    def __init__(self, name: str, secrets: Path, data: Path, port: int, *, more: Mapping[str, str]) -> None:
        self.service, self.secrets, self.port = services()[name], secrets, port
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "SMARKETING_DATA_DIR": str(data),
            **{key: self.here(value) for key, value in self.service["environment"].items()},
            **more,
        }

    def here(self, word: str) -> str:
        return word.replace("/run/secrets", str(self.secrets)).replace(":8000", f":{self.port}")

    def words(self, line: list[str]) -> list[str]:
        """The command as the image runs it, with the Python and the paths of this machine."""
        line = [word for word in line if word != "CMD"]
        return [sys.executable if word == "python" else self.here(word) for word in line]

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        with log.open("wb") as file:
            return subprocess.Popen(
                self.words(self.service["command"]),
                cwd=PROJECT,
                env=self.environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def run(self, line: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(line or self.service["command"]),
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def healthy(self) -> bool:
        return self.run(self.service["healthcheck"]["test"]).returncode == 0
