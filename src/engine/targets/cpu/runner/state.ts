import type { BoardRunner, BoardState } from '../../run-plan.ts';
import { shown } from '../../zcu104/runner/foreign.ts';

/** What the rows of a board's state are called; the plan and the notes read them again. */
export const rowNames = { runtime: 'Runtime', system: 'System', vnni: 'VNNI' } as const;

/** Answers of programs on a board are foreign text: one line, cut. */
const firstLine = (text: string): string => shown(text.trim().split('\n')[0] ?? '', 200);

const python = 'import json, sys, numpy, onnxruntime; print("lathe " + json.dumps([sys.version.split()[0], onnxruntime.__version__]))';
const node =
  "const { version } = require('onnxruntime-node/package.json'); require('onnxruntime-node'); console.log('lathe ' + JSON.stringify([process.versions.node, version]))";

/** Nothing here changes anything on the board. */
export const questions: BoardRunner['questions'] = [
  { name: 'python', command: ['python3', '-c', python] },
  { name: 'node', command: ['node', '-e', node] },
  { name: 'system', command: ['uname', '-srm'] },
  { name: 'processor', command: ['sh', '-c', "grep -m 1 -E '^(model name|Model|Hardware)' /proc/cpuinfo"] },
  { name: 'cores', command: ['getconf', '_NPROCESSORS_ONLN'] },
  { name: 'vnni', command: ['grep', '-m', '1', '-o', '-w', '-E', 'avx512_vnni|avx_vnni', '/proc/cpuinfo'] },
];

export function stateOf(answers: Parameters<BoardRunner['state']>[0]): BoardState {
  const said = (name: string): string | undefined =>
    answers[name]?.exitCode === 0 ? firstLine(answers[name].stdout) || undefined : undefined;
  const versions = (name: string): [string, string] | undefined => {
    const [, language, runtime] = /^lathe \["([^"]{1,40})", ?"([^"]{1,40})"\]$/m.exec(answers[name]?.stdout ?? '') ?? [];
    return answers[name]?.exitCode === 0 && language && runtime ? [shown(language), shown(runtime)] : undefined;
  };
  const [inPython, inNode] = [versions('python'), versions('node')];
  const runtime = inPython
    ? `Python ${inPython[0]}, onnxruntime ${inPython[1]}`
    : inNode && `Node ${inNode[0]}, onnxruntime-node ${inNode[1]}`;
  const processor = said('processor')?.replace(/^[^:]*:\s*/, '');
  const cores = said('cores');
  const rows = [
    { name: 'Processor', value: processor },
    { name: 'Cores', value: cores },
    { name: rowNames.system, value: said('system') },
    { name: rowNames.vnni, value: said('vnni') },
    { name: rowNames.runtime, value: runtime },
  ];
  return {
    summary: [processor ?? said('system') ?? 'a computer', cores && `${cores} ${cores === '1' ? 'core' : 'cores'}`, runtime]
      .filter(Boolean)
      .join(', '),
    rows: rows.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }])),
    missing: runtime === undefined ? [noRuntime(answers)] : [],
  };
}

function noRuntime(answers: Parameters<BoardRunner['state']>[0]): BoardState['missing'][number] {
  const has = (name: string): boolean => ![undefined, null, 126, 127].includes(answers[name]?.exitCode);
  const ways = [
    ...(has('python') ? ['pip install onnxruntime numpy'] : []),
    ...(has('node') ? ['npm install onnxruntime-node, in the home folder there'] : []),
  ];
  return {
    what: 'ONNX Runtime',
    advice: ways.length
      ? `On the board: ${ways.join(', or ')}.`
      : 'Install Python 3 on the board, then there: pip install onnxruntime numpy.',
  };
}
