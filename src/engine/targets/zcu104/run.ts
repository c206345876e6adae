import type { BoardRunner, RunPlan, RunRequest } from '../run-plan.ts';
import type { DpuBoard } from './runner/board.ts';
import script from './runner/dpu.py';
import watcher from './runner/watch.py';
import { readResult, resultFile } from './runner/result.ts';
import { questionsTo, stateOf } from './runner/state.ts';

/** How a board with a DPU of this family runs a compiled model: by VART from Python, as it is on AMD's images. */
export const dpuRunner = (board: DpuBoard): BoardRunner => ({
  target: board.target,
  questions: questionsTo(board),
  state: (answers) => stateOf(board, answers),
  plan: (request) => planOf(board, request),
  read: (folder, _logs, request) => readResult(board, folder, request),
});

/** The folder of Linux' sensors. */
export const linuxSensors = '/sys/class/hwmon';

export const runner = dpuRunner({
  target: 'zcu104',
  cores: 2, // UG1354, "ZCU104 Evaluation Board"
  // One INA226 at the 12 V input (Linux, arch/arm64/boot/dts/xilinx/zynqmp-zcu104-revC.dts); older revisions may lack it.
  power: { names: ['ina226'], add: false, of: 'the whole board at 12 V' },
  sensors: linuxSensors,
});

function planOf(board: DpuBoard, { model, inputs, entry }: RunRequest): RunPlan {
  const { runs = 100, 'warm-up': warmUp = 10, seconds = 5, threads, power } = entry;
  const steps = threads === undefined ? 2 : [threads].flat().length;
  // Each run may take a second and each picture two; the vendor's benchmark takes half a minute more than it measures.
  const limit = Math.ceil(120 + runs + warmUp + 2 * inputs.length + (steps + 2) * (seconds + 20));
  const request = {
    model: 'model.xmodel',
    runs,
    warmUp,
    threads: threads === undefined ? null : [...new Set([threads].flat())],
    seconds,
    power: power ? { folder: board.sensors, names: board.power.names, add: board.power.add } : null,
    cores: board.cores,
    limit,
  };
  return {
    files: [
      { name: 'watch.py', text: watcher },
      { name: 'dpu.py', text: script },
      { name: 'request.json', text: `${JSON.stringify(request, null, 2)}\n` },
      { name: 'model.xmodel', local: model },
      ...inputs.map((local, at) => ({ name: `inputs/${String(at).padStart(6, '0')}.npy`, local })),
    ],
    // The runner ends itself before the limit and says so.
    steps: [{ title: 'Run on the DPU', command: ['python3', '-B', 'watch.py'], limitMs: (limit + 30) * 1000, log: 'run' }],
    results: [resultFile, ...(inputs.length ? ['outputs/'] : [])],
  };
}
