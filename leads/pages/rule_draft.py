"""A rule while somebody writes it: what the fields of a form hold, whether or not it is a rule yet.

Its fields are called `<name>-<place>-<part>`; the root group stands at place 0, what is in it at 0.0, 0.1 and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from leads import rules
from leads.pages.rule_clauses import OFFERED, clause_data, clause_told, first, touches_told
from leads.rules import All, AnyOf, Catalogue, Clause, Fact, Not, Rule, Touches
from leads.rules.faults import LONGEST, MOST_CLAUSES, Path

DEEPEST = 3  # groups within groups that the form offers
MOST_NODES = 2 * MOST_CLAUSES
JOINS = {
    "all": "All of these hold",
    "any": "Any of these holds",
    "none": "None of these holds",
    "not_all": "Not all of these hold",
}
PARTS = ("field", "op", "value", "kinds", "team", "campaign", "content", "url", "days", "times")
_KEY = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,2}){0,6})-([a-z]+)").fullmatch


@dataclass(eq=False)
class Node:
    """A group with its items, or a clause with what its fields hold."""

    place: str
    join: str = ""
    items: list[Node] = field(default_factory=list)
    told: dict[str, list[str]] = field(default_factory=dict)
    fact: Fact | None = None
    fault: str = ""
    is_new: bool = False

    @property
    def is_group(self) -> bool:
        return bool(self.join)

    @property
    def depth(self) -> int:
        return self.place.count(".")

    def one(self, part: str) -> str:
        return first(self.told, part)

    def walk(self) -> Iterator[Node]:
        yield self
        for item in self.items:
            yield from item.walk()

    def placed(self, place: str) -> Node:
        """Itself and its items at their places, counted anew."""
        self.place = place
        for n, item in enumerate(self.items):
            item.placed(f"{place}.{n}")
        return self


class Draft:
    """The root group, and whether somebody asked to change its shape rather than to save it."""

    def __init__(self, root: Node | None = None, *, catalogue: Catalogue | None = None) -> None:
        self.catalogue = catalogue or Catalogue()
        self.edited = False
        self.root = (root or Node("0", "all")).placed("0")
        for node in self.root.walk():
            self._settle(node)

    def _settle(self, node: Node) -> None:
        """Find the fact of a clause; what cannot be asked of it gives way to what comes first."""
        node.fact = self.catalogue.find(node.one("field")) if not node.is_group else None
        if node.fact is not None and node.one("op") not in OFFERED[node.fact.kind]:
            node.told["op"] = [next(iter(OFFERED[node.fact.kind]))]

    @property
    def is_empty(self) -> bool:
        return not any(not node.is_group for node in self.root.walk())

    @classmethod
    def of_rule(cls, rule: Rule | None, *, catalogue: Catalogue | None = None) -> Draft:
        if rule is None:
            return cls(catalogue=catalogue)
        node = _node(rule)
        return cls(node if node.is_group else Node("0", "all", [node]), catalogue=catalogue)

    @classmethod
    def of_form(cls, data: Mapping[str, Any], name: str) -> Draft:
        """What was sent, after the change that its button asks for."""
        draft = cls(read_form(data, name))
        wanted = str(data.get(f"{name}-do") or "")
        draft.edited = bool(wanted)
        draft.change(*wanted.partition(":")[::2])
        return draft

    def change(self, what: str, place: str) -> None:
        """Add a clause or a group to the group there, or take what is there away; what is nowhere changes nothing."""
        found = {node.place: node for node in self.root.walk()}
        node, above = found.get(place), found.get(place.rpartition(".")[0])
        for one in found.values():
            one.is_new = False
        if what == "drop" and node is not None and above is not None:
            above.items.remove(node)
        elif what in ("clause", "group") and node is not None and node.is_group and len(found) < MOST_NODES:
            clause = Node("", is_new=True)
            node.items.append(clause if what == "clause" else Node("", "any", [clause]))
        self.root.placed("0")

    def data(self) -> tuple[Any, dict[Path, Node]]:
        """The rule as JSON, right or not, and which node each of its parts came from."""
        nodes: dict[Path, Node] = {}
        return (None if self.is_empty else _data(self.root, (), nodes)), nodes

    def rule(self) -> Rule | None:
        """The rule; None where nothing is asked. Raises `RuleFault`, and marks the clause at fault."""
        data, nodes = self.data()
        if data is None:
            return None
        try:
            rule = rules.parse(data, catalogue=self.catalogue)
            rules.check(rule)
        except rules.RuleFault as fault:
            path = fault.path
            while path and path not in nodes:
                path = path[:-1]
            nodes.get(path, self.root).fault = fault.sentence
            raise
        return rule


# --- From the fields of a form --------------------------------------------------------------------------------
def read_form(data: Mapping[str, Any], name: str) -> Node:
    told: dict[str, dict[str, list[str]]] = {}
    for key in data:
        found = _KEY(key[len(name) + 1 :]) if key.startswith(f"{name}-") else None
        if found and (found[2] in PARTS or found[2] == "join") and len(told) <= MOST_NODES:
            values = data.getlist(key) if isinstance(data, QueryDict) else [data[key]]
            told.setdefault(found[1], {})[found[2]] = [str(value)[: LONGEST * 10] for value in values]
    nodes = {place: _sent(place, parts) for place, parts in told.items()}
    for place in sorted(nodes, key=lambda place: [int(n) for n in place.split(".")]):
        above = nodes.get(place.rpartition(".")[0])
        if above is not None and above.is_group:
            above.items.append(nodes[place])
    root = nodes.get("0")
    return root if root is not None and root.is_group else Node("0", "all")


def _sent(place: str, parts: dict[str, list[str]]) -> Node:
    join = next(iter(parts.pop("join", [])), "")
    if join:
        return Node(place, join if join in JOINS else "all")
    return Node(place, told=parts)


# --- To the rule, and back ------------------------------------------------------------------------------------
def _data(node: Node, path: Path, nodes: dict[Path, Node]) -> Any:
    nodes[path] = node
    if not node.is_group:
        return clause_data(node.fact, node.told)
    items = [item for item in node.items if not item.is_group or any(not one.is_group for one in item.walk())]
    denied, word = node.join in ("none", "not_all"), "all" if node.join in ("all", "not_all") else "any"
    inner = (*path, "not") if denied else path
    if len(items) == 1:
        found = _data(items[0], inner, nodes)
    else:
        found = {word: [_data(item, (*inner, word, n), nodes) for n, item in enumerate(items)]}
    return {"not": found} if denied else found


def _node(rule: Rule) -> Node:
    if isinstance(rule, Not):
        inner = rule.rule
        if isinstance(inner, Not):
            return _node(inner.rule)
        if isinstance(inner, All | AnyOf):
            return Node("", "not_all" if isinstance(inner, All) else "none", list(map(_node, inner.rules)))
        return Node("", "none", [_node(inner)])
    if isinstance(rule, All | AnyOf):
        return Node("", "all" if isinstance(rule, All) else "any", list(map(_node, rule.rules)))
    if isinstance(rule, Touches):
        return Node("", told=touches_told(rule))
    assert isinstance(rule, Clause)
    return Node("", told=clause_told(rule))
