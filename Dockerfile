# syntax=docker/dockerfile:1
# One image for the three binaries: docker run IMAGE atelier-api | atelier-worker | atelier-admin
# Linted (`make lint-container`), but never built so far. Needs BuildKit, for the cache mounts.
FROM rust:1-bookworm AS build
# The toolchain that the image has, not another one for rust-toolchain.toml.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
WORKDIR /app
COPY . .
# Crates and what was compiled of them are kept between builds: a change of our code compiles our crates alone.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/app/target,sharing=locked \
    make release && install -D -t /out dist/atelier-api dist/atelier-worker dist/atelier-admin

FROM debian:bookworm-slim
# The certificates decide which mail server and which S3 server is believed: the newest are the right ones.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /app atelier && install -d -o atelier /app /app/data /backups
COPY --from=build /out/ /usr/local/bin/
WORKDIR /app
# By number, so that an orchestrator can see that it is not root.
USER 10001
ENV HOST=0.0.0.0 DATA_DIR=/app/data
VOLUME /app/data
EXPOSE 8000
# SIGTERM begins the drain of at most 25 seconds: give it 40 before SIGKILL.
CMD ["atelier-api"]
