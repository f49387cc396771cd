from django.db.models import CharField, Func


class FoldedEmail(Func):
    """An address as near-twins share it: without dots and without what follows a plus. `identity.fold_email` in SQL.

    For comparison only: whether two of them are one person is for a person to judge.
    """

    template = (
        "(replace(split_part(split_part(%(expressions)s, '@', 1), '+', 1), '.', '') "
        "|| '@' || split_part(%(expressions)s, '@', 2))"
    )
    arity = 1
    output_field = CharField()
