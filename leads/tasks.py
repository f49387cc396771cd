from celery import shared_task

from leads import scoring


@shared_task
def promote() -> None:
    scoring.promote()
