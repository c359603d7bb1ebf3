# The gateway as an image: `docker build -t akashchat-api .`
#
# slim, not alpine: the tokenizer has no wheel for musl.
ARG PYTHON=3.13


FROM python:${PYTHON}-slim AS build

WORKDIR /src
RUN python -m venv --without-pip /opt/akashchat
# The dependencies first: this layer stays while only the code changes.
# Each is the one that `make lock` wrote down, to the byte.
COPY requirements.lock requirements.build.lock ./
RUN pip --python /opt/akashchat/bin/python install --no-cache-dir --only-binary :all: --require-hashes \
      --requirement requirements.lock \
 && pip install --no-cache-dir --only-binary :all: --require-hashes --requirement requirements.build.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheel . \
 && pip --python /opt/akashchat/bin/python install --no-cache-dir --no-deps --no-index wheel/*.whl


FROM python:${PYTHON}-slim

LABEL org.opencontainers.image.title="akashchat-api" \
      org.opencontainers.image.description="The gateway that lets any OpenAI or Anthropic client use Akash's AI" \
      org.opencontainers.image.licenses="AGPL-3.0-only"

COPY --from=build /opt/akashchat /opt/akashchat

ENV PATH=/opt/akashchat/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SERVER_ADDRESS=0.0.0.0:16571 \
    AKASHCHAT_STORAGE_PATH=/var/lib/akashchat/akashchat.db

# Kept responses, the only thing that is ever written; without a volume they go with the container.
RUN install --directory --owner=65532 --group=65532 /var/lib/akashchat
VOLUME /var/lib/akashchat

# .env and akashchat.toml are read here, where one is mounted, and again at SIGHUP.
WORKDIR /etc/akashchat
USER 65532:65532
EXPOSE 16571
STOPSIGNAL SIGTERM

# -I: no variable of the container's changes how this runs.  No proxy: the question stays inside.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
  CMD ["python", "-Ic", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['SERVER_ADDRESS'].rpartition(':')[2] + '/health', timeout=4)"]

ENTRYPOINT ["akashchat"]
CMD ["serve"]
