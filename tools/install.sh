#!/bin/sh
# install.sh LOCKFILE [PYTHON]: makes .venv with the newest Python that fits and installs the lock file into it.
set -eu
lock=$1
python=${2:-}
if [ -z "$python" ]; then
    for candidate in python3.14 python3.13 python3.12 python3.11 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
fi
if [ ! -x .venv/bin/python ]; then
    if [ -z "$python" ]; then
        echo "Moonlit needs Python 3.11 to 3.14 with venv (Debian: apt install python3-venv); name one with PYTHON=/path/to/python3." >&2
        exit 1
    fi
    echo "[install] $("$python" --version) -> .venv"
    "$python" -m venv .venv
fi
echo "[install] $lock"
# Hashes are checked for every file; one binary wheel each, so that nothing is compiled here.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$lock"
