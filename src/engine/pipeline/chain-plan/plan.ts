import type { ChainCrossing, ChainMemory, ChainPlan, ChainStage } from '../../../protocol/results/chain.ts';
import { chainStages, type Stage } from '../../chain/stages.ts';
import { compositionOf } from '../../chain/split.ts';
import { dataTypeBits, dataTypeName } from '../../onnx/data-type.ts';
import type { Dim, Model } from '../../onnx/graph.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { peakBytes } from '../../ops/measure/memory.ts';
import { sizeOf } from '../../ops/shape/dims.ts';
import { findChainTarget } from '../../targets/chain/index.ts';
import type { TargetMemory, TargetPeak } from '../../targets/chain/types.ts';
import type { TargetVerdict } from '../../targets/verdict/types.ts';
import { findingsOf } from './findings.ts';
import { planStage } from './stages.ts';

export interface PlanRequest {
  readonly verdict: TargetVerdict;
  /** Name or fingerprint. */
  readonly architecture?: string;
  readonly shapes?: Readonly<Record<string, readonly Dim[]>>;
}

/**
 * How a composed model runs on a target: which model when, what lies in memory, how fast at best. Undefined for a model that is none of a chain.
 * Weights are not read. Throws `chain.metadata`.
 */
export function planChain(whole: Model, { verdict, architecture, shapes: bind }: PlanRequest): ChainPlan | undefined {
  const composition = compositionOf(whole);
  const target = findChainTarget(verdict.target.name);
  if (!composition || !target) return undefined;
  const shapes = inferShapes(whole, bind ? { bind } : {}).forOnePicture(whole);
  const isQuantized = whole.graph.nodes.some(({ op }) => op === 'QuantizeLinear' || op === 'DequantizeLinear');
  const scale = isQuantized ? 1 : (target.elementBytes ?? 4) / 4;
  const cuts = chainStages(whole, composition, shapes);
  const peak = target.peak?.(architecture);
  const request = { verdict, peak, scale, shapes, ...(architecture === undefined ? {} : { architecture }) };
  const stages = cuts.map((stage) => planStage(whole, stage, request));
  const plan = {
    target: target.target,
    stages,
    order: orderOf(stages),
    crossings: crossingsOf(cuts, shapes, scale),
    files: target.files,
    schedule: { text: target.schedule, source: target.source },
    memory: target.memory.map((memory) => memoryOf(memory, stages, peakOf(shapes, scale))),
    latency: latencyOf(stages, peak),
  };
  return { ...plan, findings: findingsOf(plan, { cuts, target, isQuantized }) };
}

/** Stages that wait for the same others stand in one step: no sooner than behind all that they wait for. */
function orderOf(stages: readonly ChainStage[]): number[][] {
  const steps: number[] = [];
  for (const { after } of stages) steps.push(Math.max(-1, ...after.map((at) => steps[at]!)) + 1);
  return Array.from({ length: Math.max(0, ...steps.map((step) => step + 1)) }, (_, step) =>
    steps.flatMap((of, at) => (of === step ? [at] : [])),
  );
}

function crossingsOf(cuts: readonly Stage[], shapes: Shapes, scale: number): ChainCrossing[] {
  return cuts.flatMap(({ inputs }, to) =>
    inputs.flatMap(({ value, from }): ChainCrossing[] => {
      if (from === undefined) return [];
      const known = shapes.of(value);
      const bits = known && dataTypeBits(known.type);
      const size = sizeOf(known?.shape);
      return [
        {
          from,
          to,
          tensor: value.length > longest ? `${value.slice(0, longest)}…` : value,
          bytes: size === null || bits === undefined ? null : Math.ceil((scale * size * bits) / 8),
          type: scale < 1 ? 'int8' : dataTypeName(known?.type ?? 0),
        },
      ];
    }),
  );
}

/** Of a tensor's name in a document: files may hold longer ones. */
const longest = 1000;

const peakOf = ({ root }: Shapes, scale: number): number | null => {
  const peak = peakBytes(root);
  return peak === null ? null : Math.ceil(scale * peak);
};

function memoryOf({ name, holds, limit }: TargetMemory, stages: readonly ChainStage[], peak: number | null): ChainMemory {
  const { bytes, text } = { weights: weightsOfAll, largest, all }[holds](stages, peak);
  return {
    name,
    bytes,
    ...(limit === undefined ? {} : { limit }),
    ...(limit === undefined || bytes === null ? {} : { fits: bytes <= limit }),
    text,
  };
}

interface Need {
  readonly bytes: number | null;
  readonly text: string;
}

const weightsOfAll = (stages: readonly ChainStage[]): Need => ({
  bytes: stages.reduce((sum, { weightBytes }) => sum + weightBytes, 0),
  text: `the sum over ${stages.map(({ alias }) => alias).join(', ')}`,
});

/** What still waits for a later model lives beside the one that runs: that is in the peak of the whole. */
function largest(stages: readonly ChainStage[], peak: number | null): Need {
  if (peak === null) return { bytes: null, text: 'not known while sizes are free' };
  const worst = stages.reduce((most, stage) => ((stage.activationBytes ?? 0) > (most.activationBytes ?? 0) ? stage : most), stages[0]!);
  return { bytes: peak, text: `${worst.alias} takes most; with what waits for a later model` };
}

function all(stages: readonly ChainStage[]): Need {
  const bytes = stages.reduce<number | null>(
    (sum, { activationBytes }) => (sum === null || activationBytes === null ? null : sum + activationBytes),
    0,
  );
  return { bytes, text: bytes === null ? 'not known while sizes are free' : `the sum over ${stages.map(({ alias }) => alias).join(', ')}` };
}

/** On units that all stages share: what a picture takes of them, and how many pictures they get through together. */
function latencyOf(stages: readonly ChainStage[], peak: TargetPeak | undefined): ChainPlan['latency'] {
  const times = stages.map(({ leastMs }) => leastMs);
  const longestTime = Math.max(...times.map((time) => time ?? 0));
  if (!peak || times.includes(null) || longestTime === 0)
    return { leastMs: null, mostFps: null, limit: null, text: 'only measuring tells: lathe deploy' };
  const leastMs = times.reduce<number>((sum, time) => sum + time!, 0);
  return { leastMs, mostFps: (1000 * peak.units) / leastMs, limit: times.indexOf(longestTime), text: peak.text };
}
