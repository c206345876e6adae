import type { Model } from '../../onnx/graph.ts';
import type { Analysis } from '../../sensitivity/types.ts';
import { byWidth } from './figures.ts';

/** A file that Netron shows beside a model's nodes once it is dropped onto the open model ("netron:attachment", Netron 8.1 and later). */
export interface NetronAttachment {
  readonly signature: 'netron:attachment';
  readonly metrics: readonly {
    readonly kind: 'node' | 'value';
    readonly target: string;
    readonly name: string;
    readonly value: number | string;
  }[];
}

/**
 * The figures as metrics of nodes; of a node without a name, as one of the value it makes. Netron looks for the first line of a name, and keeps
 * one figure of each name for a node.
 */
export function netronAttachment(analysis: Analysis, { graph }: Model): NetronAttachment {
  const named = new Set(graph.nodes.map((node) => node.name));
  const metrics = byWidth(analysis).flatMap(({ label, unit, layers }) =>
    layers.map(({ name, value, equal }) => ({
      kind: named.has(name) ? ('node' as const) : ('value' as const),
      target: name.split('\n')[0]!,
      name: unit === '' ? label : `${label}, ${unit}`,
      value: equal ? 'equal' : value === null || !Number.isFinite(value) ? String(value) : Number(value.toPrecision(6)),
    })),
  );
  return { signature: 'netron:attachment', metrics };
}
