import type { NodePaint } from '../graph/paint.ts';
import { figureText, valueText } from './figure.ts';
import { levelOf, type ShownOverlay } from './overlay.ts';

/**
 * An overlay as the canvas asks for it: levels of all layers computed once, texts and folded groups when they are first drawn. A node's id is its
 * layer's index.
 */
export function overlayPaint({ view, values }: ShownOverlay, layers: number): NodePaint {
  const level = new Float32Array(layers).fill(NaN);
  for (const [index, value] of values) if (index < layers) level[index] = levelOf(view, value);
  const texts = new Map<number, string>();
  const groups = new WeakMap<readonly number[], { level: number; text: string } | undefined>();
  const group = (nodes: readonly number[]): { level: number; text: string } | undefined => {
    if (!groups.has(nodes)) groups.set(nodes, folded(view, values, nodes));
    return groups.get(nodes);
  };
  return {
    level: (node) => (node < layers && !Number.isNaN(level[node]!) ? level[node] : undefined),
    text(node) {
      const value = values.get(node);
      if (value === undefined) return undefined;
      let text = texts.get(node);
      if (text === undefined) texts.set(node, (text = valueText(view, value)));
      return text;
    },
    groupLevel: (nodes) => group(nodes)?.level,
    groupText: (nodes) => group(nodes)?.text,
  };
}

/** A folded group: the sum of its layers, or the worst of them (of words always); undefined where none was measured. */
function folded(
  view: ShownOverlay['view'],
  values: ShownOverlay['values'],
  nodes: readonly number[],
): { level: number; text: string } | undefined {
  let sum = 0;
  let worst: { level: number; value: number | null } | undefined;
  for (const node of nodes) {
    const value = values.get(node);
    if (value === undefined) continue;
    sum += value ?? 0;
    const level = levelOf(view, value);
    if (!worst || level < worst.level || (level === worst.level && isWorse(view, value, worst.value))) worst = { level, value };
  }
  if (!worst) return undefined;
  if (view.fold === 'sum' && !view.classes) return { level: levelOf(view, sum), text: figureText(sum, view.unit) };
  return { level: worst.level, text: valueText(view, worst.value) };
}

const isWorse = ({ better }: ShownOverlay['view'], a: number | null, b: number | null): boolean =>
  a !== null && (b === null || (better === 'high' ? a < b : a > b));
