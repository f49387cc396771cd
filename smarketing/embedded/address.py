"""The address that the web server listens on."""

import http.client
import socket
from argparse import ArgumentTypeError
from dataclasses import dataclass

from smarketing.embedded.trouble import Trouble

DEFAULT = "127.0.0.1:8000"


@dataclass(frozen=True)
class Address:
    """Host and port, as given by `--bind`."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read HOST:PORT or [IPv6]:PORT; a ValueError names what is wrong."""
        host, separator, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not separator or not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"{text!r} is not HOST:PORT, for example {DEFAULT} or 0.0.0.0:8000.")
        return cls(host, int(port))

    @classmethod
    def argument(cls, text: str) -> "Address":
        """The same for a command line, which tells the sentence and ends."""
        try:
            return cls.parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> "Address":
        """Where this machine itself finds the server; 0.0.0.0 and :: stand for every address."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 compared, not bound
        return Address(everywhere.get(self.host, self.host), self.port)

    @property
    def url(self) -> str:
        return f"http://{self.local}"

    def refuse_unusable(self) -> None:
        """Raise Trouble when the web server could not listen here."""
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM
            )[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
        except OSError as error:
            raise Trouble(self.sentence(error)) from error

    def sentence(self, error: OSError) -> str:
        other = f"`make up BIND={Address(self.host, 8001 if self.port == 8000 else 8000)}`"
        if isinstance(error, PermissionError):
            return f"Port {self.port} is for root only, as all below 1024. Use another: {other}."
        if isinstance(error, socket.gaierror) or "assign" in str(error):
            return f"{self.host} is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of them."
        return (
            f"Port {self.port} on {self.host} is taken by another program. Stop it, or use another: {other}."
        )

    def status(self) -> int | None:
        """The HTTP status of a web server that answers here; None while nobody does."""
        connection = http.client.HTTPConnection(self.local.host, self.port, timeout=5)
        try:
            connection.request("GET", "/health/live", headers={"Host": str(Address("127.0.0.1", self.port))})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
