#!/bin/sh
# One shard of an array that submit.sh started.
out=$1 shards=$2 threads=$3
shift 3
exec "$SVDLENS" "$@" --shard "$SLURM_ARRAY_TASK_ID/$shards" --threads "$threads" --out "$out"
