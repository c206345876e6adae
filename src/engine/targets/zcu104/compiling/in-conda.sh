# Runs a program in a conda environment of a Vitis AI image: ENVIRONMENT SECONDS PROGRAM [ARGUMENT]...
environment=$1
limit=$2
shift 2
root=${VAI_ROOT:-/opt/vitis_ai}
setup=$root/conda/etc/profile.d/conda.sh
# conda's functions read variables that are not set and answer with more than 0 and 1: no "set -eu" around them.
if [ -r "$setup" ]; then
  . "$setup"
  conda activate "$environment"
fi
# Where conda can't be asked, the environment's programs are there all the same.
command -v -- "$1" >/dev/null 2>&1 || PATH=$root/conda/envs/$environment/bin:$PATH
# A container whose caller is gone ends with the limit.
exec timeout --kill-after=10 "$limit" "$@"
