import { describe, expect, test } from 'vitest';
import { layout } from '../../../webview/layout/layout.ts';
import { crossings, dagreLines, inputOf, linesOf, totalLength } from '../../support/drawing-quality.ts';
import * as nets from '../../support/nets.ts';

const small: [string, nets.Net][] = [
  ['a residual network', nets.resNet(6)],
  ['dense blocks', nets.denseNet(1, 5)],
  ['a U-Net', nets.uNet(4)],
  ['inception modules', nets.inception(4)],
  ['a transformer', nets.transformer(2)],
  ['random cells', nets.randomNet(60, 8)],
  ['a fan', nets.fan(20)],
  ['a quantized network', nets.quantized(8)],
];

describe('quality', () => {
  test.each(small)("%s: no more than 1.1 times dagre's crossings and length", (_, net) => {
    const input = inputOf(net);
    const [ours, theirs] = [linesOf(layout(input)), dagreLines(input)];
    expect(crossings(ours, input.edges)).toBeLessThanOrEqual(1.1 * crossings(theirs, input.edges));
    expect(totalLength(ours)).toBeLessThanOrEqual(1.1 * totalLength(theirs));
  });

  test('a chain is one straight line, whatever the sizes of its boxes', () => {
    const input = inputOf(nets.chain(500));
    const drawn = layout(input);
    const middle = drawn.x[0]! + drawn.width[0]! / 2;
    drawn.x.forEach((x, box) => expect(x + drawn.width[box]! / 2).toBe(middle));
    expect(linesOf(drawn).every((line) => line.length === 4 && line[0] === line[2])).toBe(true);
  });

  test('the trunk of a residual network is one straight line beside its skips', () => {
    const net = nets.resNet(12);
    const drawn = layout(inputOf(net));
    const middle = (box: number): number => drawn.x[box]! + drawn.width[box]! / 2;
    const first = middle(0);
    // Projections stand beside the trunk: two nodes in every fourth block.
    const beside = Array.from(drawn.x.keys()).filter((box) => middle(box) !== first);
    expect(beside).toHaveLength(6);
  });

  test('an input stands close above its first reader', () => {
    const net = new nets.Net();
    const last = net.chain(40, net.add());
    const constant = net.chain(2, net.add());
    net.add(last, constant);
    const drawn = layout(inputOf(net));
    expect(drawn.y[constant]! - drawn.y[last]!).toBeLessThan(60);
    expect(drawn.y[constant - 2]!).toBeGreaterThan(drawn.y[last - 4]!);
  });

  test('one more node leaves the others where they were', () => {
    const net = nets.resNet(20);
    const before = layout(inputOf(net));
    const input = inputOf(net);
    net.add(0);
    const count = input.width.length;
    const after = layout({
      ...inputOf(net),
      width: Float32Array.from({ length: count + 1 }, (_, box) => input.width[box] ?? 100),
      height: Float32Array.from({ length: count + 1 }, (_, box) => input.height[box] ?? 26),
    });
    const shift = after.x[0]! - before.x[0]!;
    for (let box = 0; box < count; box++) {
      expect(after.x[box]).toBe(before.x[box]! + shift);
      expect(after.y[box]).toBe(before.y[box]);
    }
  });

  test.each([
    ['a chain', nets.chain(25_000)],
    ['a residual network', nets.resNet(3_400)],
    ['a fan', nets.fan(5_000)],
    ['nodes without edges', nets.scattered(5_000)],
    ['a chain with a loop back to its beginning', loop(5_000)],
    ['a chain with a far reader of every node', chords(2_500)],
  ])('%s of many nodes is laid out', (_, net) => {
    const { size } = layout(inputOf(net));
    expect(size.every((length) => Number.isFinite(length) && length > 0)).toBe(true);
  });
});

/** Its lines would pass through three million rows together: most go round the outside. */
function chords(length: number): nets.Net {
  const net = nets.chain(length);
  for (let node = 0; node + 2 < length; node++) {
    net.from.push(node);
    net.to.push(node + 2 + Math.floor((length - node - 2) / 2));
  }
  return net;
}

function loop(length: number): nets.Net {
  const net = nets.chain(length);
  net.from.push(length - 1);
  net.to.push(0);
  return net;
}
