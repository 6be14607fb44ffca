#!/bin/sh
# Installs the pinned emulator into its own virtual environment, once; prints the path of its program.
# LOCKKEEPER_CACHE moves the environment elsewhere. Needs python3 with venv, and PyPI the first time.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=${LOCKKEEPER_CACHE:-$HOME/.cache/lockkeeper}/emulator
if ! cmp -s "$here/requirements.txt" "$home/installed.txt"; then
    rm -rf "$home"
    python3 -m venv "$home" >&2
    "$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
    # Last, so that an interrupted installation is done again.
    cp "$here/requirements.txt" "$home/installed.txt"
fi
echo "$home/bin/ministack"
