# The image of Hamawaz: the binary, the ClickHouse engine beside it, and the
# Chromium that prints the reports. One image runs every role:
#
#   docker build --build-arg VERSION="$(git describe --always --dirty)" -t hamawaz:dev .
#   docker run --rm -p 127.0.0.1:8080:8080 -v hamawaz:/var/lib/hamawaz hamawaz:dev up
#
# docker-compose.yml runs the roles apart, on a ClickHouse server and Redis.

FROM node:20-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json ./
# npm says nothing when an optional package does not arrive; the second command does.
RUN npm ci --ignore-scripts --no-audit --no-fund \
    && ls -l node_modules/@chdb/lib-linux-*/libchdb.so
COPY go.mod ./
COPY dashboard ./dashboard
RUN sh dashboard/assets.sh

FROM golang:1.26-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/dashboard/static/vendor ./dashboard/static/vendor
ARG VERSION=dev
RUN go build -buildvcs=false -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/hamawaz ./cmd/hamawaz

# The engine needs glibc, so no Alpine and no scratch here.
FROM debian:bookworm-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates chromium fonts-noto-core tini tzdata \
    && rm -rf /var/lib/apt/lists/*

# Chromium's own sandbox needs user namespaces or a setuid helper, and a
# container without privileges has neither. It prints only our own pages, so
# the container is its sandbox.
RUN echo 'export CHROMIUM_FLAGS="$CHROMIUM_FLAGS --no-sandbox"' > /etc/chromium.d/container

# The number is fixed, for the owners of volumes and secrets on the host.
RUN groupadd --gid 10001 hamawaz \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/hamawaz --create-home --shell /usr/sbin/nologin hamawaz

COPY --from=assets /src/node_modules/@chdb/lib-linux-*/libchdb.so /opt/hamawaz/
COPY --from=build /out/hamawaz /opt/hamawaz/hamawaz
RUN ln -s /opt/hamawaz/hamawaz /usr/local/bin/hamawaz

ARG VERSION=dev
LABEL org.opencontainers.image.title="Hamawaz" \
      org.opencontainers.image.description="Social media analytics for public offices" \
      org.opencontainers.image.version="${VERSION}"

# Written at run time: the data folder, a volume, and /tmp. All else may be
# read-only.
ENV HAMAWAZ_DATA=/var/lib/hamawaz \
    HAMAWAZ_LISTEN=0.0.0.0:8080 \
    HOME=/var/lib/hamawaz \
    XDG_CACHE_HOME=/tmp/.cache \
    XDG_CONFIG_HOME=/tmp/.config
WORKDIR /var/lib/hamawaz
VOLUME /var/lib/hamawaz
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=1m --timeout=30s --start-period=1m --retries=3 \
    CMD ["hamawaz", "doctor", "--quick"]

# tini collects what Chromium leaves behind and passes signals on.
ENTRYPOINT ["/usr/bin/tini", "--", "hamawaz"]
CMD ["up"]
