"""Servers of somebody else, named by DATABASE_URL and REDIS_URL: not started, only asked if they answer."""

from urllib.parse import unquote, urlsplit

import psycopg2
import redis

from smarketing.embedded.trouble import Trouble


def refuse_silent_postgres(url: str, setting: str) -> None:
    """Raise Trouble unless the server named by `setting` takes a connection."""
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise Trouble(f"{setting} must look like postgres://user:password@host:5432/database.")
    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.Error as error:
        raise Trouble(
            f"{setting} names a PostgreSQL at {place(url)} that does not let us in: {first_line(error)}. "
            f"Start it or correct {setting}; without it a PostgreSQL of our own is used."
        ) from error


def refuse_silent_redis(url: str) -> None:
    """Raise Trouble unless the server named by REDIS_URL answers."""
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    except ValueError as error:
        raise Trouble(
            "REDIS_URL must look like redis://host:6379/0 or unix:///path/to/redis.sock."
        ) from error
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        raise Trouble(
            f"REDIS_URL names a Redis at {place(url)} that does not answer: {first_line(error)}. "
            f"Start it or correct REDIS_URL; without it a Redis of our own is used."
        ) from error
    finally:
        client.close()


def place(url: str) -> str:
    """Host and port of an address, or its socket; never the password."""
    parts = urlsplit(url)
    return unquote(parts.netloc.rpartition("@")[2]) or unquote(parts.path)


def first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
