import type { BoardRunner, BoardState, RunPlan, RunRequest } from '../run-plan.ts';
import { shown } from '../zcu104/runner/foreign.ts';
import { trtexecVersion } from './log.ts';
import { readTensorrt } from './runner/results.ts';
import script from './runner/run.sh';

const inPath = 'PATH=$PATH:/usr/src/tensorrt/bin; ';
const buildMinutes = 30;

/** TensorRT on a Jetson or a machine with an NVIDIA GPU: the engine is built there, as it fits no other, then run with trtexec. */
export const runner: BoardRunner = {
  target: 'tensorrt',
  questions: [
    { name: 'trtexec', command: ['sh', '-c', `${inPath}trtexec --help 2>&1 | head -n 1`] },
    { name: 'gpu', command: ['nvidia-smi', '--query-gpu=name,driver_version', '--format=csv,noheader'] },
    { name: 'tegra', command: ['cat', '/etc/nv_tegra_release'] },
    { name: 'model', command: ['cat', '/proc/device-tree/model'] },
    { name: 'mode', command: ['nvpmodel', '-q'] },
    { name: 'system', command: ['uname', '-srm'] },
  ],
  state: stateOf,
  plan: planOf,
  read: readTensorrt,
};

function stateOf(answers: Parameters<BoardRunner['state']>[0]): BoardState {
  const said = (name: string): string | undefined => {
    const answer = answers[name];
    const line = answer?.exitCode === 0 ? answer.stdout.replaceAll('\0', '').trim().split('\n')[0] : undefined;
    return line ? shown(line) : undefined;
  };
  const version = trtexecVersion(answers['trtexec']?.stdout ?? '');
  const mode = /NV Power Mode: (.*)/.exec(answers['mode']?.stdout ?? '')?.[1];
  const rows = [
    { name: 'GPU', value: said('gpu') ?? said('model') },
    { name: 'TensorRT', value: version },
    { name: 'Jetson Linux', value: /R\d+[^,]*, REVISION: [\d.]+/.exec(answers['tegra']?.stdout ?? '')?.[0] },
    { name: 'Power mode', value: mode && shown(mode) },
    { name: 'System', value: said('system') },
  ];
  return {
    summary: [said('gpu') ?? said('model') ?? 'a GPU that is not known', version && `TensorRT ${version}`]
      .filter((part) => part)
      .join(', '),
    rows: rows.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }])),
    missing:
      version === undefined
        ? [{ what: 'trtexec', advice: 'On Jetson: sudo apt install tensorrt (JetPack). Elsewhere: developer.nvidia.com/tensorrt.' }]
        : [],
  };
}

function planOf({ model, inputs, entry }: RunRequest): RunPlan {
  const { runs = 100, 'warm-up': warmUp = 10, seconds = 5, threads, power } = entry;
  const streams = threads === undefined ? [1, 2] : [...new Set([threads].flat())];
  // trtexec warms up by time: at least its own 200 ms.
  const warmMs = Math.max(200, 20 * warmUp);
  const measure = [String(runs), String(warmMs), String(Math.max(1, Math.round(seconds))), power ? 'yes' : 'no', ...streams.map(String)];
  const limit = 120 + (runs + streams.length * (seconds + 20)) * 2;
  return {
    files: [
      { name: 'run.sh', text: script },
      { name: 'model.onnx', local: model },
      ...inputs.map((local, at) => ({ name: `inputs/${String(at).padStart(6, '0')}.npy`, local })),
    ],
    steps: [
      { title: 'Build the engine on the board', command: ['sh', 'run.sh', 'build'], limitMs: buildMinutes * 60_000, log: 'build' },
      { title: 'Measure with trtexec', command: ['sh', 'run.sh', 'measure', ...measure], limitMs: limit * 1000, log: 'measure' },
      ...(inputs.length
        ? [
            {
              title: 'Run the pictures',
              command: ['sh', 'run.sh', 'pictures'] as const,
              limitMs: (60 + 10 * inputs.length) * 1000,
              log: 'pictures',
            },
          ]
        : []),
    ],
    results: ['times.json', 'idle.txt', 'busy.txt', ...(inputs.length ? ['outputs/'] : [])],
  };
}
