import type { BoardRunner, BoardState, ChainRequest, RunPlan, RunRequest } from '../run-plan.ts';
import { shown } from '../zcu104/runner/foreign.ts';
import { aloneFile, networkFile, readHailoChain, togetherFile } from './runner/chain.ts';
import chainScript from './runner/chain.sh';
import { hailoFigures } from './runner/results.ts';
import script from './runner/run.sh';

/** Short runs that show how latency scatters; each loads the model anew, about a second. */
const mostSamples = 20;

/** A computer with a Hailo-8, by hailortcli of HailoRT 4.x. */
export const runner: BoardRunner = {
  target: 'hailo8',
  questions: [
    { name: 'identify', command: ['hailortcli', 'fw-control', 'identify'] },
    { name: 'version', command: ['hailortcli', '--version'] },
    { name: 'system', command: ['uname', '-srm'] },
  ],
  state: stateOf,
  takesParts: true,
  plan({ model, entry, chain }) {
    if (chain) return chainPlan(chain, entry);
    const { runs = 100, seconds = 5, power } = entry;
    const samples = Math.min(runs, mostSamples);
    // The benchmark measures three times so long; --time-to-run takes whole seconds.
    const whole = Math.max(1, Math.round(seconds));
    return {
      files: [
        { name: 'run.sh', text: script },
        { name: 'model.hef', local: model },
      ],
      steps: [
        {
          title: 'Measure with hailortcli',
          command: ['sh', 'run.sh', String(whole), String(samples), power ? 'yes' : 'no'],
          limitMs: (120 + 6 * whole + 10 * samples) * 1000,
          log: 'run',
        },
      ],
      results: [],
    };
  },
  read: (folder, logs, request) =>
    request.chain
      ? readHailoChain(folder, logs['run'] ?? '', request.chain)
      : Promise.resolve().then(() => hailoFigures(logs['run'] ?? '', request)),
};

/** Each network alone, then all of them under the scheduler. */
function chainPlan({ stages }: ChainRequest, { seconds = 5 }: RunRequest['entry']): RunPlan {
  const whole = Math.max(1, Math.round(seconds));
  return {
    files: [{ name: 'chain.sh', text: chainScript }, ...stages.map(({ model }, at) => ({ name: networkFile(at), local: model }))],
    steps: [
      {
        title: 'Measure the networks with hailortcli',
        command: ['sh', 'chain.sh', String(whole), ...stages.map((_, at) => networkFile(at))],
        limitMs: (120 + (stages.length + 1) * (whole + 20)) * 1000,
        log: 'run',
      },
    ],
    results: [...stages.map((_, at) => aloneFile(at)), togetherFile],
  };
}

/** "Device Architecture: HAILO8" and its kin. (hailo-ai/hailort 4.23, hailortcli/fw_control_command.cpp.) */
function stateOf(answers: Parameters<BoardRunner['state']>[0]): BoardState {
  const identify = answers['identify']?.stdout ?? '';
  const said = (name: string): string | undefined => {
    const value = new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(identify)?.[1]?.replaceAll('\0', '').trim();
    return value && value !== '<N/A>' ? shown(value) : undefined;
  };
  const version = /HailoRT-CLI version ([\d.]+)/.exec(answers['version']?.stdout ?? '')?.[1];
  const chip = said('Device Architecture');
  const rows = [
    { name: 'Accelerator', value: chip },
    { name: 'Board', value: said('Board Name') },
    { name: 'Product', value: said('Product Name') },
    { name: 'Firmware', value: said('Firmware Version') },
    { name: 'HailoRT', value: version },
    { name: 'System', value: answers['system']?.exitCode === 0 ? shown(answers['system'].stdout.trim()) : undefined },
  ];
  return {
    summary: [chip ?? 'no Hailo accelerator is seen', version && `HailoRT ${version}`].filter((part) => part).join(', '),
    rows: rows.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }])),
    missing: missingOf(answers, chip),
  };
}

function missingOf(answers: Parameters<BoardRunner['state']>[0], chip: string | undefined): BoardState['missing'] {
  const identify = answers['identify'];
  if (!identify || identify.exitCode === 127 || /not found/.test(identify.stderr))
    return [
      {
        what: 'hailortcli',
        advice: 'Install HailoRT 4.x and its driver (Raspberry Pi: sudo apt install hailo-all; else hailo.ai, Developer Zone).',
      },
    ];
  if (chip === undefined)
    return [
      { what: 'a Hailo-8 that answers', advice: 'See that hailortcli scan finds it and that the driver is loaded (lsmod: hailo_pci).' },
    ];
  return /^HAILO8/.test(chip) ? [] : [{ what: 'a Hailo-8', advice: `The chip there is ${chip}, which takes other files.` }];
}
