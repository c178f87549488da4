#!/usr/bin/env bash
# Holds the synthesized templates to what CloudFormation takes, which neither the CDK nor the local cloud knows of.
# cfn-lint comes from PyPI into a virtual environment of its own; .cfnlintrc says what it leaves out.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=1.58.0
VENV=.build/cfn-lint

make_venv() { rm -rf "$VENV" && python3 -m venv "$VENV"; }

if [ "$("$VENV/bin/cfn-lint" --version 2>/dev/null)" != "cfn-lint $VERSION" ]; then
  if ! make_venv; then
    # Debian's python3 cannot make one before python3-venv is there.
    [ "$(id -u)" = 0 ] || { echo 'cfn-lint needs python3 with venv: apt-get install python3-venv' >&2; exit 1; }
    apt-get update -qq && apt-get install -qq -y --no-install-recommends python3-venv
    make_venv
  fi
  "$VENV/bin/pip" install --quiet --disable-pip-version-check "cfn-lint==$VERSION"
fi
# What `cdk synth` left, and the variants of `npm run nag`.
shopt -s nullglob
"$VENV/bin/cfn-lint" cdk.out/Waybill.template.json .build/nag/*/cdk.out/Waybill.template.json
echo 'cfn-lint: no error and no warning'
