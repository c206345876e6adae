"""Stands in for the vendor's module `vart`: answers inputs that the test has computed the outputs of, by the sha256 of their bytes."""
import array
import hashlib
import os
import sys
import threading
import time

import xir

MODE = os.environ.get('DPU_BOARD_MODE', '')
PROCESS = threading.Lock()


def answer(inputs, outputs):
    """As the vendor's runner: what is given for outputs is filled."""
    assert xir.Graph.alive > 0, 'the graph was collected under its runner'
    if MODE == 'timeout':
        print('F0802 11:03:58.494525  1450 dpu_control_xrt_edge.cpp:191] dpu timeout! core_idx = 0', file=sys.stderr)
        print('*** Check failure stack trace: ***', file=sys.stderr, flush=True)
        os.abort()
    if MODE == 'hang':
        time.sleep(3600)
    if MODE.startswith('slow'):
        time.sleep(0.02)
    seen = b''.join(bytes(memoryview(one).cast('B')) for one in inputs)
    for at, out in enumerate(outputs):
        path = os.path.join(xir.BOARD, 'answers', '%s-%d.bin' % (hashlib.sha256(seen).hexdigest(), at))
        view = memoryview(out).cast('B')
        if os.path.exists(path):
            with open(path, 'rb') as file:
                view[:] = file.read()
        else:
            view[:] = bytes(len(view))


class Runner:
    def __init__(self, record):
        self.record = record

    @staticmethod
    def create_runner(subgraph, mode):
        assert mode == 'run' and subgraph.get_attr('device') == 'DPU'
        if MODE == 'busy':
            raise RuntimeError('[UNILOG][FATAL][VART_OPEN_DEVICE_FAIL][Cannot open device] Device or resource busy')
        return Runner(subgraph.record)

    def get_input_tensors(self):
        return [xir.Tensor(one) for one in self.record['inputs']]

    def get_output_tensors(self):
        return [xir.Tensor(one) for one in self.record['outputs']]

    def execute_async(self, inputs, outputs):
        for buffer in inputs + outputs:
            assert not memoryview(buffer).readonly and memoryview(buffer).format == 'b'
        for buffer, tensor in zip(inputs + outputs, self.get_input_tensors() + self.get_output_tensors()):
            count = 1
            for dim in tensor.dims:
                count *= dim
            assert memoryview(buffer).nbytes == count, 'a buffer does not have the size of its tensor'
        answer(inputs, outputs)
        return (1, 0)

    def wait(self, job):
        assert job == (1, 0)


class TensorBuffer(array.array):
    """Has the buffer protocol, and its tensor."""

    def get_tensor(self):
        return self.tensor


def buffer_of(record):
    count = 1
    for dim in record['dims']:
        count *= dim
    made = TensorBuffer('b' if 'fix_point' in record['attrs'] else 'f', bytes(count * (1 if 'fix_point' in record['attrs'] else 4)))
    made.tensor = xir.Tensor(record)
    return made
