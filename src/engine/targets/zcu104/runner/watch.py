"""Starts dpu.py and watches it: ends it with its own end, and says how it ended where it could not say so itself.

The work is done by a process of its own because the vendor's library ends its process when the DPU does not answer.
"""
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time

RESULT, OUTPUTS = 'result.json', 'outputs'
# Exit code of a worker that has said why it does not run the model.
REFUSED = 3


def write_result(result):
    with open(RESULT + '.part', 'w') as file:
        json.dump(result, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(RESULT + '.part', RESULT)


class Ended(Exception):
    pass


def end(number, _):
    raise Ended(number)


def watch():
    """Starts the worker, passes its lines on, ends it with its own end, and says how it ended where it could not. Returns the exit code."""
    with open('request.json') as file:
        limit = json.load(file)['limit']
    clean()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)
    parent, deadline, tail = os.getppid(), time.monotonic() + limit, b''
    worker = subprocess.Popen(
        [sys.executable, '-B', 'dpu.py'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        while True:
            ready, _, _ = select.select([worker.stdout], [], [], 0.5)
            chunk = os.read(worker.stdout.fileno(), 65536) if ready else None
            if chunk == b'':
                break
            if chunk:
                tail = (tail + chunk)[-16384:]
                sys.stdout.buffer.write(chunk)
                sys.stdout.buffer.flush()
            if os.getppid() != parent:
                raise Ended(signal.SIGHUP)  # whoever started this is gone
            if time.monotonic() > deadline:
                worker.kill()
                worker.wait()
                return fail({'code': 'limit', 'seconds': limit}, tail)
        status = worker.wait()
        if status == REFUSED and os.path.exists(RESULT):
            return 1
        return 0 if status == 0 else fail({'code': 'ended', 'status': status}, tail)
    except (Ended, BrokenPipeError) as ended:
        worker.kill()
        worker.wait()
        clean()
        os._exit(128 + int(ended.args[0]) if isinstance(ended, Ended) else 1)


def fail(error, tail):
    clean()
    write_result({'error': dict(error, log=tail.decode('utf-8', 'replace'))})
    print('the runner could not finish: %s' % error['code'], file=sys.stderr)
    return 1


def clean():
    shutil.rmtree(OUTPUTS, ignore_errors=True)
    for name in (RESULT, RESULT + '.part'):
        if os.path.exists(name):
            os.remove(name)


if __name__ == '__main__':
    sys.exit(watch())
