# Builds an engine of model.onnx on this machine and runs it with trtexec, whose options differ by version.
# Usage: sh run.sh build | measure RUNS WARM_UP_MS SECONDS POWER STREAMS... | pictures
set -u
PATH=$PATH:/usr/src/tensorrt/bin
export PATH LC_ALL=C
trtexec=trtexec
command -v trtexec > /dev/null || { echo 'lathe: error: there is no trtexec'; exit 3; }
help=$(trtexec --help 2>&1)
has() { case $help in *"$1"*) return 0 ;; *) return 1 ;; esac }

build() {
  set -- --onnx=model.onnx --saveEngine=model.engine
  # TensorRT 11 takes types from the model alone; before it integers have to be allowed.
  if has --int8 && grep -q QuantizeLinear model.onnx; then set -- "$@" --int8 --fp16; fi
  if has --skipInference; then set -- "$@" --skipInference; elif has --buildOnly; then set -- "$@" --buildOnly; fi
  if has --timingCacheFile; then set -- "$@" --timingCacheFile=timing.cache; fi
  $trtexec "$@"
}

# Watts as the machine's own tool prints them, in the background, into the file that is named.
watch_power() {
  : > "$1"
  if command -v tegrastats > /dev/null; then tegrastats --interval 200 > "$1" 2> /dev/null &
  elif command -v nvidia-smi > /dev/null; then nvidia-smi --query-gpu=power.draw --format=csv,noheader,nounits -lms 200 > "$1" 2> /dev/null &
  else sh -c 'sleep 1' & fi
  watcher=$!
}

measure() {
  runs=$1 warm=$2 seconds=$3 power=$4
  shift 4
  : > idle.txt
  : > busy.txt
  if [ "$power" = yes ]; then watch_power idle.txt; sleep 4; kill "$watcher" 2> /dev/null; wait "$watcher" 2> /dev/null; fi
  streams=--streams
  if has --infStreams; then streams=--infStreams; fi
  $trtexec --loadEngine=model.engine --iterations="$runs" --duration=0 --warmUp="$warm" --exportTimes=times.json || exit 1
  if [ "$power" = yes ]; then watch_power busy.txt; fi
  for count in "$@"; do
    echo "lathe: streams $count"
    $trtexec --loadEngine=model.engine "$streams=$count" --duration="$seconds" --warmUp="$warm" || break
  done
  if [ "$power" = yes ]; then kill "$watcher" 2> /dev/null; wait "$watcher" 2> /dev/null; fi
  return 0
}

# What stands behind the header of a .npy file, whose length is in bytes 9 and 10.
numbers_of() {
  length=$(od -An -tu2 -j8 -N2 "$1" | tr -d ' ')
  tail -c +$((length + 11)) "$1" > input.bin
}

pictures() {
  mkdir -p outputs
  for file in inputs/*.npy; do
    number=${file#inputs/}
    numbers_of "$file"
    name=${name:-$($trtexec --loadEngine=model.engine --iterations=1 --duration=0 --warmUp=0 2>&1 | sed -n -e 's/.*Created input binding for \(.*\) with dimensions .*/\1/p' -e 's/.*Input binding for \(.*\) with dimensions .* is created.*/\1/p' | head -n 1)}
    $trtexec --loadEngine=model.engine --iterations=1 --duration=0 --warmUp=0 --loadInputs="$name:input.bin" --exportOutput="outputs/${number%.npy}.json" > picture.log 2>&1 ||
      { tail -n 20 picture.log; exit 1; }
  done
  rm -f input.bin
}

"$@"
