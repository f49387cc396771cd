"""From the bytes of a file to UTF-8 text: which encoding it has, and whether it is text at all."""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path
from typing import NamedTuple

from leads.importing.faults import FileFault, UsageFault

BLOCK = 1 << 20
LONGEST_LINE = 32 << 20  # characters; beyond this it is no table, and one line must fit in memory
COMMON = ["utf-8", "utf-16", "cp1252", "iso-8859-1", "cp1250", "cp1251", "shift_jis", "gb18030", "mac_roman"]
BOMS = [
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
]
MAGIC = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"SQLite format 3": "a database",
}
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32)])


class Text(NamedTuple):
    encoding: str
    sha256: str
    size: int  # of the original, in bytes


def check_name(encoding: str) -> str:
    """The name as Python knows it; raises `UsageFault` for one that is no text encoding."""
    try:
        found = codecs.lookup(encoding)
    except LookupError:
        found = None
    if found is None or not found._is_text_encoding:
        raise UsageFault(f"--encoding {encoding} is not known. Right values: {', '.join(COMMON)}.")
    return "utf-8-sig" if found.name == "utf-8" else found.name


def transcode(source: Path, target: Path, encoding: str | None) -> Text:
    """Write `source` to `target` as UTF-8 without a byte order mark; raises `FileFault`."""
    with source.open("rb") as file:
        sample = file.read(1 << 16)
    guess = encoding or _recognise(sample, source.name)
    try:
        return _write(source, target, guess)
    except UnicodeDecodeError as error:
        if encoding or guess != "utf-8-sig" or _has_wide_characters(error):
            raise _undecodable(source, guess, error) from error
    if b"\0" in sample:
        raise FileFault(f"{source.name} is not a text file. Save it as CSV and import that.")
    try:
        return _write(source, target, "cp1252")
    except UnicodeDecodeError as error:
        raise _undecodable(source, "utf-8 or cp1252", error) from error


def _recognise(sample: bytes, name: str) -> str:
    for mark, kind in MAGIC.items():
        if sample.startswith(mark):
            raise FileFault(f"{name} is {kind}, not a CSV file. Save the table as CSV and import that.")
    for mark, encoding in BOMS:
        if sample.startswith(mark):
            return encoding
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 5 > len(sample) and min(even, odd) * 20 < max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    if len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) // 10:
        raise FileFault(f"{name} is not a text file. Save it as CSV and import that.")
    return "utf-8-sig"


def _has_wide_characters(error: UnicodeDecodeError) -> bool:
    """Valid UTF-8 beyond ASCII before the fault: then this is damaged UTF-8, not another encoding."""
    return not error.object[: error.start].isascii()


def _write(source: Path, target: Path, encoding: str) -> Text:
    decoder, digest = codecs.getincrementaldecoder(encoding)(), hashlib.sha256()
    size = since_newline = 0
    lone_returns: bool | None = None
    with source.open("rb") as file, target.open("w", encoding="utf-8", newline="") as out:
        while block := file.read(BLOCK):
            digest.update(block)
            text = decoder.decode(block)
            text = text.removeprefix("\ufeff") if size == 0 else text
            size += len(block)
            if lone_returns is None and text:
                lone_returns = "\r" in text.rstrip("\r") and "\n" not in text
            text = text.replace("\r", "\n") if lone_returns else text
            since_newline = _unbroken(text, since_newline, source.name)
            out.write(text)
        out.write(decoder.decode(b"", final=True))
    return Text(encoding.removesuffix("-sig"), digest.hexdigest(), size)


def _unbroken(text: str, before: int, name: str) -> int:
    """How many characters the line at the end of `text` has so far."""
    last = text.rfind("\n")
    length = before + len(text) if last < 0 else len(text) - last - 1
    if length > LONGEST_LINE:
        raise FileFault(f"{name} has a line of more than {LONGEST_LINE >> 20} MB: it is not a CSV file.")
    return length


def _undecodable(source: Path, encoding: str, error: UnicodeDecodeError) -> FileFault:
    wrong = f"0x{error.object[error.start]:02x}" if error.start < len(error.object) else "its end"
    return FileFault(
        f"{source.name} cannot be read as {encoding.removesuffix('-sig')}: {wrong} is not valid there. "
        f"Save it as UTF-8, or name its encoding with --encoding ({', '.join(COMMON)})."
    )
