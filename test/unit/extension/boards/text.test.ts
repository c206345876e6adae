import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CheckDocument, CompileDocument, DeployDocument } from '../../../../src/protocol/results/board.ts';
import { checkLines, compileLines, deployLines, deploySummary, fileLink, matchText, plain } from '../../../../src/extension/boards/text.ts';

/** Without colours, and links as what they show. */
const shown = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/\u001b\]8;;[^\u0007]*\u0007/g, '').replace(/\u001b\[\d+m/g, ''));

const deployed: DeployDocument = {
  target: 'zcu104', host: 'z', run: '/r', model: { path: '/r/m.xmodel', bytes: 310_000, macs: 1, acceleratorMacs: 1 },
  steps: [{ title: 'Copy', state: 'done', seconds: 1.25 }, { title: 'Run', state: 'done', detail: '200 runs' }], plan: [],
  latencyMs: { median: 2.1, p90: 2.4, runs: 200 }, fps: [{ threads: 1, fps: 470 }, { threads: 4, fps: 690 }],
  power: { watts: 4.2, idleWatts: 2.1, joulesPerPicture: 0.0061, source: 'INA226' },
  metrics: { simulated: { metric: 'top1', unit: '%', better: 'high', value: 91.2, samples: 500, confidence: [90, 92] }, board: { metric: 'top1', unit: '%', better: 'high', value: 91.2, samples: 500, confidence: [90, 92] } },
  outputsMatch: { pictures: 64, elements: 640, equal: 640, maxAbs: 0 }, findings: [], warnings: ['slow line'],
}; // prettier-ignore

describe('what terminals say of boards', () => {
  it('figures of a deployment, and the same as one line', () => {
    expect(shown(deployLines(deployed, false))).toEqual([
      'zcu104 on z',
      '  /r/m.xmodel, 310 kB',
      '  ✓ Copy 1.25 s',
      '  ✓ Run — 200 runs',
      '  Latency     2.1 ms median, 2.4 ms p90 (200 runs)',
      '  Throughput  470 pictures/s with 1 thread',
      '  Throughput  690 pictures/s with 4 threads',
      '  Power       4.2 W, idle 2.1 W, 6.1 mJ a picture (INA226)',
      '  Simulated   top-1 91.2 % (500 pictures)',
      '  Board       top-1 91.2 % (500 pictures)',
      '  Outputs     the same as simulated (64 pictures, 640 values)',
      '  warning slow line',
    ]);
    expect(deploySummary(deployed)).toBe('zcu104: 2.1 ms · 690 FPS · 4.2 W · 91.2 % (simulated 91.2)');
    expect(deploySummary({ target: 'cpu', host: null, steps: [], plan: [] } as unknown as DeployDocument)).toBe('');
  });

  it('figures of both stages are rounded alike', () => {
    const at = (value: number) => ({
      metric: 'top1',
      unit: '%',
      better: 'high' as const,
      value,
      samples: 400,
      confidence: [0, 1] as [number, number],
    });
    expect(deploySummary({ target: 'cpu', metrics: { simulated: at(98.25), board: at(98.25) } })).toBe('cpu: 98.3 % (simulated 98.3)');
  });

  it('a plan in place of steps', () => {
    const lines = shown(deployLines({ ...deployed, host: null, steps: [], latencyMs: undefined, fps: [], power: undefined, metrics: undefined, outputsMatch: undefined, warnings: [], plan: [{ title: 'Compile', where: 'here', text: 'vai_c_xir -x a' }, { title: 'Run', where: 'z', text: 'sh run' }] } as unknown as DeployDocument, true)); // prettier-ignore
    expect(lines.slice(2)).toEqual(['  Compile', '    $ vai_c_xir -x a', '  Run on z', '    $ sh run']);
  });

  it.each<[Parameters<typeof matchText>[0], string]>([
    [{ pictures: 1, elements: 10, equal: 10, maxAbs: 0 }, 'the same as simulated (1 picture, 10 values)'],
    [{ pictures: 2, elements: 1000, equal: 998, maxAbs: 0.5, maxSteps: 1 }, '99.8 % the same as simulated, largest difference 1 step (2 pictures, 1 k values)'],
    [{ pictures: 2, elements: 10, equal: 0, maxAbs: 0.25 }, '0 % the same as simulated, largest difference 0.25 (2 pictures, 10 values)'],
  ])('outputs beside ours: %o', (match, wanted) => expect(matchText(match)).toBe(wanted)); // prettier-ignore

  it('a compiled model', () => {
    const document: CompileDocument = {
      output: { path: '/o/m.xmodel', bytes: 310_000 }, target: 'zcu104', plan: [], warnings: [], notes: ['licence'], files: [], missing: [], seconds: 12.3, log: '/o/compile.log',
      findings: [{ severity: 'warning', code: 'X', message: 'too large', layer: '/a', hint: 'cut it' }], subgraphs: { total: 3, accelerator: 1 }, onCpu: [{ node: 'xir_b', layer: '/b', op: 'softmax', reason: 'no such operator' }],
    }; // prettier-ignore
    expect(shown(compileLines(document, false))).toEqual([
      'licence',
      'warning X /a: too large — cut it',
      '  CPU  /b softmax: no such operator',
      'log /o/compile.log',
      'compiled /o/m.xmodel, 310 kB · 1 of 3 sub-graphs on the accelerator · 12.3 s',
    ]);
    const plan = { ...document, findings: [], missing: [{ what: 'docker', advice: 'Install it.' }], files: [{ path: '/o/arch.json', text: '{}' }], plan: [{ title: 'Compile', where: 'here', text: 'a\nb' }] }; // prettier-ignore
    expect(shown(compileLines(plan, true))).toEqual([
      'licence',
      'writes /o/arch.json (2 B)',
      'Compile',
      '  $ a',
      '  $ b',
      'missing docker: Install it.',
    ]);
  });

  it('a check, with what is refused first', () => {
    const node = (name: string, verdict: 'yes' | 'if' | 'no'): CheckDocument['nodes'][number] => ({
      name,
      op: 'Conv',
      verdict,
      reason: 'why',
      rule: 'r',
      device: verdict === 'no' ? 'CPU' : 'DPU',
    });
    const document: CheckDocument = { target: 'zcu104', title: 'ZCU104', nodes: [node('/a', 'yes'), node('/b', 'if'), { ...node('/c', 'no'), fix: 'Cut it' }], subgraphs: [{ device: 'DPU', nodes: [], macs: 1 }], transfers: [], quantization: [], macs: { accelerator: 98, all: 100 }, warnings: [] }; // prettier-ignore
    expect(shown(checkLines(document, '/m.onnx'))).toEqual([
      'ZCU104: 2 of 3 layers on the DPU (98 % of the multiply-adds), 1 sub-graph',
      '/m.onnx',
      '  no  /c Conv: why — Cut it',
      '  if  /b Conv: why',
    ]);
  });

  it('foreign text cannot steer the terminal', () => {
    expect(plain('a\u001b[2J\r\nb\u202e')).toBe('a\\u001b[2J b\\u202e');
    expect(plain('x'.repeat(2_000_000)).length).toBeLessThan(700);
    expect(fileLink('/a b/\u0007\u001bc')).not.toMatch(/\u0007\u001bc/);
  });
});

describe('matchers for tasks of one’s own', () => {
  interface Matcher {
    readonly name: string;
    readonly pattern: {
      readonly regexp: string;
      readonly file: number;
      readonly message: number;
      readonly code?: number;
      readonly severity?: number;
    };
  }
  const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: { problemMatchers: Matcher[] } };
  const match = (line: string): string[] =>
    contributes.problemMatchers.flatMap(({ name, pattern: { regexp, file, message, code } }) => {
      const found = new RegExp(regexp).exec(line);
      return found ? [`${name}: ${found[file]!} | ${code === undefined ? '' : found[code]!} | ${found[message]!}`] : [];
    });

  it.each<[string, string[]]>([
    ['[UNILOG][WARNING] xir::Op{name = conv_1, type = conv2d-fix} has been assigned to CPU: [weights exceed bank depth].', ['lathe-vitis-operator: conv_1 |  | has been assigned to CPU: [weights exceed bank depth].']],
    ['\u001b[33m[UNILOG][FATAL][XCOM_PM_FAIL][The compiler occurs an unexpected error] x\u001b[0m', ['lathe-vitis-message: XCOM_PM_FAIL | XCOM_PM_FAIL | [The compiler occurs an unexpected error] x']],
    ['\u001b[0;33m[VAIQ_WARN][QUANTIZER_TORCH_FLOAT_OP]: op is float\u001b[0m', ['lathe-vitis-quantizer: QUANTIZER_TORCH_FLOAT_OP | QUANTIZER_TORCH_FLOAT_OP | op is float']],
    ['[UNILOG][INFO] Compile done.', []],
    ['anything else', []],
  ])('%s', (line, wanted) => expect(match(line)).toEqual(wanted)); // prettier-ignore
});
