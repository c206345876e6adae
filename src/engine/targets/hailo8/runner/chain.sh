# Measures several networks with hailortcli: each alone, then all of them, as HailoRT's scheduler shares the chip out. Usage: sh chain.sh SECONDS HEF...
set -u
LC_ALL=C
export LC_ALL
seconds=$1
shift
command -v hailortcli > /dev/null || { echo 'lathe: error: there is no hailortcli'; exit 3; }
number=0
for hef in "$@"; do
  echo "lathe: alone $number"
  hailortcli run2 -t "$seconds" -j "alone-$number.json" --measure-overall-latency set-net "$hef" || exit 1
  number=$((number + 1))
done
echo 'lathe: together'
count=$#
while [ "$count" -gt 0 ]; do
  set -- "$@" set-net "$1"
  shift
  count=$((count - 1))
done
hailortcli run2 -t "$seconds" -j together.json --measure-overall-latency "$@" || exit 1
