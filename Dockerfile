# LedgerMind as one image: every program is a word after `ledgermind`. Build with another PYTHON_IMAGE where this one is
# not to be had; it needs Python 3.11 with venv, on Debian.
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# The compiler stays in this stage: it builds scorer/model/bit_vectors.c.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock ./
RUN python3 -m venv /app/.venv \
 && .venv/bin/pip install --quiet --no-cache-dir uv==0.13.9 \
 && UV_SYSTEM_CERTS=true .venv/bin/uv pip install --quiet --python .venv/bin/python --no-cache --require-hashes -r requirements.lock
COPY pyproject.toml setup.py README.md LICENSE NOTICE ./
COPY schemas schemas
COPY rules rules
COPY scorer scorer
COPY streams streams
COPY trainer trainer
COPY warehouse warehouse
COPY ops ops
COPY ledgermind ledgermind
# Bytecode stays in the image: whoever runs it may not write there, and would compile every module at each start.
RUN .venv/bin/pip install --quiet --no-cache-dir "setuptools>=77" \
 && .venv/bin/pip install --quiet --no-cache-dir --no-deps --no-build-isolation -e . \
 && .venv/bin/pip uninstall --quiet --yes uv \
 && .venv/bin/python -m compileall -q -j 0 -x '/tests?/' /app

FROM ${PYTHON_IMAGE}
RUN ldconfig -p | grep -q libgomp.so.1 \
 || (apt-get update -qq && apt-get install -y -qq --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*)
RUN useradd --uid 10001 --create-home --home-dir /var/lib/ledgermind ledgermind \
 && install -d -o ledgermind /var/lib/ledgermind/registry /var/lib/ledgermind/dbt \
 && install -d -o nobody /etc/alertmanager
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_WAIT_POLICY=passive \
    LEDGERMIND_REGISTRY=/var/lib/ledgermind/registry
USER ledgermind
WORKDIR /var/lib/ledgermind
VOLUME /var/lib/ledgermind/registry
EXPOSE 6060 6066
ENTRYPOINT ["ledgermind"]
CMD ["doctor"]
