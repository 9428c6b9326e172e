# The service image: one binary, no shell, no package manager, not root.
#
# Works with the classic builder as well as with BuildKit, hence neither a syntax line nor cache mounts. Migrations are
# compiled into the binary; configuration comes in by environment and mounted files.
FROM rust:1-slim-bookworm AS build
# TLS and SQLite are C and are compiled in, so that the last stage needs no library but C's own.
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# What `/version` says: `--build-arg PFO_COMMIT=$(git rev-parse HEAD)`.
ARG PFO_COMMIT
RUN cargo build --release --locked --package pangeo-forge-orchestrator --features otlp --bin pfo \
 && target/release/pfo --help >/dev/null

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build --chown=root:root /build/target/release/pfo /usr/local/bin/pfo
# The base image's own user, by number, so that a cluster can see that it is not root.
USER 65532:65532
# A relative SQLite path ends here: mount a volume, or the data goes with the container.
WORKDIR /home/nonroot
ENTRYPOINT ["/usr/local/bin/pfo"]
CMD ["serve"]
