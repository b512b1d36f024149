# One image for the site, the workers and the migrations. The command decides:
#   serve --host 0.0.0.0 --port 8000 --workers 0    a site (the default command has a worker beside it)
#   work --workers 2                                workers alone
#   migrate                                         bring the database to the newest schema and end
# It needs no network of its own: everything is in it. DATABASE_URL, RUNUT_S3_... and the others of docs/configuration.md
# say where database and photographs are; without them both are kept under /data.

FROM python:3.12.11-slim-bookworm AS build
WORKDIR /runut
RUN python -m venv .venv
COPY requirements.txt .
RUN .venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: --requirement requirements.txt
COPY . .
# Files keep the modes of the folder that the image is built from; another user must be able to read them.
RUN .venv/bin/python -m compileall -q app ocr workers migrations \
 && chmod -R a+rX,go-w /runut

FROM python:3.12.11-slim-bookworm
# An entry in the password file: initdb of the embedded PostgreSQL asks for one. Numbers, so that Kubernetes can see
# that it is not root.
RUN useradd --uid 10001 --user-group --home-dir /data --create-home --shell /usr/sbin/nologin runut
COPY --from=build /runut /runut
USER 10001:10001
WORKDIR /data
ENV RUNUT_HOME=/data \
    PYTHONPATH=/runut \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
# For a site. Workers have no port: switch it off for them (compose.yaml does).
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["/runut/.venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["/runut/.venv/bin/python", "-m", "workers.cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
