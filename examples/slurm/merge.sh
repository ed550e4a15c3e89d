#!/bin/sh
# Puts the shards together once all have ended. Another round, or what failed, is an array again.
out=$1 shards=$2
shift 2
status=0
"$SVDLENS" merge "$out" || status=$?
case $status in
0) exit 0 ;;
3) exec "$SUBMIT" "$out" "$shards" "$@" ;;
esac
[ "$RETRIES" -gt 0 ] || exit "$status"
RETRIES=$((RETRIES - 1)) exec "$SUBMIT" "$out" "$shards" "$@"
