#!/usr/bin/env bash
# Faults that need a file system, a user or processes of their own: a full disk, a read-only one, a folder of another user, a
# table that is cut while it is read, programs that race for one folder. Wants root, or user namespaces: then it starts
# itself in one.
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
train() { "$bin/fma_cnn" --data synthetic --tracks 400 --epochs 1 --features mfcc --quiet --out disk/out "$@"; }

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
        setpriv --reuid 65534 --clear-groups "$bin/fma_cnn" --data synthetic --tracks 100 --epochs 1 --model softmax --quiet --out theirs/out
else
    echo 'SKIPPED unwritable folder: no second user here'
fi

# A table that is cut while it is read; and memory that does not grow with the table.
"$bin/fma_cnn" --data synthetic --tracks 400 --epochs 1 --model softmax --quiet --out model >/dev/null
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

# Memory follows the rows that are there, not the product of columns and tracks: here 3 of 32 GB.
mkdir wide
python3 - <<'PYTHON'
columns = range(20000)
with open("wide/features.csv", "w") as out:
    for first, cell in (("feature", "f"), ("statistics", "mean"), ("number", None), ("track_id", "")):
        out.write(",".join([first] + ["%05d" % i if cell is None else cell for i in columns]) + "\n")
    for track in range(3):
        out.write(str(track) + ",1" * len(columns) + "\n")
with open("wide/tracks.csv", "w") as out:
    out.write(",track\n,genre_top\ntrack_id,\n")
    for track in range(400000):
        out.write("%d,%s\n" % (track, ("Folk", "Rock")[track % 2]))
PYTHON
check '20,000 columns, 400,000 tracks' 2 'an empty validation part of 3 rows' \
    bash -c "ulimit -v 3000000; exec '$bin/fma_cnn' --data wide --model softmax --quiet --out wide/out"

# Two programs that want one folder: one gets it, the other is told, and what is left is of one run.
lost=0 refused=0
for pair in $(seq 1 12); do
    for seed in 1 2; do
        "$bin/fma_cnn" --data synthetic --tracks 100 --epochs 2 --model softmax --quiet --seed "$seed" --out race >/dev/null 2>race.$seed.txt &
        eval "pid_$seed=$!"
    done
    codes=
    for pid in $pid_1 $pid_2; do code=0; wait "$pid" || code=$?; codes="$codes$code"; done
    case $codes in 00 | 02 | 20) ;; *) lost=$((lost + 1)) ;; esac
    if grep -qh 'another program that writes into this folder' race.[12].txt; then refused=$((refused + 1)); fi
    python3 - <<'PYTHON' || lost=$((lost + 1))
import json, struct
head = open("race/model.safetensors", "rb").read()
text = json.loads(json.loads(head[8:8 + struct.unpack("<Q", head[:8])[0]])["__metadata__"]["tonegrad"])
assert text["provenance"]["seed"] == json.load(open("race/report.json"))["seed"]
PYTHON
done
if [ $lost = 0 ] && [ $refused -gt 0 ]; then
    echo "ok      12 pairs in one folder: $refused times one was refused, and model and report are of one run"
else
    echo "FAILED  12 pairs in one folder: $lost lost, $refused refused"
    failed=1
fi

# Two containers have the same process ids, and write one file. (Two threads: `cargo test --lib files`.)
if unshare --pid --fork true 2>/dev/null; then
    "$bin/export_onnx" --model model/model.safetensors --out whole.onnx >/dev/null
    many="for i in \$(seq 40); do '$bin/export_onnx' --model model/model.safetensors --out shared/g.onnx || exit 1; done"
    unshare --pid --fork sh -c "$many" >/dev/null 2>one.txt &
    pid=$! bad=0
    unshare --pid --fork sh -c "$many" >/dev/null 2>other.txt || bad=1
    wait $pid || bad=1
    if [ $bad = 0 ] && cmp -s whole.onnx shared/g.onnx && [ "$(ls -A shared)" = g.onnx ]; then
        echo 'ok      80 writes of one file from two PID namespaces: whole, and nothing else is left'
    else
        echo 'FAILED  writes from two PID namespaces'
        cat one.txt other.txt
        failed=1
    fi
else
    echo 'SKIPPED writes from two PID namespaces: they are not allowed here'
fi

# A hangup reaches a program, unless nohup started it.
hang_up() { # a command that goes on for a while
    : >err.txt
    "$@" --data synthetic --tracks 400 --features mfcc --model cnn-a --epochs 12 --patience 0 --out hup >out.txt 2>err.txt &
    local pid=$!
    until grep -q '^epoch   1/' err.txt; do
        kill -0 $pid || return 1
        sleep 0.05
    done
    kill -HUP $pid
    wait $pid
}
for how in '' nohup; do
    wanted=$([ -n "$how" ] && echo 'all epochs done' || echo interrupted)
    if hang_up $how "$bin/fma_cnn" && grep -q "$wanted" err.txt; then
        echo "ok      hangup ${how:-without nohup}: $(tail -n 1 err.txt)"
    else
        echo "FAILED  hangup ${how:-without nohup}, wanted $wanted"
        cat err.txt
        failed=1
    fi
done

# A limit of the size of files. What there is room for is written.
limited() { (ulimit -f "$1" && shift && "$@"); }
check 'ulimit -f, training' 2 'model.safetensors: found File too large' \
    limited 8 "$bin/fma_cnn" --data synthetic --tracks 100 --epochs 1 --model mlp3 --quiet --out limited
check 'ulimit -f, output' 2 'standard output: found File too large' \
    limited 8 "$bin/predict" --model model/model.safetensors --data small.csv
check 'ulimit -s' 0 '' sh -c "ulimit -s 16; exec env -i '$bin/fma_cnn' --data synthetic --tracks 100 --epochs 1 --model softmax --quiet --out limited"

# Threads that cannot start: for a user whom limits bind.
if command -v setpriv >/dev/null && setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
    chmod 755 "$work" && chmod -R a+rX model small.csv
    check 'no threads' 2 'RAYON_NUM_THREADS: found \|--threads: found ' \
        setpriv --reuid 65534 --clear-groups bash -c "ulimit -u 1; exec '$bin/predict' --model model/model.safetensors --data small.csv"
fi

# A file of somebody else's in a sticky folder cannot be replaced: said before training.
if command -v setpriv >/dev/null && setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
    mkdir -p sticky && chmod 1777 sticky && echo mine >sticky/report.json && chmod 644 sticky/report.json
    check 'sticky folder' 2 'sticky/report.json: found a file of another user in a sticky folder' \
        setpriv --reuid 65534 --clear-groups "$bin/fma_cnn" --data synthetic --tracks 100 --epochs 1 --model softmax --quiet --out sticky
fi
exit $failed
