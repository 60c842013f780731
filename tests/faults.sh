#!/usr/bin/env bash
# Faults that need a file system or a user of their own: a full disk, a read-only one, a folder of another user, a table
# that is cut while it is read. Wants root, or user namespaces: then it starts itself in one.
#
#     cargo build --release --examples && tests/faults.sh target/release/examples
set -euo pipefail
bin=$(realpath "${1:?the folder of the examples}")
if [ -z "${FAULTS_INSIDE:-}" ]; then
    user=--map-root-user
    if [ "$(id -u)" = 0 ]; then user=; fi
    exec env -u FMA_METADATA FAULTS_INSIDE=1 unshare --mount $user "$0" "$bin"
fi
work=$(mktemp -d)
trap 'umount "$work/disk" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
mkdir disk
failed=0
check() { # what, wanted exit code, wanted words on standard error, command...
    local what=$1 code=$2 words=$3 found=0
    shift 3
    "$@" >out.txt 2>err.txt || found=$?
    if [ "$found" = "$code" ] && { [ -z "$words" ] || grep -q -- "$words" err.txt; } && ! grep -q panicked err.txt; then
        printf 'ok      %s: %s\n' "$what" "$(grep -m1 -- "$words" err.txt)"
    else
        printf 'FAILED  %s: exit %s, wanted %s and "%s"\n' "$what" "$found" "$code" "$words"
        cat err.txt
        failed=1
    fi
}
sums() { (cd disk/out && sha256sum model.safetensors report.json history.csv checkpoint.safetensors); }
train() { "$bin/fma_cnn" --tracks 400 --epochs 1 --features mfcc --quiet --out disk/out "$@"; }

# A full disk: the larger model's checkpoint does not fit, and that of the smaller one stays as it is. The run goes on.
mount -t tmpfs -o size=512k tmpfs disk
check 'room enough' 0 '' train --model softmax
sums >before.txt
check 'disk full, checkpoint' 2 'checkpoint.safetensors: found No space left' train --model mlp4
if diff <(sums | grep checkpoint) <(grep checkpoint before.txt); then
    echo 'ok      the earlier checkpoint is unharmed'
else
    echo 'FAILED  earlier checkpoint'
    failed=1
fi
sums >before.txt
check 'disk full, model' 2 'model.safetensors: found No space left' train --model genre-cnn --checkpoint-every 0
head -c 1M /dev/zero >disk/fill 2>/dev/null || true
check 'disk full, onnx' 2 'g.onnx: found No space left' "$bin/export_onnx" --model disk/out/model.safetensors --out disk/g.onnx
rm disk/fill
# The history is that of the last run, epoch by epoch; all else is as the run left it that had room enough.
if diff <(sums | grep -v history.csv) <(grep -v history.csv before.txt) && [ -z "$(find disk -name '*.tmp' -o -name g.onnx)" ]; then
    echo 'ok      earlier results are unharmed, and nothing half-written is left'
else
    echo 'FAILED  earlier results'
    failed=1
fi

# A read-only disk.
mount -o remount,ro disk
check 'read-only disk' 2 'Read-only file system' train --model softmax
umount disk

# A folder of another user, for a user whom permissions bind.
if command -v setpriv >/dev/null && setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
    mkdir -m 755 theirs && chmod 755 "$work"
    check 'unwritable folder' 2 'Permission denied' \
        setpriv --reuid 65534 --clear-groups "$bin/fma_cnn" --tracks 100 --epochs 1 --model softmax --quiet --out theirs/out
else
    echo 'SKIPPED unwritable folder: no second user here'
fi

# A table that is cut while it is read; and memory that does not grow with the table.
"$bin/fma_cnn" --tracks 400 --epochs 1 --model softmax --quiet --out model >/dev/null
python3 - <<'PYTHON'
import csv, json, struct
head = open("model/model.safetensors", "rb").read()
text = json.loads(json.loads(head[8:8 + struct.unpack("<Q", head[:8])[0]])["__metadata__"]["tonegrad"])
columns = text["features"]
with open("head.csv", "w") as out:
    for first, key in (("feature", "feature"), ("statistics", "statistic"), ("number", "number")):
        out.write(",".join([first] + [c[key] for c in columns]) + "\n")
    out.write("track_id" + "," * len(columns) + "\n")
row = ",".join("%.10e" % (0.1 * (i % 7) + 1e-3) for i in range(len(columns)))
for name, rows in (("small.csv", 4000), ("large.csv", 40000)):
    with open(name, "w") as out:
        out.write(open("head.csv").read())
        for i in range(rows):
            out.write("%d,%s\n" % (i + 1, row))
PYTHON
predict() { "$bin/predict" --model model/model.safetensors --data "$@" --format csv; }
check 'broken pipe' 0 '' sh -c "'$bin/predict' --model model/model.safetensors --data large.csv --format csv | head -n 3 >/dev/null"
for table in small large; do
    "$bin/predict" --model model/model.safetensors --data $table.csv --format csv >/dev/null 2>&1 &
    pid=$! peak=0
    while now=$(awk '/VmHWM/ {print $2}' /proc/$pid/status 2>/dev/null) && [ -n "$now" ]; do peak=$now; sleep 0.02; done
    wait $pid
    printf '        %s.csv of %s MB: %s MB at most\n' $table $(($(stat -c %s $table.csv) / 1000000)) $((peak / 1000))
    eval "peak_$table=$peak"
done
if [ "$peak_large" -lt $((peak_small * 3 / 2)) ]; then echo 'ok      memory does not grow with the table'; else echo 'FAILED  memory grows'; failed=1; fi
cut_it() { predict large.csv & sleep 0.3; truncate -s 100M large.csv; wait $!; }
check 'table cut while it is read' 2 'changed while it was read\|cut short' cut_it
exit $failed
