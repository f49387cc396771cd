"""What a rule may not be, said with the clause at fault."""

from __future__ import annotations

DEEPEST = 6  # groups within groups, `not` counted as one
MOST_CLAUSES = 40
MOST_VALUES = 100  # of one clause
LONGEST = 200  # characters of one value
LARGEST = 16_000  # characters of a rule as text

Path = tuple[str | int, ...]


class RuleFault(ValueError):
    """A rule that cannot stand: `path` leads to the clause at fault ("all", 1, "not"), `sentence` says what to mend.

    As a text it is the sentence, headed by the number of the clause where the rule has several.
    """

    def __init__(self, path: Path, sentence: str, *, number: int = 0) -> None:
        super().__init__(f"Clause {number}: {sentence}" if number else sentence)
        self.path, self.sentence, self.number = path, sentence, number

    @property
    def at(self) -> str:
        """The path as one text, such as "all.1.not"; empty for the rule as a whole."""
        return ".".join(map(str, self.path))
