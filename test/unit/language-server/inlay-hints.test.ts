import { describe, expect, it } from 'vitest';
import { inlayHints } from '../../../language-server/service/inlay-hints.ts';
import type { PruningProfile } from '../../../src/protocol/pruning.ts';
import { fakeFacts, folder, layerFacts, modelFacts, request } from './support.ts';

/** 1000 and 9000 weights and a bias, in float 40 kB. */
const model = modelFacts(
  [
    layerFacts('/a/Conv', { parameters: 1000, macs: 1e6, weights: { elements: 1000, bytes: 4000 } }),
    layerFacts('/b/Conv', { parameters: 9100, macs: 9e6, weights: { elements: 9000, bytes: 36_000 } }),
  ],
  { parameters: 10_100, weightBytes: 40_400, macs: 10e6 },
);

/** One group of 10 channels that the first layer makes and the second reads. */
const profile: PruningProfile = {
  groups: [{ name: 'g', channels: 10, minimum: 1, makers: ['/a/Conv'], readers: ['/b/Conv'] }],
  kept: [],
  layers: [
    { name: '/a/Conv', op: 'Conv', macs: 1e6, extents: [{ fixed: 0, groups: [[0, 1]] }] },
    { name: '/b/Conv', op: 'Conv', macs: 9e6, extents: [{ fixed: 0, groups: [[0, 1]] }] },
  ],
  tensors: [
    { layer: '/a/Conv', elements: 1000, bytes: 4, extents: [{ fixed: 0, groups: [[0, 1]] }] },
    { layer: '/b/Conv', elements: 9000, bytes: 4, extents: [{ fixed: 0, groups: [[0, 1]] }] },
    { layer: '/b/Conv', elements: 100, bytes: 4, extents: [] },
  ],
};

const whole = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };

function hints(text: string, facts = fakeFacts({ models: { [`${folder}/model.onnx`]: { ...model, pruning: profile } } })): string[] {
  return inlayHints(request(text, facts), whole, { layers: false }).map(
    ({ position: { line, character }, label }) => `${line}:${character} ${String(label)}`,
  );
}

const recipe = (steps: string): string => `version: 1\nmodel: model.onnx\nsteps:\n${steps}`;

describe('what steps come to', () => {
  it.each<[string, string, string[]]>([
    ['8 bits', '  - quantize: {}\n', ['3:16 about 40.4 → 10.4 kB file']],
    ['4 bits', '  - quantize: { weights: 4 } # less\n', ['3:35 about 40.4 → 10.4 kB file, 5.4 kB packed']],
    ['4 bits, packed', '  - quantize: { weights: 4, storage: packed }\n', ['3:45 about 40.4 → 5.4 kB file']],
    ['in a block', '  - quantize:\n      weights: ternary\n', ['3:13 about 40.4 → 10.4 kB file, 2.9 kB packed']],
    ['half of the channels', '  - prune: {}\n', ['3:13 about 40.4 → 20.4 kB file · 10 → 5 M MACs']],
    ['a part of the multiply-adds', '  - prune: { macs: 0.7 }\n', ['3:24 about 40.4 → 28.4 kB file · 10 → 7 M MACs']],
    ['no channels in multiples of all', '  - prune: { round-to: 10 }\n', ['3:27 about 40.4 kB file']],
    ['zeros are stored', '  - prune: { method: weights }\n', ['3:30 about 40.4 kB file']],
    ['what only a measurement tells', '  - prune: { drop: 1 }\n', ['3:22 at most 40.4 kB file: found out as it runs']],
    [
      'one after the other',
      '  - prune: { channels: 0.5 }\n  - cluster: { values: 16 }\n  - quantize: {}\n  - qat: {}\n',
      [
        '3:28 about 40.4 → 20.4 kB file · 10 → 5 M MACs',
        '4:27 about 20.4 kB file, 2.9 kB packed',
        '5:16 about 20.4 → 5.4 kB file, 2.9 kB packed',
        '6:11 about 5.4 kB file, 2.9 kB packed',
      ],
    ],
    [
      'half of what the first left',
      '  - prune: {}\n  - prune: { channels: 0.4 }\n',
      ['3:13 about 40.4 → 20.4 kB file · 10 → 5 M MACs', '4:28 about 20.4 → 12.4 kB file · 5 → 3 M MACs'],
    ],
    ['training leaves the size', '  - train: { epochs: 1 }\n', ['3:24 about 40.4 kB file']],
    ['with mistakes beside', '  - quantize: { weights: 4, activations: 99 }\n  - quantise: {}\n  - cluster: {}\n', ['3:45 about 40.4 → 10.4 kB file, 5.4 kB packed', '5:15 about 10.4 kB file, 5.4 kB packed']],
  ])('%s', (_, steps, wanted) => expect(hints(recipe(steps))).toEqual(wanted)); // prettier-ignore

  it('follow what is said of layers', () => {
    const text = recipe('  - prune: {}\n  - quantize: {}\nlayers:\n  /a/Conv: { prune: false }\n  "/b/*": { quantize: false }\n');
    expect(hints(text)).toEqual(['3:13 about 40.4 kB file', '4:16 about 40.4 → 37.4 kB file']);
  });

  it('are of the model that each step works on', () => {
    const facts = fakeFacts({ models: { [`${folder}/model.onnx`]: model, [`${folder}/b.onnx`]: modelFacts(['/x']) } });
    const text =
      'models: { a: { model: model.onnx }, b: { model: b.onnx } }\nsteps:\n  - quantize: { on: a }\n  - quantize: { on: b }\n  - quantize: {}\n';
    expect(hints(text, facts)).toEqual(['2:23 about 40.4 → 10.4 kB file', '3:23 about 1.73 → 0.43 kB file']);
  });

  it('say what only pruning costs can tell once they are there', () => {
    const facts = fakeFacts({ models: { [`${folder}/model.onnx`]: model } });
    expect(hints(recipe('  - prune: {}\n'), { ...facts, pruning: () => ({ state: 'reading' }) })).toEqual([
      '3:13 at most 40.4 kB file: found out as it runs',
    ]);
    expect(hints(recipe('  - prune: {}\n'), { ...facts, pruning: () => ({ state: 'known', value: profile }) })).toEqual([
      '3:13 about 40.4 → 20.4 kB file · 10 → 5 M MACs',
    ]);
  });

  it('tell how long training takes at least, of what pruning leaves less', () => {
    const known = { [`${folder}/pictures`]: { path: `${folder}/pictures`, kind: 'folder' as const, count: 50_000 } };
    const facts = fakeFacts({ models: { [`${folder}/model.onnx`]: { ...model, pruning: profile } }, data: known });
    const text = recipe(
      '  - train: { epochs: 3 }\n  - prune: { finetune: { epochs: 10 } }\n  - prune: { drop: 1, finetune: { epochs: 2 } }\n',
    );
    expect(hints(`data: { train: { path: pictures, labels: folders } }\n${text}`, facts)).toEqual([
      '4:24 about 40.4 kB file · about 45 s',
      '5:39 about 40.4 → 20.4 kB file · 10 → 5 M MACs · about 75 s',
      '6:47 at most 20.4 kB file: found out as it runs · about 15 s',
    ]);
  });

  it('say which boards are planned only', () => {
    const planned = 'no host: planned only';
    const text = 'model: a.onnx\ndeploy:\n  - { target: cpu }\n  - host: b\n  - target: zcu104\n    runs: 3\n  - 7\n';
    expect(hints(text)).toEqual([`2:19 ${planned}`, `4:18 ${planned}`]);
    expect(hints('deploy: { target: cpu }\n')).toEqual([`0:23 ${planned}`]);
    expect(hints('deploy: {}\n')).toEqual([]);
  });

  it('are not there while the model is not known', () => expect(hints(recipe('  - quantize: {}\n'), fakeFacts())).toEqual([]));
});
