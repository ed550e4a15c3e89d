#!/bin/sh
# Work on a cluster: an array of jobs, one a shard, and a job that merges them when all have ended.
#
#   examples/slurm/submit.sh OUT N edges MODEL --tail 0.0001      # or: map MODEL, analyse MODEL
#
# OUT is a folder that all nodes see. The same line again runs what failed: finished shards are skipped. The job that
# merges does so by itself: it starts another round where one is needed, and up to RETRIES times (default 2) again
# what failed. The result is OUT/edges.csv, OUT/map.csv or OUT/circuit; the log of each job is in OUT/log.
# SVDLENS: the program (default: svdlens). SBATCH_OPTIONS: what else sbatch is told, such as "--partition=long".
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1 shards=$2
shift 2
export SVDLENS="${SVDLENS:-svdlens}" RETRIES="${RETRIES:-2}" SUBMIT="$here/submit.sh"
threads=${THREADS:-4}
mkdir -p "$out/log"

# Memory and time of a shard, from the sizes of the model.
estimate=$("$SVDLENS" "$@" --shard "1/$shards" --threads "$threads" --out "$out" --estimate)
memory=$(echo "$estimate" | sed -n 's/^memory MiB *//p')
minutes=$(echo "$estimate" | sed -n 's/^time minutes *//p')

# shellcheck disable=SC2086
array=$(sbatch --parsable --job-name=svdlens --array="1-$shards" --cpus-per-task="$threads" \
    --mem="${memory}M" --time="$minutes" --output="$out/log/%A-%a.txt" ${SBATCH_OPTIONS:-} \
    "$here/shard.sh" "$out" "$shards" "$threads" "$@")
array=${array%%;*} # where several clusters are, theirs follows
# shellcheck disable=SC2086
merge=$(sbatch --parsable --job-name=svdlens-merge --dependency="afterany:$array" --cpus-per-task="$threads" \
    --mem="${memory}M" --time="$minutes" --output="$out/log/%j-merge.txt" ${SBATCH_OPTIONS:-} \
    "$here/merge.sh" "$out" "$shards" "$@")
echo "$shards shards as array $array, merged by job $merge: $memory MiB and $minutes minutes each"
