import type { BoardRunner, BoardState } from '../../run-plan.ts';
import type { DpuBoard } from './board.ts';
import { fields, list, shown, text } from './foreign.ts';
import { readQuery, type DpuQuery } from './query.ts';

/** Modules that the runner imports or can do with: looked for, not loaded. */
const modules = ['xir', 'vart', 'vitis_ai_library', 'numpy'];

/** Answers with what Python has and which sensors there are, as JSON. */
const python = (sensors: string): string =>
  [
    'import glob, importlib.util, json, sys',
    `found = [name for name in ${JSON.stringify(modules)} if importlib.util.find_spec(name)]`,
    `names = [open(path).read().strip() for path in sorted(glob.glob(${JSON.stringify(`${sensors}/hwmon*/name`)}))]`,
    'print(json.dumps({"version": sys.version.split()[0], "modules": found, "sensors": names}))',
  ].join('\n');

/** What a board is asked; nothing here changes anything there. */
export const questionsTo = ({ sensors }: DpuBoard): BoardRunner['questions'] => [
  { name: 'query', command: ['xdputil', 'query'] },
  { name: 'python', command: ['python3', '-c', python(sensors)] },
  { name: 'system', command: ['uname', '-srm'] },
  { name: 'release', command: ['cat', '/etc/os-release'] },
];

type Answers = Parameters<BoardRunner['state']>[0];

export function stateOf(board: DpuBoard, answers: Answers): BoardState {
  const query = readQuery(answers['query']?.stdout ?? '');
  const found = pythonAnswer(answers['python']?.stdout ?? '');
  const rows: { name: string; value: string | undefined }[] = [
    { name: 'Accelerator', value: query && acceleratorOf(query) },
    { name: 'Fingerprint', value: query && ([...new Set(query.cores.map(({ fingerprint }) => fingerprint))].join(', ') || undefined) },
    { name: 'DPU design', value: query?.ipVersion },
    { name: 'Vitis AI', value: query?.vitisAi },
    { name: 'Softmax kernel', value: query?.softmax === undefined ? undefined : query.softmax ? 'yes' : 'no' },
    { name: 'Python', value: found && `${found.version}${found.modules.length ? ` with ${found.modules.join(', ')}` : ''}` },
    { name: 'Power sensor', value: found && (sensorsOf(board, found.sensors).join(', ') || 'none that is known') },
    { name: 'Image', value: releaseOf(answers['release']?.stdout ?? '') },
    { name: 'System', value: text(answers['system']?.stdout.trim().split('\n')[0]) },
  ];
  const [first] = query?.cores ?? [];
  return {
    summary: query && first ? acceleratorOf(query) : query ? 'no DPU is loaded' : 'what accelerator it has is not known',
    rows: rows.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }])),
    ...(first ? { fingerprint: first.fingerprint } : {}),
    missing: missingOf(query, found, answers),
  };
}

/** "DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz". */
function acceleratorOf({ cores }: DpuQuery): string {
  const [first] = cores;
  if (!first) return 'none is loaded';
  const names = [...new Set(cores.map(({ architecture }) => architecture || 'an unknown DPU'))].join(' and ');
  const clock = first.megahertz === undefined ? '' : `, ${first.megahertz} MHz`;
  return `${names}, ${cores.length} ${cores.length === 1 ? 'core' : 'cores'}${clock}`;
}

interface PythonAnswer {
  readonly version: string;
  readonly modules: readonly string[];
  readonly sensors: readonly string[];
}

function pythonAnswer(output: string): PythonAnswer | undefined {
  try {
    const answer = fields(JSON.parse(output));
    const texts = (value: unknown): string[] => list(value).flatMap((one) => text(one) ?? []);
    const version = text(answer['version']);
    return version === undefined
      ? undefined
      : { version, modules: texts(answer['modules']), sensors: texts(answer['sensors']).slice(0, 100) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const sensorsOf = ({ power }: DpuBoard, names: readonly string[]): string[] => {
  const known = names.filter((name) => power.names.some((begin) => name.startsWith(begin)));
  return power.add ? known : known.slice(0, 1);
};

const releaseOf = (output: string): string | undefined => text(/^PRETTY_NAME="?([^"\n]+)/m.exec(output.slice(0, 10_000))?.[1]);

function missingOf(query: DpuQuery | undefined, found: PythonAnswer | undefined, answers: Answers): BoardState['missing'] {
  const missing: { what: string; advice: string }[] = [];
  if (!query) {
    const said = lastLine(answers['query']?.stderr ?? '');
    missing.push({
      what: `xdputil does not answer${said === undefined ? '' : `: ${said}`}`,
      advice: 'It is part of the Vitis AI Library on AMD’s board image; on another image: dnf install packagegroup-petalinux-vitisai.',
    });
  } else if (query.cores.length === 0) {
    missing.push({
      what: 'a DPU',
      advice: 'Load its design, on Kria boards with xmutil loadapp; the official ZCU images load it at boot.',
    });
  }
  if (!found) missing.push({ what: 'python3', advice: 'The official image has it: dnf install python3.' });
  for (const name of ['xir', 'vart'])
    if (found && !found.modules.includes(name))
      missing.push({
        what: `Python’s module ${name}`,
        advice: 'It is part of VART on AMD’s board image: dnf install packagegroup-petalinux-vitisai.',
      });
  return missing;
}

const lastLine = (output: string): string | undefined => {
  const line = output.trimEnd().split('\n').at(-1)?.trim();
  return line ? shown(line) : undefined;
};
