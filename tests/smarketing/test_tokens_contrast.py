"""The colours of tokens.css hold what UX promises: readable text, visible borders, stages apart for every eye."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = Path(settings.BASE_DIR) / "smarketing" / "static" / "css" / "tokens.css"
COMPONENTS = TOKENS.with_name("components.css")
PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\);")
COLOURS = {name: {"light": light, "dark": dark} for name, light, dark in PAIR.findall(TOKENS.read_text())}
THEMES = ("light", "dark")

STAGES = ["visitor", "mql", "sal", "sql", "customer", "nurturing", "disqualified"]
TEXT = {
    "ink": ["bg", "surface", "surface-2", "hover", "active"],
    "ink-2": ["bg", "surface", "hover", "active", "accent-soft"],
    "ink-3": ["bg", "surface", "surface-2", "hover", "active", "accent-soft"],
    "accent": ["surface", "bg", "accent-soft", "hover"],
    "ok": ["surface", "ok-soft", "hover"],
    "warn": ["surface", "warn-soft", "hover"],
    "bad": ["surface", "bad-soft", "hover"],
    "marketing": ["marketing-soft", "surface"],
    "sales": ["sales-soft", "surface"],
    "on-primary": ["primary", "primary-hover"],
    "on-accent": ["accent-fill"],
    "on-danger": ["danger", "danger-hover"],
}
GRAPHICS = {
    "line-control": ["surface", "bg"],
    **{f"{tone}-fill": ["surface"] for tone in ("ok", "warn", "bad", "accent")},
    **{f"stage-{stage}": ["surface", "bg"] for stage in STAGES},
}
# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: str) -> list[float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: list[float]) -> tuple[float, float, float]:
    def f(t: float) -> float:
        return t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116

    to_xyz = ((0.4124, 0.3576, 0.1805, 0.9505), (0.2126, 0.7152, 0.0722, 1), (0.0193, 0.1192, 0.9505, 1.089))
    x, y, z = (f(max(r * rgb[0] + g * rgb[1] + b * rgb[2], 0) / white) for r, g, b, white in to_xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, vision: str) -> float:
    def seen(colour: str) -> tuple[float, float, float]:
        rgb = linear(colour)
        return lab(
            [min(1, max(0, sum(w * c for w, c in zip(row, rgb, strict=True)))) for row in VISION[vision]]
        )

    return sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (GRAPHICS, 3)], ids=["text", "graphics"])
def test_every_pair_can_be_told_apart_by_a_weak_eye(theme, pairs, least):
    measured = {
        f"{front} on {ground}": round(contrast(COLOURS[front][theme], COLOURS[ground][theme]), 2)
        for front, grounds in pairs.items()
        for ground in grounds
    }

    assert {pair: ratio for pair, ratio in measured.items() if ratio < least} == {}


@pytest.mark.parametrize("theme", [0, 1], ids=THEMES)
def test_initials_can_be_read_on_every_avatar(theme):
    two = r"light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\)"
    avatars = re.findall(rf"\.avatar-\d {{ background: {two}; color: {two}; }}", COMPONENTS.read_text())

    assert len(avatars) == 6
    assert min(contrast(avatar[theme], avatar[2 + theme]) for avatar in avatars) >= 4.5


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(("theme", "least"), [("light", 20), ("dark", 15)])
def test_no_two_stages_look_alike_to_any_kind_of_vision(theme, least, vision):
    names = [f"stage-{stage}" for stage in STAGES]
    apart = {
        (a, b): distance(COLOURS[a][theme], COLOURS[b][theme], vision) for a, b in combinations(names, 2)
    }
    close = {pair: far for pair, far in apart.items() if round(far) < least}

    assert close == {}


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES)
def test_the_two_teams_look_different_to_any_kind_of_vision(theme, vision):
    assert distance(COLOURS["marketing"][theme], COLOURS["sales"][theme], vision) >= 30
