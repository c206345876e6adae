"""Runs a compiled model on the DPU of this board and measures it.

Started by watch.py in a folder with request.json, the model and inputs/*.npy; writes result.json and outputs/*.bin there and touches nothing
else. Python 3.8 or newer with xir and vart, as on Vitis AI's board images; numpy, where it is there, only makes the rounding of inputs fast.
"""
import array
import ast
import ctypes
import glob
import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time

from watch import OUTPUTS, REFUSED, write_result

try:
    import numpy
except ImportError:
    numpy = None

# Operators of CPU sub-graphs that only turn integers into floats and back, or keep all elements where they are.
PLAIN = {'data', 'data-fix', 'const', 'const-fix', 'fix2float', 'float2fix', 'upload', 'download', 'reshape', 'reshape-fix', 'flatten', 'squeeze'}
# Integers that VART takes (runner_py_module.cpp): by bits, the code of Python's array.
INTEGERS = {8: 'b', 16: 'h'}


class Refused(Exception):
    """The model cannot be run here; `code` and the details are explained on the machine that asked."""

    def __init__(self, code, **details):
        super().__init__(code)
        self.error = dict(details, code=code)


# What share of the whole has been done when a phase begins and when it ends.
PHASES = {'idle power': (0, 0.05), 'outputs': (0.05, 0.5), 'latency': (0.5, 0.6), 'throughput': (0.6, 0.9), 'xdputil benchmark': (0.9, 1)}


def progress(phase, share):
    """Per cent of the whole, for those who wait."""
    begin, end_of_phase = PHASES[phase]
    print('progress %d %s' % (100 * (begin + (end_of_phase - begin) * share), phase), flush=True)


# ---- the board


def query():
    """What `xdputil query` prints, without the log lines before it; None where it can't be asked."""
    try:
        done = subprocess.run(['xdputil', 'query'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30)
        text = done.stdout.decode('utf-8', 'replace')
        return json.loads(text[text.index('{'):text.rindex('}') + 1])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def cores_of(answer):
    """Fingerprints of the cores; kernels that are no DPU (softmax, preprocessing) have none."""
    kernels = answer.get('kernels') if isinstance(answer, dict) else None
    found = []
    for kernel in kernels if isinstance(kernels, list) else []:
        try:
            fingerprint = int(str(kernel.get('fingerprint')), 16)
        except (AttributeError, ValueError):
            continue
        if fingerprint:
            found.append(fingerprint)
    return found


def other_users():
    """Names of other processes that have the DPU's library loaded: figures beside them are too low."""
    names = []
    for maps in glob.glob('/proc/[0-9]*/maps'):
        pid = maps.split('/')[2]
        try:
            with open(maps) as file:
                if 'libvart-dpu' not in file.read():
                    continue
            with open('/proc/%s/comm' % pid) as file:
                names.append('%s (%s)' % (file.read().strip(), pid))
        except (OSError, UnicodeDecodeError):
            continue  # ended meanwhile, or another user's
    return names


# ---- power


def number_in(path):
    with open(path) as file:
        return float(file.read())


class Sensors:
    """Power of the board, from the sensors of `names` in Linux' hwmon: power1_input in µW, else in1_input in mV times curr1_input in mA."""

    def __init__(self, folder, names, add):
        self.sources, self.readers = [], []
        for place in sorted(glob.glob(os.path.join(folder, 'hwmon*')), key=lambda path: (len(path), path)):
            try:
                with open(os.path.join(place, 'name')) as file:
                    name = file.read().strip()
            except OSError:
                continue
            reader = self.reader(place) if any(name.startswith(known) for known in names) else None
            if reader and (add or not self.readers):
                self.sources.append('%s at %s' % (name, place))
                self.readers.append(reader)

    @staticmethod
    def reader(place):
        power, volts, amperes = (os.path.join(place, name) for name in ('power1_input', 'in1_input', 'curr1_input'))
        for read in (lambda: number_in(power) / 1e6, lambda: number_in(volts) * number_in(amperes) / 1e6):
            try:
                read()
                return read
            except (OSError, ValueError):
                continue
        return None

    def watts(self):
        return sum(read() for read in self.readers)


class Sampling:
    """Samples of the power while something runs, ten a second: the INA226 averages over less."""

    def __init__(self, sensors):
        self.sensors, self.samples, self.over = sensors, [], threading.Event()
        self.thread = threading.Thread(target=self.sample, daemon=True)

    def sample(self):
        while not self.over.wait(0.1):
            try:
                self.samples.append(self.sensors.watts())
            except (OSError, ValueError):
                continue  # a reading that failed is left out

    def __enter__(self):
        if self.sensors:
            self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        if self.sensors:
            self.thread.join()

    def mean(self):
        return sum(self.samples) / len(self.samples) if self.samples else None


# ---- tensors


def read_npy(path):
    """Shape and values of a float32 array in C order (numpy.lib.format, version 1 to 3)."""
    with open(path, 'rb') as file:
        head = file.read(8)
        if head[:6] != b'\x93NUMPY':
            raise Refused('input', file=path, why='it is no .npy file')
        length = int.from_bytes(file.read(2 if head[6] == 1 else 4), 'little')
        header = ast.literal_eval(file.read(length).decode('latin1'))
        if header['descr'] != '<f4' or header['fortran_order']:
            raise Refused('input', file=path, why='its values are no float32 in C order')
        values = array.array('f')
        values.frombytes(file.read())
    return list(header['shape']), values


def rounded(values, position, bits):
    """As our simulation and the vendor's DPU_ROUND: halves go up."""
    scale, lowest, highest = 2.0 ** position, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    codes = array.array(INTEGERS[bits])
    if numpy is not None:
        wide = numpy.frombuffer(values, dtype=numpy.float32).astype(numpy.float64)
        if not numpy.isfinite(wide).all():
            raise Refused('input', why='it holds values that are no finite numbers')
        codes.frombytes(numpy.clip(numpy.floor(wide * scale + 0.5), lowest, highest).astype('<i%d' % (bits // 8)).tobytes())
        return codes
    if not all(map(math.isfinite, values)):
        raise Refused('input', why='it holds values that are no finite numbers')
    codes.extend(min(highest, max(lowest, math.floor(value * scale + 0.5))) for value in values)
    return codes


def to_nhwc(values, shape):
    channels, area = shape[1], shape[2] * shape[3]
    moved = array.array(values.typecode, values)
    for channel in range(channels):
        moved[channel::channels] = values[channel * area:(channel + 1) * area]
    return moved


def position_of(tensor):
    return int(tensor.get_attr('fix_point')) if tensor.has_attr('fix_point') else None


def count(dims):
    return math.prod(dims)


# ---- the model


class SubgraphRunner:
    """One DPU sub-graph by VART: integers in, integers out."""

    def __init__(self, subgraph):
        import vart
        self.runner = vart.Runner.create_runner(subgraph, 'run')
        self.inputs = self.runner.get_input_tensors()
        self.outputs = self.runner.get_output_tensors()
        self.into = [self.buffer(tensor) for tensor in self.inputs]
        self.out = [self.buffer(tensor) for tensor in self.outputs]

    @staticmethod
    def buffer(tensor):
        kind = INTEGERS.get(int(tensor.get_attr('bit_width')) if tensor.has_attr('bit_width') else 8, 'b')
        return array.array(kind, bytes(count(tensor.dims) * array.array(kind).itemsize))

    def load(self, codes):
        self.into[0] = codes

    def run(self):
        self.runner.wait(self.runner.execute_async(self.into, self.out))

    def results(self):
        return [bytes(buffer) for buffer in self.out]


class WholeGraphRunner:
    """All sub-graphs, those on the CPU too, by the Vitis AI Library. It owns the buffers."""

    def __init__(self, graph):
        import vitis_ai_library
        self.runner = vitis_ai_library.GraphRunner.create_graph_runner(graph)
        self.into, self.out = self.runner.get_inputs(), self.runner.get_outputs()
        self.inputs = [buffer.get_tensor() for buffer in self.into]
        self.outputs = [buffer.get_tensor() for buffer in self.out]

    def load(self, codes):
        memoryview(self.into[0]).cast('B')[:] = memoryview(codes).cast('B')

    def run(self):
        self.runner.wait(self.runner.execute_async(self.into, self.out))

    def results(self):
        return [bytes(memoryview(buffer).cast('B')) for buffer in self.out]


def device_of(subgraph):
    return subgraph.get_attr('device').upper() if subgraph.has_attr('device') else ''


def open_model(path, result):
    """The graph, which runners do not keep alive by themselves, and how runners of it are made."""
    try:
        import vart  # noqa: F401
        import xir
    except ImportError as error:
        raise Refused('module', name=error.name or str(error))
    graph = xir.Graph.deserialize(path)
    root = graph.get_root_subgraph()
    children = [] if root.is_leaf else root.toposort_child_subgraph()
    dpu = [child for child in children if device_of(child) == 'DPU']
    cpu = [child for child in children if device_of(child) == 'CPU' and any(op.get_type() not in PLAIN for op in child.get_ops())]
    result['subgraphs'] = {'total': len(children), 'dpu': len(dpu), 'cpu': len(cpu)}
    if not dpu:
        raise Refused('no-dpu')
    check_fingerprints(dpu, result)
    if len(dpu) == 1 and not cpu:
        result['through'] = 'vart.Runner'
        return graph, lambda: SubgraphRunner(dpu[0])
    try:
        import vitis_ai_library
        vitis_ai_library.GraphRunner
        result['through'] = 'vitis_ai_library.GraphRunner'
        return graph, lambda: WholeGraphRunner(graph)
    except (ImportError, AttributeError):
        if len(dpu) > 1:
            raise Refused('graph-runner', dpu=len(dpu), cpu=len(cpu))
    result['through'] = 'vart.Runner'
    result['partial'] = True  # what is on the CPU is left out: time without it is told, outputs are not
    return graph, lambda: SubgraphRunner(dpu[0])


def check_fingerprints(dpu, result):
    """VART checks too, but ends the process."""
    board = cores_of(result['query'])
    model = [int(child.get_attr('dpu_fingerprint')) for child in dpu if child.has_attr('dpu_fingerprint')]
    if board and any(fingerprint not in board for fingerprint in model):
        raise Refused('fingerprint', model=sorted({hex(one) for one in model}), board=sorted({hex(one) for one in board}))


def prepare(runner, path):
    """A picture as the model's first tensor takes it."""
    if len(runner.inputs) != 1:
        raise Refused('inputs', names=[tensor.name for tensor in runner.inputs])
    tensor = runner.inputs[0]
    dims = list(tensor.dims)
    shape, values = read_npy(path)
    expected = [dims[0], dims[3], dims[1], dims[2]] if len(dims) == 4 else dims
    if shape != expected or len(values) != count(dims):
        raise Refused('input', file=path, why='it is %s where the model takes %s' % (shape, expected))
    position = position_of(tensor)
    try:
        codes = values if position is None else rounded(values, position, int(tensor.get_attr('bit_width')) if tensor.has_attr('bit_width') else 8)
    except Refused as refused:
        raise Refused('input', file=path, why=refused.error['why'])
    return to_nhwc(codes, shape) if len(dims) == 4 else codes


# ---- measuring


def write_outputs(runner, pictures, result):
    """All pictures once; each output in a file of its own, picture behind picture, in the DPU's own integers and layout."""
    names = ['%s/%d.bin' % (OUTPUTS, at) for at in range(len(runner.outputs))]
    files = [open(name, 'wb') for name in names]
    told = time.monotonic()
    for done, picture in enumerate(pictures):
        runner.load(prepare(runner, picture))
        runner.run()
        for file, values in zip(files, runner.results()):
            file.write(values)
        if time.monotonic() - told > 1:
            told = time.monotonic()
            progress('outputs', (done + 1) / len(pictures))
    for file in files:
        file.close()
    result['outputs'] = [
        {'name': tensor.name, 'shape': list(tensor.dims), 'position': position_of(tensor), 'bytes': len(values), 'file': name}
        for tensor, values, name in zip(runner.outputs, runner.results(), names)
    ]


def single_runs(runner, warm_up, runs):
    times, told = [], time.monotonic()
    for done in range(warm_up + runs):
        start = time.perf_counter()
        runner.run()
        if done >= warm_up:
            times.append((time.perf_counter() - start) * 1000)
        if time.monotonic() - told > 1:
            told = time.monotonic()
            progress('latency', (done + 1) / (warm_up + runs))
    return times


def throughput(runners, seconds, told):
    """Runs that all threads end within the time, each with a runner of its own; `told` gets the share of the time that has passed."""
    counts, failures, over = [0] * len(runners), [], threading.Event()
    ready = threading.Barrier(len(runners) + 1)

    def work(at):
        ready.wait()
        try:
            while not over.is_set():
                runners[at].run()
                counts[at] += 1
        except Exception as error:  # told by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=work, args=(at,), daemon=True) for at in range(len(runners))]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    while not over.wait(min(1, max(0, seconds - (time.perf_counter() - start)))) and not failures:
        passed = time.perf_counter() - start
        told(min(1, passed / seconds))
        if passed >= seconds:
            break
    over.set()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts) / (time.perf_counter() - start)


def benchmark(model, threads, seconds, whole):
    """FPS by the vendor's own program in C++, as a second opinion; None where there is none."""
    command = ['xdputil', 'benchmark', model] + (['-i', '-1'] if whole else []) + [str(threads)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=seconds + 30, env=dict(os.environ, SLEEP_MS=str(int(seconds * 1000))))
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.findall(r'FPS\s*=\s*([0-9]+(?:\.[0-9]+)?)', done.stdout.decode('utf-8', 'replace'))
    return float(found[-1]) if found else None


def measure(request, result):
    graph, make = open_model(request['model'], result)
    power = request['power']
    sensors = Sensors(power['folder'], power['names'], power['add']) if power else None
    if sensors and not sensors.readers:
        sensors = None
        result['noSensor'] = True
    with Sampling(sensors) as idle:
        if sensors:
            progress('idle power', 0)
            time.sleep(min(5, max(1, request['seconds'])))
    runner = make()
    os.makedirs(OUTPUTS, exist_ok=True)
    pictures = [] if result.get('partial') else sorted(glob.glob('inputs/*.npy'))
    if pictures:
        write_outputs(runner, pictures, result)
    result['times'] = single_runs(runner, request['warmUp'], request['runs'])
    cores = max(1, len(cores_of(result['query'])) or request['cores'])
    runners, codes = [runner], prepare(runner, pictures[0]) if pictures else None
    result['fps'] = []
    counts = request['threads'] or sorted({1, cores})
    for at, threads in enumerate(counts):
        while len(runners) < threads:
            runners.append(make())
            if codes is not None:
                runners[-1].load(codes)
        with Sampling(sensors) as busy:
            fps = throughput(runners[:threads], request['seconds'], lambda share, at=at: progress('throughput', (at + share) / len(counts)))
        result['fps'].append({'threads': threads, 'fps': fps, 'watts': busy.mean(), 'samples': len(busy.samples)})
    if sensors:
        result['power'] = {'source': ' + '.join(sensors.sources), 'idleWatts': idle.mean(), 'idleSamples': len(idle.samples)}
    del runner, runners, graph  # the DPU is free again
    best = max(result['fps'], key=lambda one: one['fps'])['threads']
    progress('xdputil benchmark', 0)
    fps = benchmark(request['model'], best, request['seconds'], result['through'] != 'vart.Runner')
    result['benchmark'] = {'threads': best, 'fps': fps} if fps else None


def work():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: ends with the one that watches
    with open('request.json') as file:
        request = json.load(file)
    result = {'query': query(), 'others': other_users(), 'python': sys.version.split()[0]}
    try:
        measure(request, result)
    except Refused as refused:
        print('the model is not run: %s' % refused.error['code'], file=sys.stderr)
        write_result({'error': refused.error})
        sys.exit(REFUSED)
    write_result(result)


if __name__ == '__main__':
    work()
