import { describe, expect, it } from 'vitest';
import { drawModel } from '../../../src/engine/drawing/draw.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import type { DrawableGraph } from '../../../src/protocol/drawable.ts';
import { denseNet, inception, mobileNet, NetworkWriter, resNet, transformer, uNet } from './networks.ts';

const draw = (model: Model): DrawableGraph => drawModel(model, inferShapes(model)).graph;

/** Operators in each block of the outermost runs, blocks in order. */
function blocks(graph: DrawableGraph): string[][] {
  return graph.groups.flatMap((group, id) =>
    group.kind === 'repeat' && group.parent < 0
      ? [graph.nodes.filter((node) => isIn(graph, node.group, id)).map((node) => node.title)]
      : [],
  );
}

function isIn(graph: DrawableGraph, at: number, group: number): boolean {
  for (let above = at; above >= 0; above = graph.groups[above]!.parent) if (above === group) return true;
  return false;
}

describe('repeated blocks of networks without names', () => {
  it('finds the blocks of a ResNet, with and without a convolution on the shortcut', () => {
    const found = blocks(draw(resNet([2, 2, 2, 2])));
    expect(found.map((block) => block.filter((op) => op !== 'Conv').join())).toEqual(Array(8).fill('Relu,Add,Relu'));
    expect(found.map((block) => block.filter((op) => op === 'Conv').length)).toEqual([2, 2, 3, 2, 3, 2, 3, 2]);
  });

  it('says which of how many a block is, and which blocks are alike', () => {
    const { groups } = draw(resNet([3, 3]));
    expect(groups.map(({ lines }) => lines[0])).toEqual(['1st of 6', '2nd of 6', '3rd of 6', '4th of 6', '5th of 6', '6th of 6']);
    expect(groups[0]!.lines[1]).toBe('2 × Conv, 2 × Relu, Add');
    const alike = groups.map((group) => group.alike);
    expect(new Set([0, 1, 2, 4, 5].map((i) => alike[i])).size).toBe(1);
    expect(alike[0]).toBeDefined();
    expect(alike[3]).toBeUndefined(); // the only one with a convolution on its shortcut
  });

  it('finds inverted residuals whether they have a shortcut or not', () => {
    const shortcuts = [false, false, true, false, true, true, false, true];
    const found = blocks(draw(mobileNet(shortcuts)));
    expect(found.map((block) => block.includes('Add'))).toEqual(shortcuts);
    for (const block of found) expect(block.filter((op) => op === 'Conv').length).toBe(3);
  });

  it('finds the layers of a dense block, each of which reads all before it', () => {
    const found = blocks(draw(denseNet(6)));
    expect(found.length).toBeGreaterThanOrEqual(5);
    for (const block of found) expect(block.filter((op) => op === 'Conv').length).toBe(2);
  });

  it('finds the blocks of a transformer with both halves in one', () => {
    const found = blocks(draw(transformer(5)));
    expect(found.length).toBe(5);
    for (const block of found) expect(block.filter((op) => op === 'LayerNormalization').length).toBe(2);
  });

  it('finds blocks of parallel branches', () => {
    const found = blocks(draw(inception(4)));
    expect(found.length).toBe(4);
    for (const block of found) expect(block.length).toBe(14);
  });

  it('finds both sides of a U-Net', () => {
    const found = blocks(draw(uNet(4)));
    expect(found.filter((block) => block.includes('MaxPool')).length).toBeGreaterThanOrEqual(3);
    expect(found.filter((block) => block.includes('ConvTranspose')).length).toBeGreaterThanOrEqual(3);
  });

  it('finds nothing where nothing repeats', () => {
    const writer = new NetworkWriter();
    let at = 'x';
    for (const op of ['Relu', 'Sigmoid', 'Tanh', 'Neg', 'Abs', 'Exp', 'Softplus', 'Floor', 'Ceil', 'Sqrt', 'Sin', 'Cos', 'Erf', 'Elu'])
      at = writer.add(op, [at]);
    expect(draw(writer.build(at)).groups).toEqual([]);
  });

  it('gives the same groups for the same graph in another stored order of equal meaning', () => {
    const model = resNet([2, 3]);
    expect(draw(resNet([2, 3]))).toEqual(draw(model));
  });
});
