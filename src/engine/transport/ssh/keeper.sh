# Runs on the board for as long as the connection is there: makes the job's folder, and clears it away with all that runs in it when
# the job is done, the line is lost, or nobody has been heard of for half a minute. POSIX sh, for BusyBox too.
# Arguments: our folder, the name of the job's folder. Input: a line every few seconds; "stop" ends what runs, "bye" is the end.
umask 077
trap '' HUP PIPE

# When a process began (proc(5), field 22): with its number this names it for good. Nothing where there is no /proc.
began() {
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  set -- ${line##*) }
  echo "${20}"
}

# Whether process $1 is still the one that began at $2.
lives() {
  kill -0 "$1" 2>/dev/null && [ "$(began "$1")" = "$2" ]
}

# Sends signal $2 to all that runs in job folder $1; fails when there was nothing.
signal_all() {
  found=1
  for note in "$1"/.run-*; do
    [ -f "$note" ] && read -r pid start <"$note" || continue
    [ -n "$start" ] || [ "$1" = "$job" ] || continue
    lives "$pid" "$start" || continue
    found=0
    kill "-$2" "-$pid" 2>/dev/null || kill "-$2" "$pid" 2>/dev/null
  done
  return $found
}

stop() {
  signal_all "$1" TERM || return 0
  sleep 1
  signal_all "$1" KILL
  return 0
}

clear_away() {
  stop "$job"
  rm -rf -- "$job"
}

job="jobs/$2"
mkdir -p -- "$1" && cd -- "$1" && mkdir -p jobs models || exit 1

# What earlier jobs left behind whose keeper is gone: the board was switched off, or the keeper was killed.
for old in jobs/job-*; do
  [ -f "$old/.keeper" ] && read -r pid start <"$old/.keeper" || continue
  lives "$pid" "$start" && continue
  stop "$old"
  rm -rf -- "$old"
done

mkdir -- "$job" && echo "$$ $(began $$)" >"$job/.keeper" || exit 1

# Every line that comes in interrupts the wait; one that lasts to the end means that nobody is there.
watch() {
  trap : USR1
  while :; do
    sleep 30 &
    nap=$!
    wait $nap
    [ $? -gt 128 ] || break
    kill $nap 2>/dev/null
  done
  clear_away
  kill -KILL $$
}
watch </dev/null >/dev/null 2>&1 &
watcher=$!

echo "lathe-board 1"
pwd -P | sed 's/^/folder /'
for tool in sha256sum shasum openssl; do
  command -v $tool >/dev/null 2>&1 && echo "has $tool"
done
df -Pk . 2>/dev/null | awk 'NR > 1 { print "free " $(NF - 2) }'
echo "ready"

while read -r word; do
  case $word in
    stop)
      stop "$job"
      echo "stopped"
      ;;
    bye) break ;;
    *) kill -USR1 $watcher 2>/dev/null ;;
  esac
done

kill -KILL $watcher 2>/dev/null
clear_away
