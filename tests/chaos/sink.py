"""A mail server that keeps nothing but a line per letter: its Message-ID, to whom, about what."""

from __future__ import annotations

import asyncio
import sys
from email import message_from_bytes
from pathlib import Path

ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


async def serve(port: int, letters: Path) -> None:
    with letters.open("a") as file:

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 sink\r\n")
            try:
                while line := await reader.readline():
                    word = line[:4].upper()
                    writer.write(ANSWERS.get(word, b"250 ok\r\n"))
                    await writer.drain()
                    if word == b"DATA":
                        note(await reader.readuntil(b"\r\n.\r\n"), file)
                        writer.write(b"250 taken\r\n")
                    if word == b"QUIT":
                        break
            except (ConnectionError, asyncio.IncompleteReadError):
                pass  # whoever was sending has been killed: a letter that has not ended was not taken
            finally:
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", port, limit=1 << 20)
        await server.serve_forever()


def note(letter: bytes, file) -> None:
    message = message_from_bytes(letter)
    words = (message["Message-ID"], message["To"], " ".join(str(message["Subject"]).split()))
    file.write("\t".join(words) + "\n")
    file.flush()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
