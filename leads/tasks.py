from celery import shared_task
from django.utils.timezone import now

from leads import nurture, scoring
from leads.prediction import assessing, nightly


@shared_task
def sweep_nurture() -> int:
    """How many returned leads marketing is told of today."""
    return nurture.sweep(now())


@shared_task
def sweep_scores() -> int:
    """How many leads were qualified."""
    return scoring.sweep()


@shared_task
def catch_up_scores() -> int:
    """How many scores other rules changed."""
    return scoring.catch_up()


@shared_task
def decay_scores() -> int:
    """How many scores the night changed; fails where a score is not the sum of its log."""
    changed = scoring.decay()
    if astray := scoring.astray():
        raise AssertionError(f"Scores that are not the sum of their log, of leads {astray}")
    return changed


@shared_task(soft_time_limit=840, time_limit=900)
def learn() -> int:
    """How many hand-overs the training of the night learned from; 0 where it was done already."""
    model = nightly.learn_if_due(now())
    return model.outcomes if model else 0


@shared_task
def assess() -> int:
    """How many leads that were just handed over got their probability."""
    return assessing.follow(now())
