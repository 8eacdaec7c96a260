# One image for the three binaries: docker run IMAGE atelier-api | atelier-worker | atelier-admin
FROM rust:1-bookworm AS build
WORKDIR /app
COPY . .
RUN cargo build --release --locked -p atelier-api -p atelier-worker -p atelier-admin

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /app atelier && install -d -o atelier /app/data
COPY --from=build /app/target/release/atelier-api /app/target/release/atelier-worker /app/target/release/atelier-admin /usr/local/bin/
WORKDIR /app
USER atelier
ENV HOST=0.0.0.0 DATA_DIR=/app/data
VOLUME /app/data
EXPOSE 8000
CMD ["atelier-api"]
