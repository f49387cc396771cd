"""Companies of given sizes: each is filled once; whoever writes gets a copy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg2
from django.db import connection

from benchmarks import company

MIGRATED = "smarketing"


class Databases:
    def __init__(self) -> None:
        self.filled: set[str] = set()
        self.numbers = count(1)

    def use(self, leads: int) -> None:
        """Let Django work on the company with that many leads, to read from it."""
        name = f"company_{leads}"
        if name not in self.filled:
            clone(MIGRATED, name)
            switch(name)
            company.fill(leads)
            self.filled.add(name)
        switch(name)

    @contextmanager
    def copy(self, leads: int) -> Iterator[None]:
        """The same on a copy of it, which may be written to and is dropped afterwards."""
        self.use(leads)
        name = f"copy_{next(self.numbers)}"
        clone(f"company_{leads}", name)
        switch(name)
        try:
            yield
        finally:
            switch(MIGRATED)
            as_owner(f"DROP DATABASE {name} WITH (FORCE)")


def switch(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def clone(source: str, name: str) -> None:
    connection.close()  # PostgreSQL copies only a database to which nobody is connected
    as_owner(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy")


def as_owner(*statements: str, database: str = "postgres") -> None:
    """Statements that stand outside transactions, by the owner of all databases."""
    link = psycopg2.connect(url("DATABASE_OWNER_URL", database))
    try:
        link.autocommit = True
        with link.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        link.close()


def url(setting: str, database: str) -> str:
    """The address that the environment gives, with another database at its end."""
    return f"{os.environ[setting].rpartition('/')[0]}/{database}"
