#!/bin/sh
# Runs the emulator on loopback in the foreground; the port is the first argument (4566 without one). It keeps nothing.
# Ready when GET /_ministack/health answers; POST /_ministack/reset forgets everything.
set -eu
program=$("$(dirname "$0")/install.sh")
BIND_HOST=127.0.0.1 GATEWAY_PORT=${1:-4566} LOG_LEVEL=${LOG_LEVEL:-WARNING} exec "$program"
