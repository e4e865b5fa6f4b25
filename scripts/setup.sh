#!/bin/sh
# Finds a Python and hands over to setup.py, which does the work.
set -eu
cd "$(dirname "$0")/.."

for python in .venv/bin/python python3.13 python3.12 python3.11 python3; do
    if "$python" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" -I scripts/setup.py
    fi
done

echo 'Delta CI needs Python 3.11 or newer: none of python3.13, python3.12, python3.11 and' >&2
echo 'python3 is one. Install it (Debian: apt-get install python3 python3-venv) and try again.' >&2
exit 1
