import { absorbedBehind } from '../drawing/diff/absorbed.ts';
import type { Unit } from '../drawing/diff/folded.ts';
import type { Matching } from '../drawing/diff/match.ts';
import type { Graph, Node } from '../onnx/graph.ts';

/** A layer that two models have, and the values to compare: its output as later layers read it. */
export interface MatchedLayer {
  /** Names of the layer in the two models. */
  readonly a: string;
  readonly b: string;
  readonly op: string;
  readonly valueA: string;
  readonly valueB: string;
}

/** Nodes that change how a value is stored, not what it is: quantizers put them in, exporters leave them. */
const inserted = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'Cast', 'Identity', 'Constant']);

export const isLayer = (node: Node): boolean => !inserted.has(node.op);

/**
 * The layers that both models have, in the order of `b`. Nodes that were fused into a layer, and Q/DQ pairs behind it, are walked through, so that what
 * is compared means the same in both.
 */
export function matchedLayers(matching: Matching): MatchedLayer[] {
  const { a, b, ofA, ofB } = matching;
  const taken = new Set<string>();
  return b.units.flatMap((unit) => {
    const partner = a.units[ofB[unit.index]!];
    if (!partner || !isLayer(unit.node)) return [];
    const valueA = settled(a.graph, lastOf(partner, absorbedBehind(a, ofA, partner, b)));
    const valueB = settled(b.graph, lastOf(unit, absorbedBehind(b, ofB, unit, a)));
    if (valueA === '' || valueB === '' || taken.has(valueA)) return [];
    taken.add(valueA);
    return [{ a: partner.node.label, b: unit.node.label, op: partner.node.op, valueA, valueB }];
  });
}

/** What the layer makes, behind what was melted into it in the other model. */
const lastOf = (unit: Unit, behind: readonly Unit[]): string => (behind.at(-1) ?? unit).node.outputs[0] ?? '';

/** The value behind the Q/DQ pair that `value` goes through, if it does. */
function settled(graph: Graph, value: string): string {
  const quantize = graph.users(value).find(({ node, index }) => node.op === 'QuantizeLinear' && index === 0)?.node;
  const stored = quantize?.outputs[0];
  const dequantize = stored === undefined ? undefined : graph.users(stored).find(({ node }) => node.op === 'DequantizeLinear')?.node;
  return dequantize?.outputs[0] ?? value;
}
