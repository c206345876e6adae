import type { PruningRound } from '../../../protocol/pruning.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Coupling, KeptGroup } from '../../prune/groups/types.ts';
import type { LayerRow } from '../steps/step.ts';

/** Reasons that are told in the notes; all of them stand at their layers. */
const toldReasons = 3;

/** Channels of each layer before and after, and why some have to stay. `coupling` is that of `model`: before the cut. */
export function layerRows({ groups, kept }: Coupling, { channels }: PruningRound): LayerRow[] {
  const cut = groups.flatMap(({ name, channels: before, makers }) =>
    makers.map((node): LayerRow => ({ name: node.label, op: node.op, channels: { before, after: channels[name] ?? before } })),
  );
  const stay = kept.flatMap(({ channels: before, makers, reason }) =>
    makers.map((node): LayerRow => ({ name: node.label, op: node.op, channels: { before, after: before }, notPruned: reason })),
  );
  // A layer with channels of both kinds is one that loses some.
  return [...new Map([...stay, ...cut].map((row) => [row.name, row])).values()];
}

/** Which layers keep all their channels, in a sentence. */
export function keptNote(all: readonly KeptGroup[]): string[] {
  // Every model has outputs: nobody wonders about those.
  const kept = all.filter(({ node }) => node);
  if (kept.length === 0) return [];
  const told = kept.slice(0, toldReasons).map(({ name, reason }) => `${name} ${reason}`);
  const rest = kept.length > toldReasons ? ` and ${kept.length - toldReasons} more (layers.json names them)` : '';
  return [`Channels that stay: ${told.join('; ')}${rest}.`];
}

/** Whether channels go along with integers and their scales. */
export const isQuantized = ({ graph }: Model): boolean =>
  graph.nodes.some(({ op }) => op === 'DequantizeLinear' || op === 'QLinearConv' || op === 'QLinearMatMul' || op.endsWith('Integer'));
