FROM python:3.13-slim AS build
WORKDIR /src
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
COPY pyproject.toml requirements.lock ./
# The lock also holds the tools of development. What the service runs on is picked from it, with its pins and hashes;
# the last line fails if anything came in that the lock does not hold.
RUN cp requirements.lock service.lock \
 && uv pip compile pyproject.toml --extra exports --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
      --quiet --output-file service.lock \
 && ! grep --line-regexp --invert-match --fixed-strings --file=requirements.lock service.lock
RUN python -m venv --without-pip /opt/shiftline \
 && uv pip sync --no-cache --python /opt/shiftline/bin/python --require-hashes service.lock
COPY README.md LICENSE alembic.ini ./
COPY surveys surveys
COPY migrations migrations
COPY app app
RUN uv build --wheel --out-dir dist \
 && uv pip install --no-cache --python /opt/shiftline/bin/python --no-deps dist/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/shiftline shiftline
COPY --from=build /opt/shiftline /opt/shiftline
ENV PATH=/opt/shiftline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SHIFTLINE_HOST=0.0.0.0 \
    SHIFTLINE_PORT=8000 \
    SHIFTLINE_VAR=/var/lib/shiftline
USER shiftline
WORKDIR /var/lib/shiftline
# Without DATABASE_URL the embedded PostgreSQL and the vault's keys live here: keep this volume, and back it up.
VOLUME /var/lib/shiftline
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"SHIFTLINE_PORT\"]}/health', timeout=4)"]
CMD ["shiftline", "serve"]
