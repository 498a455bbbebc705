#!/bin/sh
# Compiles the lock files for Python 3.11 to 3.14, Linux and macOS, both architectures, without addresses of any index.
set -eu
for name in requirements requirements-test; do
    uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" --quiet --output-file "$name.lock" "$name.in"
done
