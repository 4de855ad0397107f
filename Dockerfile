# Fieldcast as an image: built with Debian 12's packages, run as nobody in particular on a read-only root.
#   docker build -t fieldcast .
FROM debian:12 AS build
WORKDIR /src
COPY scripts/setup scripts/environment.sh scripts/
RUN apt-get update && scripts/setup build
COPY . .
RUN bash -c 'source scripts/environment.sh && \
    cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DFIELDCAST_TESTS=OFF && \
    ninja -C build/release fieldcast && strip build/release/fieldcast && install_npm_packages && build_web'

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates libfmt9 libhiredis0.14 libpq5 libpqxx-6.4 libprometheus-cpp-core1.0 libsimdjson14 libspdlog1.10 \
      libsqlite3-0 libssl3 libtomlplusplus3 zlib1g && \
    apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/debconf/* && \
    groupadd --gid 10001 fieldcast && \
    useradd --no-log-init --uid 10001 --gid 10001 --home-dir /var/lib/fieldcast --create-home fieldcast
COPY --from=build /src/build/release/fieldcast /usr/local/bin/fieldcast
COPY --from=build /src/web/dist /usr/local/share/fieldcast/web
USER 10001:10001
WORKDIR /var/lib/fieldcast
VOLUME /var/lib/fieldcast
EXPOSE 8080
ENV FIELDCAST_SERVER_WEB_ROOT=/usr/local/share/fieldcast/web \
    FIELDCAST_STORE_SQLITE_FILE=/var/lib/fieldcast/fieldcast.db \
    FIELDCAST_ACCESS_SECRET_FILE=/run/secrets/fieldcast_signing_key
# bash's /dev/tcp: the image holds no curl.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '200 OK' <&3"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["fieldcast"]
CMD ["serve"]
