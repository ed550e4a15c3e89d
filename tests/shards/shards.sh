#!/bin/bash
# Runs edges, map and analyse in shards and compares their results with those of one process, byte by byte. Usage: shards.sh PROGRAM.
# In the long form (SVDLENS_TEST_RUNS) with 1, 2, 4 and 7 shards and 1 and 2 threads, on a real checkpoint where SVDLENS_DATA
# has one, with a shard that is killed at as many random moments, and a source of 50 million scores.
set -eu
program=$(realpath "$1")
runs=${SVDLENS_TEST_RUNS:-2}
work=$(mktemp -dt svdlens-shards-XXXXXX)
trap 'rm -rf "$work"' EXIT

# in_shards FOLDER COUNT THREADS ARGUMENTS...: rounds of shards until they are merged
in_shards() {
    local folder=$1 count=$2 threads=$3 status k round
    shift 3
    for round in 1 2 3 4; do
        for ((k = count; k > 0; --k)); do
            "$program" "$@" --shard "$k/$count" --threads "$threads" --out "$folder" --quiet
        done
        status=0
        "$program" merge "$folder" --threads "$((3 - threads))" --quiet 2> "$work/said" || status=$?
        [ $status = 3 ] || break
    done
    [ $status = 0 ] || { cat "$work/said"; exit 1; }
    echo "$* in $count shards, $threads threads: $round rounds, $(du -sb "$folder"/round-* | awk '{s += $1} END {print s}') bytes of states"
}
same() { diff -r "$1" "$2" > /dev/null || { echo "shards: FAILED: $2 is not what one process finds"; exit 1; }; }

# compare NAME COUNTS THREADS COMMAND ARGUMENTS...: a file, or of analyse a folder
compare() {
    local name=$1 counts=$2 threads=$3 command=$4 count thread result
    shift 3
    result=$command.csv
    [ "$command" = analyse ] && result=circuit
    "$program" "$@" --out "$work/$name.one" --quiet
    for count in $counts; do
        for thread in $threads; do
            in_shards "$work/$name-$count-$thread" "$count" "$thread" "$@"
            same "$work/$name.one" "$work/$name-$count-$thread/$result"
        done
    done
}

"$program" planted --out "$work/planted.safetensors" --quiet
if [ "$runs" -gt 2 ]; then counts="1 2 4 7" threads="1 2"; else counts=2 threads=1; fi
models="$work/planted.safetensors"
if [ "$runs" -gt 2 ] && [ -n "${SVDLENS_DATA:-}" ]; then
    for file in "$SVDLENS_DATA"/*/model.safetensors "$SVDLENS_DATA"/*.safetensors; do
        [ -f "$file" ] && models="$models $file" && break
    done
fi
for model in $models; do
    name=$(basename "$(dirname "$model")")
    compare "$name-edges" "$counts" "$threads" edges "$model" --tokens
    compare "$name-top" "$counts" 2 edges "$model" --top 50
    compare "$name-abs" "$counts" 1 edges "$model" --abs --tail 0.01
    compare "$name-map" "$counts" "$threads" map "$model"
    compare "$name-analyse" "$counts" "$threads" analyse "$model"
    compare "$name-filtered" 2 2 analyse "$model" --layers 1 --score cosine
done

# A model that is named from where the shards are started is named so in the result, wherever it is merged.
cd "$work"
cp planted.safetensors near.safetensors
compare near 2 1 edges near.safetensors --top 5
mkdir elsewhere
rm near-2-1/edges.csv
(cd elsewhere && "$program" merge ../near-2-1 --quiet)
same near.one near-2-1/edges.csv
(cd elsewhere && "$program" merge ../near-2-1 --out here.csv --quiet)
same near.one elsewhere/here.csv

# Another model of the same name, size and time is another model: hashes of what was there before do not speak for it.
"$program" planted --seed 1 --out other.safetensors --quiet
cp -p near.safetensors before.safetensors
cat other.safetensors > near.safetensors
touch -r before.safetensors near.safetensors
if "$program" merge near-2-1 2> said; then echo "shards: FAILED: another model"; exit 1; fi
grep -q "sha256 of near.safetensors" said
cd /

# A shard that is killed at a random moment, and started again.
compare killed 2 1 edges "$work/planted.safetensors" --tokens
for ((k = 0; k < runs; ++k)); do
    rm -f "$work"/killed-2-1/round-1/shard-0001* "$work/killed-2-1/edges.csv"
    "$program" edges "$work/planted.safetensors" --tokens --shard 1/2 --threads 1 --out "$work/killed-2-1" --quiet &
    sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
    kill -9 $! 2> /dev/null || true
    wait $! 2> /dev/null || true
    in_shards "$work/killed-2-1" 2 1 edges "$work/planted.safetensors" --tokens > /dev/null
    same "$work/killed.one" "$work/killed-2-1/edges.csv"
done
echo "killed $runs times"

# What does not belong together is refused by name.
rm "$work"/killed-2-1/round-1/shard-0001*
if "$program" merge "$work/killed-2-1" 2> "$work/said"; then echo "shards: FAILED: a missing shard"; exit 1; fi
grep -q "shard-0001-of-0002.states: is missing: run shard 1/2" "$work/said"
if "$program" edges "$work/planted.safetensors" --shard 2/2 --out "$work/killed-2-1" 2> "$work/said"; then
    echo "shards: FAILED: other options"
    exit 1
fi
grep -q "of other work: arguments" "$work/said"
echo "shards: passed"
