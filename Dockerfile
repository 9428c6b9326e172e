# The service image: one static program, no shell, no package manager, not root (docs/adr/0019).
#
#   docker build --build-arg PFO_COMMIT="$(git rev-parse HEAD)" --tag pangeo-forge/service .
#
# Works with the classic builder as well as with BuildKit, hence neither a syntax line nor mounts.

FROM rust:1-slim-bookworm AS base
# TLS and SQLite are C and are compiled in.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# Everything that cargo reads. It wants the manifest and the targets of every package of the workspace, also of those that it does not
# build.
FROM base AS sources
COPY Cargo.toml Cargo.lock ./
COPY runner-action runner-action
COPY service service
COPY tests tests
COPY xtask xtask

# The same tree with nothing in it but manifests and empty targets. It is found and not listed, so that a new package needs no line
# here. What is copied out of this stage is compared by content: as long as no manifest changes, the next stage is not built again.
FROM base AS manifests
COPY --from=sources /build /sources
RUN cd /sources \
 && find . \( -name Cargo.toml -o -name Cargo.lock \) -exec cp --parents {} /build \; \
 && find . \( -path '*/src/main.rs' -o -path '*/src/lib.rs' -o -path '*/src/bin/*.rs' -o -path '*/it/main.rs' \) \
    | while read -r target; do mkdir -p "/build/${target%/*}" && echo 'fn main() {}' > "/build/$target"; done

FROM base AS dependencies
COPY --from=manifests /build ./
# Named, although it is the machine's own: then the flag holds for the program alone, and what cargo loads into the compiler stays
# dynamic.
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" \
      --package pangeo-forge-orchestrator --features otlp --lib

# Over the empty targets comes what the program is made of; of the other packages they stay, so that a new test builds nothing again.
FROM dependencies AS build
COPY docs docs
COPY migrations migrations
COPY runner-action runner-action
COPY service service
# What `/version` says.
ARG PFO_COMMIT
# Cargo goes by times, and the empty targets are younger than the sources.
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
 && cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" \
      --package pangeo-forge-orchestrator --features otlp --bin pfo \
 && mkdir -p /image/usr/local/bin \
 && cp "target/$(uname -m)-unknown-linux-gnu/release/pfo" /image/usr/local/bin/pfo \
 && /image/usr/local/bin/pfo --help > /dev/null

# What lies around the program. Of `secrets/` only what SOPS has encrypted is taken: a checkout may also hold what somebody has decrypted.
FROM base AS surroundings
COPY bakeries /image/etc/pangeo-forge/bakeries
COPY secrets /secrets
RUN mkdir -p /image/etc/pangeo-forge/secrets /image/etc/ssl/certs /owned/data \
 && for file in /secrets/*.yaml; do \
      if grep -qs '^sops:' "$file"; then cp "$file" /image/etc/pangeo-forge/secrets/; fi; \
    done \
 && chmod -R a+rX /image \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && echo 'pangeo-forge:x:65532:65532::/data:/nonexistent' > /image/etc/passwd \
 && echo 'pangeo-forge:x:65532:' > /image/etc/group \
 && echo 'hosts: files dns' > /image/etc/nsswitch.conf

FROM scratch
COPY --from=surroundings /image /
COPY --from=surroundings --chown=65532:65532 /owned /
COPY --from=build /image /
ARG PFO_COMMIT
LABEL org.opencontainers.image.title="pangeo-forge-orchestrator" \
      org.opencontainers.image.description="The GitHub App that turns a pull request with a data recipe into a published dataset" \
      org.opencontainers.image.source="https://github.com/pangeo-forge/pangeo-forge-orchestrator" \
      org.opencontainers.image.revision="$PFO_COMMIT" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Pangeo Forge"
ENV PFO_CONFIG_DIR=/etc/pangeo-forge
# By number, so that a cluster can see that it is not root.
USER 65532:65532
# The only place where the service may write: a relative SQLite path ends here. Mount a volume, or the data goes with the container.
WORKDIR /data
EXPOSE 8000
ENTRYPOINT ["/usr/local/bin/pfo"]
CMD ["serve"]
