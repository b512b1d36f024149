# One image for site and workers. Give it a database and a volume:
#   docker run -p 8000:8000 -v runut:/data -e DATABASE_URL=postgresql://... -e RUNUT_BASE_URL=https://... runut
# Without DATABASE_URL it keeps an embedded PostgreSQL under /data.

FROM python:3.12-slim-bookworm AS build
WORKDIR /runut
RUN python -m venv .venv
COPY requirements.txt .
RUN .venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: --requirement requirements.txt \
 && cp requirements.txt .venv/installed-requirements.txt
COPY . .
RUN .venv/bin/python -m compileall -q app ocr workers

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --home-dir /data --create-home runut
COPY --from=build /runut /runut
USER runut
WORKDIR /data
ENV RUNUT_HOME=/data \
    PYTHONPATH=/runut \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["/runut/.venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["/runut/.venv/bin/python", "-m", "workers.cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
