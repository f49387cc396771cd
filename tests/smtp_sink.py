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
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path


class Session:
    """One sender: the few words of SMTP that Django's backend says."""

    numbers = count(1)

    def __init__(self, folder: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.folder, self.reader, self.writer = folder, reader, writer

    async def run(self) -> None:
        await self.say("220 sink")
        while line := await self.reader.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                await self.say("354 go on")
                self.keep(await self.data())
            elif word == b"QUIT":
                await self.say("221 bye")
                break
            await self.say("250 ok")
        self.writer.close()

    async def data(self) -> bytes:
        text = b""
        while (line := await self.reader.readline()) not in (b".\r\n", b""):
            text += line[1:] if line.startswith(b"..") else line
        return text

    def keep(self, text: bytes) -> None:
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

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


class Sink:
    """The sink as a test sees it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def messages(self) -> list[EmailMessage]:
        """Everything that arrived, in order."""
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def subjects(self, to: str) -> list[str]:
        return [str(message["Subject"]) for message in self.messages() if message["To"] == to]


@contextmanager
def running(folder: Path) -> Iterator[Sink]:
    """A sink in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.smtp_sink", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Sink(folder, int(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
