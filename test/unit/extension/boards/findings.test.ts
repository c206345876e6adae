import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cancelled, LatheError } from '../../../../src/engine/base/errors.ts';
import { checkFindings, failureFinding, toolFindings, type BoardFinding } from '../../../../src/extension/boards/findings/findings.ts';
import { placeFindings } from '../../../../src/extension/boards/findings/place.ts';
import type { CheckDocument, CheckedNode } from '../../../../src/protocol/results/board.ts';

const finding = (layers: string[], more: Partial<BoardFinding> = {}): BoardFinding => ({
  severity: 'warning',
  message: 'm',
  target: 'zcu104',
  layers,
  ...more,
});

/** The text that each finding is placed at. */
function places(text: string, ...findings: BoardFinding[]): string[] {
  const lines = text.split('\n');
  return placeFindings(text, findings).map(({ range: { line, column, endColumn }, layers }) => {
    return `${line}: ${lines[line - 1]!.slice(column - 1, endColumn - 1)}${layers.length ? ` ← ${layers.join(' ')}` : ''}`;
  });
}

const text = `version: 1
model: a.onnx
target: zcu104
layers:
  "/a/*": { weights: 6 }
  /b: { weights: 8 }
  "/a/2": { quantize: false }
deploy:
  - { target: zcu104, host: z }
  - { host: c, runs: 3 }
  - runs: 5
`;

describe('where what was found stands in a recipe', () => {
  it.each<[string, BoardFinding, string[]]>([
    ['the entry that speaks of the layer', finding(['/b']), ['6: /b ← /b']],
    ['the last entry that matches it', finding(['/a/2']), ['7: "/a/2" ← /a/2']],
    ['each entry, for layers of several', finding(['/a/1', '/a/2', '/a/3']), ['5: "/a/*" ← /a/1 /a/3', '7: "/a/2" ← /a/2']],
    ['the target, for a layer that no entry speaks of', finding(['/c']), ['3: zcu104 ← /c']],
    ['the target, without a layer', finding([]), ['3: zcu104']],
    ['the target of the entry it is about', finding([], { entry: 0 }), ['9: zcu104']],
    ['the first key of an entry without a target', finding([], { entry: 1 }), ['10: host']],
    ['the same in block style', finding([], { entry: 2 }), ['11: runs']],
  ])('%s', (_, one, wanted) => expect(places(text, one)).toEqual(wanted));

  it.each<[string, string, string[]]>([
    [
      'the entry of this target where the recipe has none of its own',
      'model: a\ndeploy:\n  - target: cpu\n  - target: zcu104\n',
      ['4: zcu104'],
    ],
    ['the only entry', 'model: a\ndeploy: { target: zcu104 }\n', ['2: zcu104']],
    ['the first key where no board is named', 'model: a\nsteps: []\n', ['1: model']],
    ['the first line of an empty text', '', ['1: ']],
  ])('%s', (_, source, wanted) => expect(places(source, finding([]))).toEqual(wanted));

  it('layers of one of several models, named with its alias', () => {
    const several = 'models:\n  one: { model: a }\n  two: { model: b }\nlayers:\n  "two:/x": { weights: 8 }\n';
    expect(places(several, finding(['/x']))).toEqual(['5: "two:/x" ← /x']);
  });

  it('never throws, whatever stands there', () => {
    const broken = [
      'deploy:\n  - 3\n',
      'deploy: 3',
      'deploy: []',
      'layers: 3\n',
      '- a',
      'target:\n',
      'deploy:\n  - [1]\n',
      '{',
      'layers: { ? [a] : b }',
      '\u0000',
    ];
    for (const source of broken)
      for (const entry of [undefined, 0, 7]) placeFindings(source, [finding(['/x'], entry === undefined ? {} : { entry })]);
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.string()),
        (source, layers) => void placeFindings(source, [finding(layers), finding(layers, { entry: 1 })]),
      ),
    );
  });
});

describe('what is found', () => {
  const node = (name: string, verdict: CheckedNode['verdict'], reason: string): CheckedNode => ({
    name,
    op: 'Conv',
    verdict,
    reason,
    rule: 'dpu.x',
    device: verdict === 'no' ? 'CPU' : 'DPU',
  });
  const document = (nodes: CheckedNode[]): CheckDocument => ({
    target: 'zcu104', title: 'ZCU104', nodes, subgraphs: [], transfers: [], quantization: [{ node: '/q', constraint: 'dpu.shift', message: 'shift 20' }], macs: { accelerator: null, all: null }, warnings: [],
  }); // prettier-ignore

  it('by a check: wrong scales, and layers of the same reason together', () => {
    const found = checkFindings(
      document([node('/a', 'no', 'too large'), node('/b', 'yes', ''), node('/c', 'no', 'too large'), node('/d', 'if', 'batch is 1')]),
    );
    expect(found.map(({ severity, code, layers }) => [severity, code, layers])).toEqual([
      ['error', 'dpu.shift', ['/q']],
      ['warning', 'dpu.x', ['/a', '/c']],
      ['info', 'dpu.x', ['/d']],
    ]);
  });

  it('by tools, with our name of the node, and by a task that failed', () => {
    const place = { target: 'zcu104', entry: 1 };
    expect(
      toolFindings(
        [
          { severity: 'error', message: 'm', code: 'X', node: 'xir_1', layer: '/a' },
          { severity: 'info', message: 'n', node: 'xir_2' },
        ],
        place,
      ),
    ).toEqual([
      { severity: 'error', message: 'm', code: 'X', layers: ['/a'], ...place },
      { severity: 'info', message: 'n', layers: [], ...place },
    ]);
    expect(failureFinding(new LatheError('compile.failed', 'no file', { node: '/a', hint: 'h' }), place)).toEqual([
      { severity: 'error', message: 'no file', code: 'compile.failed', layers: ['/a'], hint: 'h', ...place },
    ]);
    expect(failureFinding(new Cancelled(), place)).toEqual([]);
    expect(failureFinding(new TypeError('mistake'), place)).toEqual([]);
  });
});
