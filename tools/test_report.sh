#!/usr/bin/env bash
# Tests reports in headless Chromium: sizes, both colour schemes, the pointer, printing.
#
#   tools/test_report.sh [PROGRAM [FOLDER]]   build/seqrl; screenshots and PDFs are kept in FOLDER, if given
#
# If Chromium is not installed, it says so and tests nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:-build/seqrl}")
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [[ -z $chromium ]]; then
  echo "report: skipped, chromium is not installed (tools/install-dependencies.sh --optional)"
  exit 0
fi
exec python3 tests/python/report_test.py "$program" "$chromium" ${2:+"$2"}
