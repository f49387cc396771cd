"""What a service answers when it cannot run."""


class Trouble(Exception):
    """A service cannot run. The text is for a person: what is wrong, where, and what cures it."""
