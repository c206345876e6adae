import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Check } from '@sinclair/typebox/value';
import { expect, it } from 'vitest';
import { overlayFile } from '../../../src/engine/pipeline/overlay.ts';
import { writeAnnotations } from '../../../src/engine/pipeline/annotations/write.ts';
import type { Analysis } from '../../../src/engine/sensitivity/types.ts';
import { buildModel } from '../../support/model-builder.ts';

const model = buildModel({
  name: 'net',
  inputs: [{ name: 'x', shape: [1, 4] }],
  outputs: ['c'],
  nodes: [
    ['Relu', ['x'], ['a'], {}, { name: 'named' }],
    ['Relu', ['a'], ['b'], {}, { name: '' }],
    ['Relu', ['b'], ['c'], {}, { name: 'equal' }],
  ],
});

const row = (name: string, bits: number, value: number | null) => ({
  name,
  op: 'Conv',
  bits,
  weights: bits,
  activations: bits,
  value,
  ...(value === null ? { equal: true as const } : {}),
  parameters: 1,
  macs: 1,
});

const analysis: Analysis = {
  method: 'isolated',
  metric: 'sqnr',
  measure: 'sqnr',
  unit: 'dB',
  better: 'high',
  samples: 2,
  layers: [row('b', 4, 12.3456789), row('named', 4, 30), row('named', 8, 50), row('b', 8, Infinity), row('equal', 8, null)],
  baseline: [],
  notAnalyzed: [],
  forwardPasses: 1,
  warnings: [],
};

async function written(given: Analysis) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-annotations-'));
  const file = (name: string): string => path.join(folder, name);
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(file(name), 'utf8'));
  try {
    await writeAnnotations(
      { overlay: file('o.json'), netron: file('n.json'), modelExplorer: file('m.json') },
      given,
      model,
      'a'.repeat(64),
    );
    return {
      overlay: await read('o.json'),
      netron: await read('n.json'),
      four: await read('m.w4a4.json'),
      eight: await read('m.w8a8.json'),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('overlays have a width each, follow the published schema, and leave out what has no finite figure', async () => {
  const { overlay } = await written(analysis);
  expect(Check(overlayFile, overlay)).toBe(true);
  expect(overlay).toEqual({
    version: 1,
    models: ['a'.repeat(64)],
    overlays: [
      {
        id: 'isolated-sqnr-w4a4',
        label: 'Sensitivity (isolated, SQNR, w4a4)',
        unit: 'dB',
        better: 'high',
        values: { b: 12.3456789, named: 30 },
        scale: { thresholds: [10, 20, 30, 40] },
      },
      expect.objectContaining({ id: 'isolated-sqnr-w8a8', values: { named: 50, equal: null } }),
    ],
  });
});

it('what is better turns round where a layer alone stays float', async () => {
  const { overlay, eight } = await written({
    ...analysis,
    method: 'leave-one-out',
    metric: 'mse',
    measure: 'mse',
    unit: '',
    better: 'low',
  });
  expect(overlay).toMatchObject({ overlays: [{ better: 'high', scale: { gradient: [12.3456789, 30] } }, { better: 'high' }] });
  expect(eight).toMatchObject({ net: { gradient: [{ stop: 0, bgColor: '#cc4c02' }, { stop: 0.5 }, { stop: 1 }] } });
});

it('Netron gets metrics of nodes, and of the value that a node without a name makes; Model Explorer results by graph and node', async () => {
  const { netron, four, eight } = await written(analysis);
  expect(netron).toEqual({
    signature: 'netron:attachment',
    metrics: [
      { kind: 'value', target: 'b', name: 'Sensitivity (isolated, SQNR, w4a4), dB', value: 12.3457 },
      { kind: 'node', target: 'named', name: 'Sensitivity (isolated, SQNR, w4a4), dB', value: 30 },
      { kind: 'node', target: 'named', name: 'Sensitivity (isolated, SQNR, w8a8), dB', value: 50 },
      { kind: 'value', target: 'b', name: 'Sensitivity (isolated, SQNR, w8a8), dB', value: 'Infinity' },
      { kind: 'node', target: 'equal', name: 'Sensitivity (isolated, SQNR, w8a8), dB', value: 'equal' },
    ],
  });
  expect(four).toMatchObject({ net: { results: { b: { value: 12.3456789 }, named: { value: 30 } } } });
  expect(eight).toMatchObject({ net: { results: { named: { value: 50 } } } });
});
