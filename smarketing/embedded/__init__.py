"""PostgreSQL and Redis as child processes, and the supervisor behind `manage.py up`; without Django."""
