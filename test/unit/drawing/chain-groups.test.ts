import { describe, expect, it } from 'vitest';
import { composeChain } from '../../../src/engine/chain/compose.ts';
import { chainMetadataKey, modelsWithin } from '../../../src/engine/onnx/chain-metadata.ts';
import { drawModel } from '../../../src/engine/drawing/draw.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import type { DrawableGraph } from '../../../src/protocol/drawable.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';

/** `count` operators in a row, in scopes of four. */
const row = (count: number, taken = 'image', made = 'out'): Model =>
  buildModel({
    inputs: [{ name: taken, shape: ['N', 3, 8, 8] }],
    outputs: [{ name: made, shape: ['N', 3, 8, 8] }],
    nodes: Array.from({ length: count }, (_, i): BuildNode => {
      const [from, to] = [i === 0 ? taken : `v${i}`, i === count - 1 ? made : `v${i + 1}`];
      return ['Relu', [from], [to], {}, { name: `/block${Math.floor(i / 4)}/Relu_${i}` }];
    }),
  });

const chain = (first = row(8), second = row(8), seam = {}): Model =>
  composeChain([
    { alias: 'enhance', model: first, seams: {}, color: 'rgb' },
    { alias: 'detect', model: second, seams: { image: { from: { alias: 'enhance', value: 'out' }, ...seam } } },
  ]).model;

const drawn = (model: Model): DrawableGraph => drawModel(model, inferShapes(model)).graph;

/** Titles of the groups around each operator, the outermost first. */
function around({ nodes, groups }: DrawableGraph): Map<string, string[]> {
  return new Map(
    nodes
      .filter(({ kind }) => kind === 'operator')
      .map(({ name, group }) => {
        const titles: string[] = [];
        for (let at = group; at >= 0; at = groups[at]!.parent) titles.unshift(groups[at]!.title);
        return [name, titles];
      }),
  );
}

describe('a chain is drawn', () => {
  it('with each model as a group by its name, and what lies between them as one of its own', () => {
    const graph = drawn(chain(row(8), row(8), { scale: 255, color: 'bgr' }));
    expect(graph.groups.filter(({ parent }) => parent < 0).map(({ kind, title }) => [kind, title])).toEqual([
      ['model', 'enhance'],
      ['seam', 'into detect'],
      ['model', 'detect'],
    ]);
    expect(graph.groups.find(({ kind }) => kind === 'seam')!.lines[0]).toBe('color, scale');
    expect(drawn(chain()).groups.find(({ kind }) => kind === 'seam')!.lines[0]).toBe('as it comes');
    const places = around(graph);
    expect(places.get('enhance:/block1/Relu_5')).toEqual(['enhance', 'block1']);
    expect(places.get('detect:/block0/Relu_0')).toEqual(['detect', 'block0']);
    expect(places.get('seam:detect/image/Mul_1')).toEqual(['into detect']);
  });

  it('with what only hands on, and a model of one operator, as groups as well', () => {
    const places = around(drawn(chain(row(1), row(8))));
    expect(places.get('enhance:/block0/Relu_0')).toEqual(['enhance']);
    expect(places.get('seam:detect/image')).toEqual(['into detect']);
  });

  it('with nodes of other names beside those that they are for', () => {
    const model = chain();
    for (const node of model.graph.nodes) if (node.name === 'enhance:/block0/Relu_0') node.name = 'image_QuantizeLinear';
    for (const node of model.graph.nodes) if (node.name === 'detect:/block1/Relu_7') node.name = 'added at the end';
    const places = around(drawn(model));
    expect(places.get('image_QuantizeLinear')?.[0]).toBe('enhance');
    expect(places.get('added at the end')?.[0]).toBe('detect');
  });

  it('as any other model where what it says of itself cannot be read', () => {
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"links":[{"alias":"<b>"}]}',
      '{"links":[3]}',
      `{"links":[${'{"alias":"a"},'.repeat(300)}{"alias":"b"}]}`,
    ]) {
      const model = row(8);
      model.metadata.set(chainMetadataKey, text);
      expect(modelsWithin(model.metadata)).toEqual([]);
      expect(around(drawn(model)).get('/block1/Relu_5')).toEqual(['block1']);
    }
  });
});
