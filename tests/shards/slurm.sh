#!/bin/bash
# Runs examples/slurm on real daemons: munged, slurmctld and slurmd of this machine, with a configuration, ports, a key and
# a socket of their own in a temporary folder. They are ended by their numbers. Usage: slurm.sh PROGRAM; 77: skipped.
set -u
program=$(realpath "$1")
project=$(cd "$(dirname "$0")/../.." && pwd)
skip() { echo "slurm test: skipped: $1"; exit 77; }
for tool in munged slurmctld slurmd sbatch squeue; do
    command -v $tool > /dev/null || [ -x /usr/sbin/$tool ] || skip "$tool is not there (Debian: slurm-wlm, munge)"
done
[ "$(id -u)" = 0 ] || skip "slurmd starts jobs as root only"
export PATH="$PATH:/usr/sbin"
work=$(mktemp -dt svdlens-slurm-XXXXXX)
started=()
finish() {
    for pid in "${started[@]}"; do kill "$pid" 2> /dev/null; done
    for pid in "${started[@]}"; do wait "$pid" 2> /dev/null; done
    [ "${KEEP:-}" ] || rm -rf "$work"
}
trap finish EXIT

head -c 1024 /dev/urandom > "$work/key"
chmod 600 "$work/key"
munged --foreground --force --key-file="$work/key" --socket="$work/munge.socket" --pid-file="$work/munge.pid" \
    --log-file="$work/munge.log" --seed-file="$work/seed" > "$work/munged.txt" 2>&1 &
started+=($!)
port=$((20000 + RANDOM % 20000))
node=$(hostname -s)
mkdir "$work/state" "$work/spool"
cat > "$work/slurm.conf" << CONF
ClusterName=svdlens_test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$work/munge.socket
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=1000000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
sed -i "s/RealMemory=1000000/RealMemory=$(awk '/MemTotal/ {print int($2 / 1024) - 64}' /proc/meminfo)/" "$work/slurm.conf"
export SLURM_CONF="$work/slurm.conf"
for ((k = 0; k < 50; ++k)); do [ -S "$work/munge.socket" ] && break; sleep 0.1; done
slurmctld -D > "$work/slurmctld.txt" 2>&1 &
started+=($!)
slurmd -D -N "$node" > "$work/slurmd.txt" 2>&1 &
started+=($!)
for ((k = 0; k < 100; ++k)); do
    sinfo -h -o %T 2> /dev/null | grep -q '^idle' && break
    sleep 0.2
done
sinfo -h -o %T 2> /dev/null | grep -q '^idle' || {
    tail -n 5 "$work"/slurmctld.txt "$work"/slurmctld.log "$work"/slurmd.txt "$work"/slurmd.log "$work"/munged.txt
    skip "the daemons did not come up"
}
echo "slurm $(sinfo --version | cut -d' ' -f2) with $(nproc) CPUs on port $port"

set -e
failed() { echo "slurm test: FAILED: $1"; squeue -a; tail -n 20 "$work"/out*/log/* "$work"/slurmctld.log; exit 1; }
wait_for_jobs() {
    for ((k = 0; k < 600; ++k)); do
        [ "$(squeue -h | wc -l)" = 0 ] && return
        sleep 0.5
    done
    failed "jobs are still there"
}
"$program" planted --out "$work/model.safetensors" --quiet
"$program" edges "$work/model.safetensors" --out "$work/edges.csv" --quiet
"$program" map "$work/model.safetensors" --out "$work/map.csv" --quiet
"$program" analyse "$work/model.safetensors" --out "$work/circuit" --quiet

# A program that is killed in the second shard, once: the job that merges starts it again.
cat > "$work/svdlens" << PROGRAM
#!/bin/sh
case "\$*" in *"--shard 2/3"*"--out"*) if mkdir "$work/killed" 2> /dev/null; then kill -9 \$\$; fi ;; esac
exec "$program" "\$@"
PROGRAM
chmod +x "$work/svdlens"
export SVDLENS="$work/svdlens" THREADS=1
"$project/examples/slurm/submit.sh" "$work/out-edges" 3 edges "$work/model.safetensors"
wait_for_jobs
[ -d "$work/killed" ] || failed "no shard was killed"
cat "$work"/out-edges/log/*-merge.txt
cmp "$work/edges.csv" "$work/out-edges/edges.csv" || failed "the edges differ from those of one process"
"$project/examples/slurm/submit.sh" "$work/out-map" 4 map "$work/model.safetensors"
wait_for_jobs
cat "$work"/out-map/log/*-merge.txt
cmp "$work/map.csv" "$work/out-map/map.csv" || failed "the map differs from that of one process"
"$project/examples/slurm/submit.sh" "$work/out-analyse" 2 analyse "$work/model.safetensors"
wait_for_jobs
cat "$work"/out-analyse/log/*-merge.txt
diff -r "$work/circuit" "$work/out-analyse/circuit" || failed "the analysis differs from that of one process"
echo "slurm test: passed"
