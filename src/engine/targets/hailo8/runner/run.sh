# Measures model.hef with hailortcli. Usage: sh run.sh SECONDS SAMPLES POWER
set -u
LC_ALL=C
export LC_ALL
seconds=$1 samples=$2 power=$3
command -v hailortcli > /dev/null || { echo 'lathe: error: there is no hailortcli'; exit 3; }
if [ "$power" = yes ]; then
  echo 'lathe: idle'
  hailortcli measure-power --duration 3
fi
echo 'lathe: benchmark'
if [ "$power" = yes ]; then hailortcli benchmark model.hef -t "$seconds"; else hailortcli benchmark model.hef -t "$seconds" --no-power; fi || exit 1
# The tool tells means only: several short runs show how latency scatters.
count=0
while [ "$count" -lt "$samples" ]; do
  echo 'lathe: latency'
  hailortcli run model.hef -c 10 --measure-latency || exit 1
  count=$((count + 1))
done
