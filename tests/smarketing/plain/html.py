"""A page as a tree that tests can ask: by tag, class or attribute, for text or for a number."""

from __future__ import annotations

import re
from decimal import Decimal
from html.parser import HTMLParser

VOID = {"area", "br", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "rect", "circle", "use"}


class Node:
    def __init__(self, tag: str, attrs: dict[str, str], parent: Node | None) -> None:
        self.tag, self.attrs, self.parent = tag, attrs, parent
        self.children: list[Node | str] = []

    def nodes(self):
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.nodes()

    def all(self, tag: str = "", cls: str = "", **attrs: str) -> list[Node]:
        return [node for node in self.nodes() if node.matches(tag, cls, attrs)]

    def one(self, tag: str = "", cls: str = "", **attrs: str) -> Node:
        found = self.all(tag, cls, **attrs)
        assert found, f"no <{tag} class={cls} {attrs}> in <{self.tag} {self.attrs}>"
        return found[0]

    def matches(self, tag: str, cls: str, attrs: dict[str, str]) -> bool:
        given = {name.replace("_", "-"): value for name, value in attrs.items()}
        return (
            (not tag or self.tag == tag)
            and (not cls or cls in self.attrs.get("class", "").split())
            and all(self.attrs.get(name) == value for name, value in given.items())
        )

    @property
    def text(self) -> str:
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return re.sub(r"\s+", " ", "".join(parts)).strip()

    @property
    def number(self) -> Decimal | None:
        """The exact figure: of `<data value>` where there is one, else the first number of the text."""
        data = self.all("data")
        if data:
            return Decimal(data[0].attrs["value"])
        found = re.search(r"\d[\d,]*(\.\d+)?", self.text)
        return Decimal(found[0].replace(",", "")) if found else None

    @property
    def numbers(self) -> list[int]:
        return [int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", self.text)]


class Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Node("page", {}, None)

    def handle_starttag(self, tag, attrs) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag, attrs) -> None:
        self.here.children.append(Node(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag) -> None:
        up: Node | None = self.here
        while up is not None and up.tag != tag:
            up = up.parent
        if up is not None and up.parent is not None:
            self.here = up.parent

    def handle_data(self, data) -> None:
        self.here.children.append(data)


def parse(text: str) -> Node:
    builder = Builder()
    builder.feed(text)
    return builder.root
