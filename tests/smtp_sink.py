"""An SMTP server that keeps what it is sent: `python -m tests.smtp_sink FOLDER` prints its port and then listens.

A process of its own, so that a test sees what really travels over the wire. One file for each message, written
whole before the sender is told that it was taken.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path

from smarketing.embedded.datadir import PROJECT


class Session:
    """One sender: the few words of SMTP that Django's backend says."""

    numbers = count(1)

    def __init__(self, folder: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.folder, self.reader, self.writer = folder, reader, writer

    async def run(self) -> None:
        # Of a sender that is killed in the middle of a message, the message was not taken.
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self.say("220 sink")
            while line := await self.reader.readline():
                word = line.strip().upper()
                if word == b"DATA":
                    await self.say("354 go on")
                    self.keep(await self.reader.readuntil(b"\r\n.\r\n"))
                elif word == b"QUIT":
                    await self.say("221 bye")
                    break
                await self.say("250 ok")
        self.writer.close()

    def keep(self, data: bytes) -> None:
        text = data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        number = next(self.numbers)
        passing = self.folder / f".{os.getpid()}-{number}"
        passing.write_bytes(text)
        passing.rename(self.folder / f"{number:06}.eml")

    async def say(self, words: str) -> None:
        self.writer.write(f"{words}\r\n".encode())
        await self.writer.drain()


async def serve(folder: Path) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Session(folder, reader, writer).run()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=1 << 20)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


class Sink:
    """A sink in a process of its own, as a test sees it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.smtp_sink", str(folder)]
        self.folder = folder
        self.process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    def messages(self) -> list[EmailMessage]:
        """Everything that arrived, in order."""
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def subjects(self, to: str) -> list[str]:
        return [str(message["Subject"]) for message in self.messages() if message["To"] == to]


@contextmanager
def running(folder: Path) -> Iterator[Sink]:
    sink = Sink(folder)
    try:
        yield sink
    finally:
        sink.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
