#!/bin/bash
# A Slurm of one node on the loopback address, without systemd, control groups or accounting: slurm-on-loopback.sh DIR [stop]
set -eu
place=$1
export SLURM_CONF="$place/slurm.conf"
if [ "${2:-}" = stop ]; then
    # What is left after a failure must not run on without its daemon.
    timeout 10 scancel --full --user="$(id -un)" 2>/dev/null || true
    sleep 1
    for name in slurmd slurmctld; do [ -s "$place/$name.pid" ] && kill "$(cat "$place/$name.pid")" 2>/dev/null || true; done
    [ -s "$place/munged.pid" ] && kill "$(cat "$place/munged.pid")" 2>/dev/null || true
    exit 0
fi
mkdir -p "$place/state" "$place/spool" "$place/log"
host=$(hostname -s)
if [ ! -s /etc/munge/munge.key ]; then
    dd if=/dev/urandom of=/etc/munge/munge.key bs=1 count=1024 status=none
    chown munge: /etc/munge/munge.key
    chmod 400 /etc/munge/munge.key
fi
mkdir -p /run/munge
chown munge: /run/munge
chmod 755 /run/munge
if ! pgrep -x munged >/dev/null; then
    runuser -u munge -- /usr/sbin/munged
    pgrep -x munged >"$place/munged.pid"
fi
cat >"$SLURM_CONF" <<C
ClusterName=loop
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
SlurmctldLogFile=$place/log/slurmctld.log
SlurmdLogFile=$place/log/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
MaxArraySize=10001
MinJobAge=3600
SlurmctldTimeout=30
SlurmdTimeout=30
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=1024 State=UNKNOWN
PartitionName=local Nodes=ALL Default=YES MaxTime=INFINITE State=UP
C
/usr/sbin/slurmctld -c
/usr/sbin/slurmd
for _ in $(seq 50); do
    sinfo -h -o %T 2>/dev/null | grep -qE 'idle|mixed|alloc' && break
    sleep 0.2
done
sinfo
