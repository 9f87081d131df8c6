# Two images from one set of layers: `service` (API) and `worker`. How to run them: docs/how-to/run-in-containers.md

FROM debian:bookworm-slim AS tools
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && python3 -m venv /opt/tools \
 && python3 -m venv --without-pip /opt/eakte

# Anew only when the lock changes. Everything comes as a wheel whose hash the lock names: nothing is compiled.
FROM tools AS dependencies
COPY requirements.lock /build/
RUN /opt/tools/bin/python -m pip --python /opt/eakte/bin/python install --quiet --disable-pip-version-check \
    --no-cache-dir --no-compile --no-deps --require-hashes --only-binary=:all: --requirement /build/requirements.lock

FROM dependencies AS project
COPY pyproject.toml README.md /build/
COPY src /build/src
COPY ocr_pipeline /build/ocr_pipeline
COPY search /build/search
COPY migrations /build/migrations
RUN /opt/tools/bin/python -m pip --python /opt/eakte/bin/python install --quiet --disable-pip-version-check \
    --no-cache-dir --no-compile --no-deps --no-build-isolation --root /made --prefix /opt/eakte /build \
 && python3 -m compileall -q --invalidation-mode unchecked-hash -s /made /made \
 && find /made -exec touch --no-dereference --date=@0 {} +

# What only builds goes, and olefile's module for Python 2, which does not compile. Bytecode is made here (-f: pip leaves some of another form), since nobody can write it later.
FROM dependencies AS libraries
RUN /opt/tools/bin/python -m pip --python /opt/eakte/bin/python uninstall --quiet --yes \
    hatchling editables pathspec trove-classifiers \
 && rm /opt/eakte/lib/python3.11/site-packages/olefile/olefile2.py \
 && python3 -m compileall -q -f --invalidation-mode unchecked-hash /opt/eakte/lib \
 && find /opt/eakte -exec touch --no-dereference --date=@0 {} +

FROM debian:bookworm-slim AS eakte
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 tini tesseract-ocr tesseract-ocr-deu wngerman \
    fonts-liberation fonts-dejavu-core fonts-crosextra-carlito fonts-crosextra-caladea \
    libreoffice-writer-nogui libreoffice-calc-nogui \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 && echo 'eakte:x:10001:' >>/etc/group \
 && echo 'eakte:x:10001:10001::/var/lib/eakte:/usr/sbin/nologin' >>/etc/passwd \
 && install --directory --mode=700 --owner=10001 --group=10001 /var/lib/eakte
COPY --from=libraries /opt/eakte /opt/eakte
COPY --from=project /made /
ENV PATH=/opt/eakte/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 PYTHONUNBUFFERED=1 \
    EAKTE_HOME=/var/lib/eakte EAKTE_BIND=0.0.0.0:8000 EAKTE_LOG=json
USER 10001:10001
WORKDIR /var/lib/eakte
VOLUME /var/lib/eakte
STOPSIGNAL SIGTERM
# The first process of a container must reap what others leave: tini does, the interpreter does not. An API that was
# told to stop ends of SIGTERM (143) once all is put away, which is no failure.
ENTRYPOINT ["/usr/bin/tini", "-e", "143", "--", "eakte"]

FROM eakte AS worker
ENV EAKTE_WORKER_BIND=0.0.0.0:8001
EXPOSE 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python3", "-I", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['EAKTE_WORKER_BIND'].rpartition(':')[2]), timeout=4); c.request('GET', '/health/live'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["work"]

FROM eakte AS service
# As `eakte up` sets it: chunks of uploads would otherwise be mapped and unmapped one by one.
ENV MALLOC_MMAP_THRESHOLD_=67108864 MALLOC_TRIM_THRESHOLD_=268435456
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python3", "-I", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['EAKTE_BIND'].rpartition(':')[2]), timeout=4); c.request('GET', '/health/live'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["serve"]
