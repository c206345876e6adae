import { DataType } from '../../onnx/data-type.ts';
import type { Model } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { FeaturePair } from '../losses/features.ts';

/** Where a network has done all that it does at one size: its last map of features of this height and width. */
export interface Stage {
  readonly value: string;
  readonly height: number;
  readonly width: number;
}

/**
 * The stages of a network whose shapes are known but for the batch, largest first: after the first of its weighted layers, what a reduction of size begins with. Maps of
 * one place are left out: the logits say as much.
 */
export function stagesOf(model: Model): Stage[] {
  const shapes = inferShapes(model);
  const found = new Map<string, Stage>();
  let weighted = false;
  for (const node of model.graph.topologicalOrder()) {
    weighted ||= node.op === 'Conv';
    const [value] = node.outputs;
    const info = weighted && value ? shapes.of(value) : undefined;
    const [height, width] = (info?.shape?.length === 4 ? info.shape.slice(2) : []).map(Number);
    if (!value || info?.type !== DataType.float32 || !height || !width || height * width === 1) continue;
    const size = `${height} ${width}`;
    // A later stage may come back to an earlier size (U-Net): the deepest place of each size counts.
    found.delete(size);
    found.set(size, { value, height, width });
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
