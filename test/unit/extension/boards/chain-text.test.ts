import { describe, expect, it } from 'vitest';
import { chainLines, throughputLines } from '../../../../src/extension/boards/chain-text.ts';
import { checkFindings } from '../../../../src/extension/boards/findings/findings.ts';
import { deploySummary } from '../../../../src/extension/boards/text.ts';
import type { CheckDocument } from '../../../../src/protocol/results/board.ts';
import type { ChainPlan, ChainThroughput } from '../../../../src/protocol/results/chain.ts';

const bare = (lines: readonly string[]): string => lines.join('\n').replaceAll(/\u001b\[\d+m/g, '');

const stage = (alias: string, after: number[]): ChainPlan['stages'][number] => ({
  alias,
  after,
  nodes: 3,
  conversions: after.length ? [{ op: 'Resize', device: 'CPU', nodes: 1 }] : [],
  macs: { accelerator: 1000, all: 2000 },
  subgraphs: [{ device: 'DPU', subgraphs: 1 }],
  weightBytes: 4000,
  activationBytes: null,
  leastMs: 0.5,
});

const plan: ChainPlan = {
  target: 'zcu104',
  stages: [stage('re\u202estore\n', []), stage('detect', [0])],
  order: [[0], [1]],
  crossings: [{ from: 0, to: 1, tensor: 't', bytes: 3072, type: 'uint8' }],
  files: 'whole',
  schedule: { text: 'Threads.', source: 'a document' },
  memory: [{ name: 'flash', bytes: 20_000_000, limit: 16_000_000, fits: false, text: 'all' }],
  latency: { leastMs: 1, mostFps: 2000, limit: 0, text: '' },
  findings: [
    { severity: 'warning', code: 'chain.conversion', message: 'the CPU resizes', hint: 'Same size.', layers: ['seam:detect/x/Resize'] },
  ],
};

const measured: ChainThroughput = {
  stages: [
    { alias: 'restore', ms: 2 },
    { alias: 'detect', ms: 5 },
  ],
  limit: 1,
  ways: [
    { way: 'series', threads: 2, fps: 140, latencyMs: { median: 7, p90: 8, runs: 9 } },
    { way: 'pipelined', threads: 1, fps: 199.6, latencyMs: { median: 20, p90: 22, runs: 9 } },
  ],
  queue: 2,
  equal: { pictures: 4, elements: 40, equal: 40 },
};

describe('a chain in the terminal', () => {
  it('tells order, what goes across, memory and findings, foreign names made visible', () => {
    const text = bare(chainLines(plan));
    expect(text).toContain('→ detect: one file, 1 ms at least');
    expect(text).not.toContain('\u202e');
    expect(text).toContain('in front of it Resize on the CPU');
    expect(text).toContain('3.07 kB a picture as uint8');
    expect(text).toContain('flash: 20 MB of 16 MB');
    expect(text).toContain('warning the CPU resizes — Same size.');
  });

  it('tells both throughputs and the model that limits', () => {
    expect(bare(throughputLines(measured))).toMatch(
      /in series +140 pictures\/s, 7 ms.*\npipelined +200 pictures\/s, 20 ms.*\ndetect limits the pipeline/,
    );
    const wrong = { ...measured, equal: { ...measured.equal, equal: 39 } };
    expect(bare(throughputLines(wrong))).toContain('1 of 40 outputs differ');
  });

  it('has its pipeline in the summary of a board, from a run’s folder and from a job', () => {
    for (const chain of [measured, { measured }]) expect(deploySummary({ target: 'cpu', chain })).toBe('cpu: 200 FPS pipelined');
  });

  it('has findings beside those of layers', () => {
    const document: CheckDocument = {
      ...{ target: 'zcu104', title: 'ZCU104', nodes: [], subgraphs: [], transfers: [], quantization: [], warnings: [] },
      macs: { accelerator: 0, all: 0 },
      chain: plan,
    };
    expect(checkFindings(document)).toEqual([
      {
        severity: 'warning',
        code: 'chain.conversion',
        message: 'the CPU resizes',
        hint: 'Same size.',
        layers: ['seam:detect/x/Resize'],
        target: 'zcu104',
      },
    ]);
  });
});
