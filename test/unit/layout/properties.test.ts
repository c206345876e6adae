import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layout } from '../../../webview/layout/layout.ts';
import type { LayoutInput, LayoutResult } from '../../../webview/layout/types.ts';

interface Shape {
  boxes: number;
  /** Containers come first; a box lies in one of them or in none. */
  containers: number;
  edges: [number, number, number][];
  parents: number[];
  sizes: number[];
  cyclic: boolean;
}

function inputOf({ boxes, containers, edges, parents, sizes, cyclic }: Shape): LayoutInput {
  const count = containers + boxes;
  const pairs = edges.map(([a, b]) => [containers + (a % boxes), containers + (b % boxes)]);
  const kept = cyclic ? pairs : pairs.filter(([a, b]) => a !== b).map(([a, b]) => [Math.min(a!, b!), Math.max(a!, b!)]);
  return {
    width: Float32Array.from({ length: count }, (_, box) => 20 + (sizes[box % sizes.length]! % 300)),
    height: Float32Array.from({ length: count }, (_, box) => 10 + ((sizes[box % sizes.length]! * 7) % 90)),
    parent: Int32Array.from({ length: count }, (_, box) => (parents[box % parents.length]! % (Math.min(box, containers) + 1)) - 1),
    container: Uint8Array.from({ length: count }, (_, box) => Number(box < containers)),
    titleHeight: 22,
    edges: Int32Array.from(kept.flat()),
    values: Int32Array.from(kept.keys(), (edge) => edges[edge]![2]),
  };
}

const shapes = (cyclic: boolean, containers: number): fc.Arbitrary<LayoutInput> =>
  fc
    .record({
      boxes: fc.integer({ min: 1, max: 30 }),
      containers: fc.integer({ min: 0, max: containers }),
      edges: fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(2)), { maxLength: 60 }),
      parents: fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }),
      sizes: fc.array(fc.nat(1000), { minLength: 1, maxLength: 10 }),
      cyclic: fc.constant(cyclic),
    })
    .map(inputOf);

const contains = (parent: Int32Array, outer: number, box: number): boolean => {
  for (let at = box; at >= 0; at = parent[at]!) if (at === outer) return true;
  return false;
};

function checkBoxes({ parent, width, height, titleHeight }: LayoutInput, drawn: LayoutResult): void {
  const { x, y } = drawn;
  const [right, bottom] = [x.map((left, box) => left + drawn.width[box]!), y.map((top, box) => top + drawn.height[box]!)];
  for (let a = 0; a < x.length; a++) {
    expect(drawn.width[a]).toBeGreaterThanOrEqual(width[a]!);
    expect(drawn.height[a]).toBeGreaterThanOrEqual(height[a]!);
    expect(Math.min(x[a]!, y[a]!)).toBeGreaterThanOrEqual(0);
    expect(right[a]).toBeLessThanOrEqual(drawn.size[0]);
    expect(bottom[a]).toBeLessThanOrEqual(drawn.size[1]);
    const around = parent[a]!;
    if (around >= 0) {
      const inside = x[a]! > x[around]! && right[a]! < right[around]! && y[a]! >= y[around]! + titleHeight && bottom[a]! < bottom[around]!;
      expect(inside, `box ${a} in ${around}`).toBe(true);
    }
    for (let b = 0; b < a; b++) {
      if (contains(parent, a, b) || contains(parent, b, a)) continue;
      const apart = x[a]! >= right[b]! || x[b]! >= right[a]! || y[a]! >= bottom[b]! || y[b]! >= bottom[a]!;
      if (!apart) expect.fail(`boxes ${a} and ${b} overlap`);
    }
  }
}

function checkEdges({ parent, edges, container }: LayoutInput, drawn: LayoutResult): void {
  const { x, y, width, height, starts, points } = drawn;
  for (let edge = 0; edge * 2 < edges.length; edge++) {
    const [from, to] = [edges[edge * 2]!, edges[edge * 2 + 1]!];
    const line = points.subarray(starts[edge], starts[edge + 1]);
    expect(line.length).toBeGreaterThanOrEqual(4);
    expect(line[1]).toBe(y[from]! + height[from]!);
    expect(line.at(-1)).toBe(y[to]);
    expect(Math.abs(line[0]! - x[from]! - width[from]! / 2)).toBeLessThan(width[from]! / 2);
    expect(Math.abs(line.at(-2)! - x[to]! - width[to]! / 2)).toBeLessThan(width[to]! / 2);
    for (let box = 0; box < x.length; box++) {
      if (container[box] && (contains(parent, box, from) || contains(parent, box, to))) continue;
      for (let i = 2; i < line.length; i += 2) {
        const through = passes(line.subarray(i - 2, i + 2), x[box]!, y[box]!, x[box]! + width[box]!, y[box]! + height[box]!);
        if (through) expect.fail(`edge ${from} to ${to} passes through box ${box}`);
      }
    }
  }
}

/** Whether a segment has points inside a box (Liang and Barsky 1984). */
function passes([ax, ay, bx, by]: Float32Array, left: number, top: number, right: number, bottom: number): boolean {
  let [begin, end] = [0, 1];
  for (const [step, room] of [
    [ax! - bx!, ax! - left - 0.01],
    [bx! - ax!, right - 0.01 - ax!],
    [ay! - by!, ay! - top - 0.01],
    [by! - ay!, bottom - 0.01 - ay!],
  ] as const) {
    if (step === 0 && room < 0) return false;
    if (step < 0) begin = Math.max(begin, room / step);
    if (step > 0) end = Math.min(end, room / step);
  }
  return begin < end;
}

describe('a layout', () => {
  test.each([
    ['of graphs without cycles', false, 0],
    ['of graphs with cycles', true, 0],
    ['of nested containers', false, 8],
    ['of nested containers with cycles', true, 8],
  ])('%s: no boxes overlap, all lie in their containers, edges pass through none', (_, cyclic, containers) => {
    fc.assert(
      fc.property(shapes(cyclic, containers), (input) => {
        const drawn = layout(input);
        checkBoxes(input, drawn);
        checkEdges(input, drawn);
      }),
      { numRuns: 150 },
    );
  });

  test('edges lead down unless they lead back', () => {
    fc.assert(
      fc.property(shapes(false, 0), (input) => {
        const { starts, points } = layout(input);
        for (let edge = 0; edge + 1 < starts.length; edge++) {
          for (let i = starts[edge]! + 3; i < starts[edge + 1]!; i += 2) expect(points[i]).toBeGreaterThanOrEqual(points[i - 2]!);
        }
      }),
    );
  });

  test('is the same for the same graph', () => {
    fc.assert(
      fc.property(shapes(true, 5), (input) => {
        expect(layout(input)).toEqual(layout(input));
      }),
      { numRuns: 30 },
    );
  });

  test('inside a container does not depend on what is around it', () => {
    fc.assert(
      fc.property(shapes(false, 4), (input) => {
        const before = layout(input);
        const wider = layout({
          ...input,
          width: input.width.map((width, box) => (input.parent[box]! < 0 && !input.container[box] ? width + 50 : width)),
        });
        for (let box = 0; box < input.parent.length; box++) {
          const around = input.parent[box]!;
          if (around < 0) continue;
          expect(wider.x[box]! - wider.x[around]!).toBe(before.x[box]! - before.x[around]!);
          expect(wider.y[box]! - wider.y[around]!).toBe(before.y[box]! - before.y[around]!);
        }
      }),
    );
  });
});
