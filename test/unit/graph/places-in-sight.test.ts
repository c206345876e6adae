import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { View } from '../../../webview/graph/camera.ts';
import { edgeLabels } from '../../../webview/graph/edge-labels.ts';
import { distanceToEdge } from '../../../webview/graph/edge-path.ts';
import { boxesWithin, hitTest } from '../../../webview/graph/hit.ts';
import { arranged, inSight, type Arranged } from '../../../webview/graph/picture.ts';
import { buildScene } from '../../../webview/graph/scene.ts';
import { step } from '../../../webview/graph/walk.ts';
import { layout } from '../../../webview/layout/layout.ts';
import { anyGraph, graphOf, node } from './graphs.ts';

const laidOut = fc.tuple(anyGraph, fc.array(fc.nat(8))).map(([graph, open]): Arranged => {
  const scene = buildScene(graph, new Set(open), (text) => text.length * 6);
  return arranged(scene, layout(scene.input));
});
const view = fc
  .record({ left: fc.integer({ min: -200, max: 900 }), top: fc.integer({ min: -200, max: 1500 }), zoom: fc.constantFrom(0.1, 0.5, 1, 2) })
  .map((place): View => ({ ...place, width: 300, height: 200, ratio: 1 }));

/** Boxes whose rectangle holds a point of the drawing, by a look at each. */
const around = ({ layout: { x, y, width, height } }: Arranged, px: number, py: number): number[] =>
  [...x.keys()].filter((box) => px >= x[box]! && py >= y[box]! && px <= x[box]! + width[box]! && py <= y[box]! + height[box]!);

describe('an arranged graph', () => {
  it('shows what touches the view and nothing that is far from it', () => {
    fc.assert(
      fc.property(laidOut, view, (graph, view) => {
        const { x, y, width, height, starts, points } = graph.layout;
        const [right, bottom] = [view.left + view.width / view.zoom, view.top + view.height / view.zoom];
        const seen = inSight(graph, view);
        const boxes = [...x.keys()].filter(
          (box) => x[box]! <= right && y[box]! <= bottom && x[box]! + width[box]! >= view.left && y[box]! + height[box]! >= view.top,
        );
        for (const box of boxes) expect(seen.boxes).toContain(box);
        for (const box of seen.boxes) expect(x[box]! + width[box]!).toBeGreaterThanOrEqual(view.left - 80);
        const edges = graph.scene.edges.flatMap((_, edge) => {
          for (let at = starts[edge]! + 2; at < starts[edge + 1]!; at += 2) {
            const [left, top] = [Math.min(points[at - 2]!, points[at]!), Math.min(points[at - 1]!, points[at + 1]!)];
            const [far, low] = [Math.max(points[at - 2]!, points[at]!), Math.max(points[at - 1]!, points[at + 1]!)];
            if (left <= right && top <= bottom && far >= view.left && low >= view.top) return [edge];
          }
          return [];
        });
        expect(seen.edges.toSorted((a, b) => a - b)).toEqual(edges);
      }),
      { numRuns: 100 },
    );
  });

  it('is hit where it is: the innermost box, else a line nearby, else a frame’s title, else the ground', () => {
    fc.assert(
      fc.property(laidOut, view, fc.nat(300), fc.nat(200), (graph, view, x, y) => {
        const { boxes } = graph.scene;
        const [px, py] = [view.left + x / view.zoom, view.top + y / view.zoom];
        const plain = around(graph, px, py).filter((box) => !boxes[box]!.container);
        const hit = hitTest(graph, view, x, y);
        if (plain.length > 0) expect(hit).toMatchObject({ kind: 'box', box: plain[0] });
        else if (hit.kind === 'box') expect(around(graph, px, py)).toContain(hit.box);
        else {
          const nearest = Math.min(Infinity, ...graph.scene.edges.map((_, edge) => distanceToEdge(graph.layout, edge, px, py)));
          expect(hit.kind === 'edge').toBe(nearest < 6 / view.zoom);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is selected by a rectangle: what touches it, without frames', () => {
    fc.assert(
      fc.property(laidOut, view, (graph, view) => {
        const found = boxesWithin(graph, view, [200, 150], [20, 30]);
        const inner = { ...view, left: view.left + 20 / view.zoom, top: view.top + 30 / view.zoom };
        const [right, bottom] = [inner.left + 180 / view.zoom, inner.top + 120 / view.zoom];
        const { x, y, width, height } = graph.layout;
        const touching = graph.scene.boxes.flatMap((box, id) =>
          !box.container && x[id]! <= right && y[id]! <= bottom && x[id]! + width[id]! >= inner.left && y[id]! + height[id]! >= inner.top
            ? [id]
            : [],
        );
        expect(found).toEqual(touching);
      }),
      { numRuns: 100 },
    );
  });

  it('is walked along edges up and down, and to the side that is asked for', () => {
    fc.assert(
      fc.property(laidOut, fc.nat(100), (graph, at) => {
        const { boxes, edges } = graph.scene;
        const plain = boxes.flatMap((box, id) => (box.container ? [] : [id]));
        const from = plain[at % plain.length]!;
        const center = (box: number): number => graph.layout.x[box]! + graph.layout.width[box]! / 2;
        const [down, up] = [step(graph, from, 'down'), step(graph, from, 'up')];
        expect(down === from || edges.some((edge) => edge.from === from && edge.to === down)).toBe(true);
        expect(up === from || edges.some((edge) => edge.to === from && edge.from === up)).toBe(true);
        if (edges.some((edge) => edge.from === from && edge.to !== from)) expect(down).not.toBe(from);
        const [left, right] = [step(graph, from, 'left'), step(graph, from, 'right')];
        expect(left === from || center(left) < center(from)).toBe(true);
        expect(right === from || center(right) > center(from)).toBe(true);
        expect(boxes[left]!.container || boxes[right]!.container).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

it('a value is written once however many read it, several values of one line are counted', () => {
  const graph = graphOf([node(), node(), node()], [[0, 1], [0, 2], [0, 2]]); // prettier-ignore
  graph.edges[1]!.value = graph.edges[0]!.value;
  graph.values[0]!.shape = [1, null, 'n'];
  const scene = buildScene(graph, new Set(), () => 50);
  const picture = arranged(scene, layout(scene.input));
  expect(edgeLabels(picture, [0, 1]).map(({ text }) => text)).toEqual(['1×?×n', '1×?×n +1']);
  graph.edges[2]!.value = graph.edges[0]!.value;
  expect(edgeLabels(picture, [0, 1]).map(({ text }) => text)).toEqual(['1×?×n']);
  graph.values[0]!.shape = null;
  expect(edgeLabels(picture, [0, 1])).toEqual([]);
});
