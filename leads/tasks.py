from celery import shared_task

from leads import scoring


@shared_task
def promote() -> int:
    """How many leads were qualified."""
    return scoring.promote()
