import type { Box } from '../../data/types.ts';

/** A box of a detector, in pixels. */
export type Detection = Box & { readonly score: number };

/** Intersection over union; 0 where nothing overlaps. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

/** Candidates that suppression looks at: the best of each picture, as detectors' own code has it. */
const mostCandidates = 5000;

/** Greedy non-maximum suppression within each class: of boxes that overlap by more than `limit` the best stays. Best first. */
export function suppress(boxes: readonly Detection[], limit: number): Detection[] {
  const ordered = boxes
    .map((box, i) => ({ box, i }))
    .sort((a, b) => b.box.score - a.box.score || a.i - b.i)
    .slice(0, mostCandidates);
  const kept: Detection[] = [];
  for (const { box } of ordered) {
    if (!kept.some((better) => better.label === box.label && overlap(better, box) > limit)) kept.push(box);
  }
  return kept;
}
