"""How a buyer's act and the time since then are said, on rows, in the timeline and in the next best action."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from django.utils.timezone import localtime

from leads.models import Touch

Kind = Touch.Kind
PLAIN = {
    Kind.ORIGIN: "First contact",
    Kind.VISIT: "Visited the site",
    Kind.DOWNLOAD: "Downloaded something",
    Kind.FORM: "Sent a form",
    Kind.EMAIL_CLICK: "Clicked in an e-mail",
    Kind.WEBINAR: "Attended a webinar",
    Kind.EVENT: "Met at an event",
    Kind.CALL: "Call",
    Kind.EMAIL: "E-mail",
    Kind.MEETING: "Meeting",
    Kind.OTHER: "Touch",
}
OVER = {
    Kind.ORIGIN: "First contact: {}",
    Kind.VISIT: "Read {}",
    Kind.DOWNLOAD: "Downloaded {}",
    Kind.FORM: "Sent the form {}",
    Kind.EMAIL_CLICK: "Clicked {}",
    Kind.WEBINAR: "Attended {}",
    Kind.EVENT: "Met at {}",
    Kind.CALL: "Call: {}",
    Kind.EMAIL: "E-mail: {}",
    Kind.MEETING: "Meeting: {}",
    Kind.OTHER: "{}",
}
# What a buyer asks for by a form or by reading, told by the words of its name.
ASKED = {
    "pricing": "Asked for pricing",
    "price": "Asked for pricing",
    "quote": "Asked for a quote",
    "demo": "Asked for a demo",
    "contact": "Asked to be contacted",
    "call back": "Asked to be called",
    "talk to sales": "Asked to talk to sales",
    "trial": "Asked for a trial",
}


def act_words(kind: str, what: str = "", url: str = "", campaign: str = "") -> str:
    """One act in a few words: "Downloaded Price list", "Read Pricing", "Asked for a demo"."""
    if kind == Kind.FORM and (asked := _asked(f"{what} {page_path(url)}")):
        return asked
    name = what or (page_name(url) if kind in (Kind.VISIT, Kind.FORM) else "") or campaign
    return OVER[Kind(kind)].format(name) if name else PLAIN[Kind(kind)]


def _asked(text: str) -> str:
    lowered = text.casefold()
    return next((words for word, words in ASKED.items() if word in lowered), "")


def page_path(url: str) -> str:
    """The path of an address, without what only counts visits: "/product/cross-dock"."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return unquote(path).rstrip("/") or ("/" if url else "")


def page_name(url: str) -> str:
    """What a page is called, by the last part of its address: "Cross dock"; of the first page, "Home"."""
    path = page_path(url)
    if path in ("", "/"):
        return "Home" if path else ""
    last = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = last.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def ago_words(at: datetime, moment: datetime) -> str:
    """How long ago, as people say it: "12 min ago", "4 h ago", "yesterday", "3 d ago", "12 Oct"."""
    gone = max(moment - at, timedelta(0))
    minutes = int(gone.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    there, here = localtime(at), localtime(moment)
    days = (here.date() - there.date()).days
    if days == 0 or minutes < 12 * 60:
        return f"{minutes // 60} h ago"
    if days == 1:
        return "yesterday"
    if days < 14:
        return f"{days} d ago"
    year = f" {there.year}" if there.year != here.year else ""
    return f"{there.day} {there:%b}{year}"


NUMBERS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


def try_words(tries: int) -> str:
    """ "Second try", after `tries` that reached nobody."""
    return f"{NUMBERS[tries]} try" if tries < len(NUMBERS) else f"Try {tries + 1}"
