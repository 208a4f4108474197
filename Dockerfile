# newsqa on the CPU: the page and the API on port 7860, as a user without rights, on a read-only root file system.
# docs/deploy.md says how to run it.
FROM python:3.11.14-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/newsqa
COPY constraints.txt requirements.lock pyproject.toml README.md LICENSE ./
# The build of torch without CUDA comes from its own index, without a hash; everything else, from the usual one, in the
# tested versions and with the hashes of requirements.lock.
RUN /opt/newsqa/bin/pip install --no-deps --index-url https://download.pytorch.org/whl/cpu torch==2.13.0
RUN /opt/newsqa/bin/pip install --no-deps --require-hashes -r requirements.lock
COPY src ./src
RUN PIP_BUILD_CONSTRAINT=constraints.txt /opt/newsqa/bin/pip install --no-deps . && /opt/newsqa/bin/pip check

FROM python:3.11.14-slim-bookworm

RUN groupadd --system --gid 10001 newsqa \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin newsqa \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/newsqa /opt/newsqa

ENV PATH=/opt/newsqa/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GRADIO_TEMP_DIR=/tmp/gradio \
    NEWSQA_HOME=/data/index \
    NEWSQA_HOST=0.0.0.0
USER 10001:10001
WORKDIR /tmp
VOLUME ["/data"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/v1/ready', timeout=4)"]
CMD ["newsqa", "serve"]
