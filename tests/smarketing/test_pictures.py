"""The README shows the homes, light and dark, and says how to take its pictures anew."""

import re
import struct
import zlib
from pathlib import Path

import pytest

from pictures.shots import MOST, OUT, SHOTS, SIZE, THEMES
from pictures.squeeze import squeeze

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXPECTED = {f"{shot.name}-{theme}.png" for shot in SHOTS for theme in THEMES}


def test_the_readme_shows_every_home_in_both_themes():
    shown = re.findall(r'(?:src|srcset)="docs/pictures/([^"]+)"', README)

    assert set(shown) == EXPECTED == {path.name for path in OUT.glob("*.png")}


def test_whoever_sees_no_pictures_is_told_what_they_show():
    alternatives = re.findall(r'<img [^>]*alt="([^"]+)"', README)

    assert len(alternatives) == README.count("<img ") == len(SHOTS)
    assert all(len(words) > 60 for words in alternatives)


def test_the_pictures_are_whole_screens_and_together_small():
    for name in EXPECTED:
        width, height = struct.unpack(">II", (OUT / name).read_bytes()[16:24])
        assert (width, height) == (SIZE["width"], SIZE["height"])
    assert sum((OUT / name).stat().st_size for name in EXPECTED) <= MOST


def test_the_command_that_takes_them_is_told():
    assert "make pictures" in README
    assert "python -m pictures" in (ROOT / "docs" / "demo.md").read_text()
    assert re.search(r"^pictures:.*\n\t\$\(PY\) -m pictures$", (ROOT / "Makefile").read_text(), re.M)


@pytest.mark.parametrize("method", range(5))
def test_a_squeezed_picture_shows_the_same(tmp_path, method):
    """Every filter of PNG is undone: the pixels stay, whatever the browser chose for a line."""
    width, height = 40, 30
    pixels = [bytes((x * y + x + c * 7) % 256 for x in range(width) for c in range(3)) for y in range(height)]
    picture = tmp_path / "picture.png"
    picture.write_bytes(png(width, height, filtered(pixels, method)) + b" " * 10_000)

    squeeze(picture)

    data = picture.read_bytes()
    (length,) = struct.unpack(">I", data[33:37])
    lines = zlib.decompress(data[41 : 41 + length])
    assert len(data) < 10_000
    assert lines == b"".join(b"\0" + line for line in pixels)


def filtered(pixels: list[bytes], method: int) -> bytes:
    above, out = bytes(len(pixels[0])), b""
    for line in pixels:
        guesses = (guess(method, line, above, i) for i in range(len(line)))
        out += bytes([method]) + bytes((value - by) % 256 for value, by in zip(line, guesses, strict=True))
        above = line
    return out


def guess(method: int, line: bytes, above: bytes, i: int) -> int:
    left, up, corner = (line[i - 3], above[i], above[i - 3]) if i >= 3 else (0, above[i], 0)
    nearest = min((left, up, corner), key=lambda one: abs(left + up - corner - one))
    return [0, left, up, (left + up) // 2, nearest][method]


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(data, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
