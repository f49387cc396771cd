"""Modules and functions stay small enough to hold in mind; exceptions are listed with their reason."""

import ast

import pytest

from tests.house.test_layers import ROOT, modules, name_of

LONGEST_MODULE = 320
LONGEST_FUNCTION = 40  # statements and all, without the docstring
EXCEPTIONS: dict[str, str] = {
    "smarketing.settings": "one settings file, read from top to bottom",
}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_is_about_one_thing(path):
    if name_of(path) not in EXCEPTIONS:
        assert len(path.read_text().splitlines()) <= LONGEST_MODULE


def length(function: ast.FunctionDef) -> int:
    body = function.body
    if ast.get_docstring(function):
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_function_fits_on_a_screen(path):
    too_long = [
        f"{node.name}: {length(node)} lines"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and length(node) > LONGEST_FUNCTION
    ]
    assert not too_long


@pytest.mark.parametrize("name", ["utils", "helpers", "services", "managers"])
def test_no_module_is_named_after_nothing(name):
    ours = [
        path for path in modules() if "commands" not in path.parts
    ]  # a command is named by what one types
    assert not [path for path in ours if path.stem == name or name in path.relative_to(ROOT).parts[:-1]]


def test_public_acts_say_what_they_promise():
    """Every public function of the acts carries types and a docstring."""
    silent = []
    for module in (
        "handover",
        "deals",
        "suppression",
        "funnel",
        "undo",
        "capture",
        "routing",
        "scoring/scores",
        "scoring/sweeps",
        "activities",
    ):
        tree = ast.parse((ROOT / "leads" / f"{module}.py").read_text())
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None or node.returns is None:
                silent.append(f"{module}.{node.name}")
    assert not silent
