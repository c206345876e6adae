import type { BoardRunner, RunPlan, RunRequest } from '../run-plan.ts';
import { chainScript } from './runner/chain-script.ts';
import pythonChain from './runner/chain.py';
import { nodeScript } from './runner/node-script.ts';
import pythonScript from './runner/ort.py';
import { readResult, resultFile } from './runner/result.ts';
import { questions, rowNames, stateOf } from './runner/state.ts';

/** How a computer runs an ONNX model: with ONNX Runtime, from Python or else from Node, whichever it has. */
export const cpuRunner = (target: string): BoardRunner => ({
  target,
  onAnyComputer: true,
  questions,
  state: stateOf,
  plan: planOf,
  read: (folder, _logs, request) => readResult(target, folder, request),
});

export const runner = cpuRunner('cpu');

function planOf({ model, inputs, entry, board, chain }: RunRequest): RunPlan {
  const { runs = 100, 'warm-up': warmUp = 10, seconds = 5, threads } = entry;
  const inNode = board?.rows.some(({ name, value }) => name === rowNames.runtime && value.startsWith('Node ')) ?? false;
  const numbers = threads === undefined ? null : [...new Set([threads].flat())];
  const stages = chain?.stages.map(({ alias: _, model: local, ...stage }, at) => ({ ...stage, file: `stage-${at}.onnx`, local })) ?? [];
  const request = {
    model: 'model.onnx',
    inputs: inputs.length,
    runs,
    warmUp,
    threads: numbers,
    seconds,
    ...(chain ? { chain: { queue: chain.queue, stages: stages.map(({ local: _, ...stage }) => stage) } } : {}),
  };
  // A run may take two seconds, and loading a model a minute.
  const ways = (numbers?.length ?? 2) + 1 + (chain ? 4 : 0);
  const limit = 120 + 2 * (runs + warmUp + inputs.length) + ways * (seconds + 60);
  const script = inNode ? { name: 'run.cjs', text: nodeScript } : { name: 'run.py', text: pythonScript };
  return {
    files: [
      script,
      { name: 'request.json', text: `${JSON.stringify(request, null, 2)}\n` },
      { name: 'model.onnx', local: model },
      ...(chain ? [inNode ? { name: 'chain.cjs', text: chainScript } : { name: 'chain.py', text: pythonChain }] : []),
      ...stages.map(({ file, local }) => ({ name: file, local })),
      ...inputs.map((local, at) => ({ name: `inputs/${String(at).padStart(6, '0')}.npy`, local })),
    ],
    steps: [{ title: 'Run with ONNX Runtime', command: [inNode ? 'node' : 'python3', script.name], limitMs: limit * 1000, log: 'run' }],
    results: [resultFile, ...(inputs.length ? ['outputs/'] : [])],
  };
}
