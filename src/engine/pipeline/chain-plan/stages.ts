import type { ChainStage } from '../../../protocol/results/chain.ts';
import { stageModel, type Stage } from '../../chain/stages.ts';
import { dataTypeBits, DataType } from '../../onnx/data-type.ts';
import type { Model } from '../../onnx/graph.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { nodeMacs } from '../../ops/measure/macs.ts';
import { peakBytes } from '../../ops/measure/memory.ts';
import { weightsOf } from '../../ops/measure/weights.ts';
import type { TargetPeak } from '../../targets/chain/types.ts';
import { DataFlow } from '../../targets/verdict/data-flow.ts';
import { partition } from '../../targets/verdict/subgraphs.ts';
import type { TargetVerdict } from '../../targets/verdict/types.ts';

export interface StageRequest {
  readonly verdict: TargetVerdict;
  readonly architecture?: string;
  /** Of the whole, for one picture. */
  readonly shapes: Shapes;
  readonly peak: TargetPeak | undefined;
  /** What a number takes there of those that a float model has: 8-bit integers a quarter. */
  readonly scale: number;
}

/** What one model of a chain asks of a target, with the conversions in front of it. */
export function planStage(whole: Model, stage: Stage, { verdict, architecture, peak, scale, shapes: known }: StageRequest): ChainStage {
  const { accelerator, userDevice, target } = verdict;
  const model = stageModel(whole, stage, known);
  const shapes = inferShapes(model).forOnePicture(model);
  const flow = new DataFlow(shapes);
  const judged = verdict.judge({ flow, ...(architecture === undefined ? {} : { architecture }) });
  const deviceOf = new Map([...judged.values()].map(({ node, device }) => [node.label, device]));
  const { subgraphs } = partition(flow, judged, {
    elementBytes: (dataTypeBits(DataType[target.activationTypes[0] ?? 'float32']) ?? 8) / 8,
    ...(accelerator === undefined ? {} : { accelerator }),
    ...(userDevice === undefined ? {} : { userDevice }),
  });
  const macs = [...judged.values()].map(({ node, device }) => ({ device, macs: nodeMacs(shapes.root, node) }));
  const all = sum(macs);
  const accelerated = sum(macs.filter(({ device }) => device === accelerator));
  const activations = peakBytes(shapes.root);
  return {
    alias: stage.alias,
    after: [...stage.after],
    nodes: flow.nodes.length,
    conversions: counted(
      stage.conversions.filter(({ label }) => deviceOf.has(label)).map(({ label, op }) => ({ op, device: deviceOf.get(label)! })),
    ),
    macs: { accelerator: accelerated, all },
    subgraphs: counted(subgraphs.map(({ device }) => ({ device }))).map(({ device, nodes }) => ({ device, subgraphs: nodes })),
    weightBytes: Math.ceil(scale * weightBytes(flow)),
    activationBytes: activations === null ? null : Math.ceil(scale * activations),
    leastMs: peak === undefined || accelerated === null ? null : (1000 * accelerated) / peak.macsPerSecond,
  };
}

/** Equal ones together, in the order in which they first come. */
function counted<Item extends object>(items: readonly Item[]): (Item & { nodes: number })[] {
  const found = new Map<string, Item & { nodes: number }>();
  for (const item of items) {
    const key = JSON.stringify(item);
    const known = found.get(key);
    if (known) known.nodes++;
    else found.set(key, { ...item, nodes: 1 });
  }
  return [...found.values()];
}

/** Each stored tensor once, as the file has it. */
function weightBytes({ nodes, shapes }: DataFlow): number {
  const seen = new Map<object, number>();
  for (const node of nodes) for (const { identity, bytes } of weightsOf(shapes.root, node)) seen.set(identity, bytes);
  return [...seen.values()].reduce((all, bytes) => all + bytes, 0);
}

const sum = (items: readonly { macs: number | null }[]): number | null =>
  items.reduce<number | null>((total, { macs }) => (total === null || macs === null ? null : total + macs), 0);
