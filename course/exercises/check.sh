#!/usr/bin/env bash
# Every solution passes its test, and every exercise, not done yet, fails it.
set -euo pipefail
cd "$(dirname "$0")"

verdicts() { sed -n 's/^test .*\(exercise_[a-z0-9_]*\).* \.\.\. \(ok\|FAILED\)$/\1 \2/p' | sort; }

solved=$(cargo test --locked --features solutions --test exercises 2>&1) || { echo "$solved"; exit 1; }
undone=$(cargo test --locked --test exercises 2>&1) && { echo "$undone"; echo "no exercise fails"; exit 1; }
wanted=$(verdicts <<< "$solved" | sed 's/ ok$/ FAILED/')
found=$(verdicts <<< "$undone")
test -n "$wanted" || { echo "$solved"; echo "no exercise was found"; exit 1; }
diff <(echo "$wanted") <(echo "$found") || { echo "wanted: every exercise fails until it is done (>: what happened)"; exit 1; }
echo "$(wc -l <<< "$found") exercises: all solutions pass, and each fails until it is done"
