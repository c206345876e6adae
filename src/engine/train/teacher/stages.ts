import { DataType } from '../../onnx/data-type.ts';
import type { Model } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { FeaturePair } from '../losses/features.ts';

/** Where a network has done all that it does at one size: its last map of features of this height and width. */
export interface Stage {
  readonly value: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Layers whose result is a map of features whatever they read. */
const convolutions = new Set(['Conv', 'ConvTranspose']);
/** What moves the axes: behind it height and width may be something else. */
const movers = new Set(['Transpose', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'DepthToSpace', 'SpaceToDepth', 'Gather']);

/**
 * The stages of a network whose shapes are known but for the batch, largest first: what comes behind its first convolution, outputs left out. Maps of one place are no
 * stage: the logits say as much. Where a size comes back (U-Net) the deepest place counts.
 */
export function stagesOf(model: Model): Stage[] {
  const shapes = inferShapes(model);
  const maps = new Set<string>();
  const found = new Map<string, Stage>();
  for (const node of model.graph.topologicalOrder()) {
    const [value] = node.outputs;
    const isMap = convolutions.has(node.op) || (!movers.has(node.op) && node.inputs.some((input) => maps.has(input)));
    const info = isMap && value ? shapes.of(value) : undefined;
    const [channels = NaN, height, width] = (info?.shape?.length === 4 ? info.shape.slice(1) : []).map(Number);
    if (!value || info?.type !== DataType.float32 || !height || !width) continue;
    maps.add(value);
    if (height * width > 1 && !model.graph.isOutput(value)) found.set(`${height} ${width}`, { value, channels, height, width });
  }
  return [...found.values()].sort((a, b) => b.height * b.width - a.height * a.width);
}

/** For each stage of the student the teacher's of the same size; where sizes differ altogether the last ones together, and so on towards the front. */
export function pairStages(student: readonly Stage[], teacher: readonly Stage[]): FeaturePair[] {
  const same = student.flatMap(({ value, height, width }) => {
    const other = teacher.find((stage) => stage.height === height && stage.width === width);
    return other ? [{ student: value, teacher: other.value }] : [];
  });
  if (same.length) return same;
  const count = Math.min(student.length, teacher.length);
  return Array.from({ length: count }, (_, i) => ({ student: student.at(i - count)!.value, teacher: teacher.at(i - count)!.value }));
}
