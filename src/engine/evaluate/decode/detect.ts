import { dataSource } from '../../data/source.ts';
import type { Box, LoadedSample } from '../../data/types.ts';
import { LatheError } from '../../base/errors.ts';
import type { MetricSetting, Outputs } from '../metric.ts';
import { overlap, suppress, type Detection } from './boxes.ts';
import { decoders } from './index.ts';
import { backward, viewOf } from './view.ts';

const { decode: decodeSchema, match: matchSchema } = dataSource.properties;

/** What counts as a detection and as found, where the data do not say. */
export const detectionDefaults = {
  score: decodeSchema.properties.score.default as number,
  nms: decodeSchema.properties.nms.default as number,
  iou: matchSchema.properties.iou.default as number,
};

/** Boxes of a detector's outputs with at least `least` as score, in pixels of the picture as it was fed, best first. Throws `evaluate.decode`. */
export function detect(sample: LoadedSample, outputs: Outputs, setting: MetricSetting, least: number): Detection[] {
  const { decode } = setting;
  if (!decode)
    throw new LatheError('evaluate.decode', 'detection needs decode: how the outputs become boxes', {
      hint: 'Set decode: { kind: yunet }, yolov5 or yolov8.',
    });
  const view = viewOf(fedSize(sample, setting), setting.view);
  const found = suppress(decoders[decode.kind](outputs, view, least), decode.nms ?? detectionDefaults.nms);
  return setting.view?.length ? found.map((box) => backward(box, view)) : found;
}

function fedSize(sample: LoadedSample, { input }: MetricSetting): { width: number; height: number } {
  const [a, b, c] = sample.input.dims as [number, number, number];
  return input?.layout === 'nhwc' ? { width: b, height: a } : { width: c, height: b };
}

/** Detections that hit: best score first, each takes the free labelled box of its class that it overlaps most. By detection: which box. */
export function matched(boxes: readonly Box[], detections: readonly Detection[], iou: number): Map<number, Box> {
  const free = new Set(boxes);
  const hits = new Map<number, Box>();
  detections.forEach((detection, i) => {
    let best: Box | undefined;
    for (const box of free) {
      if (box.label === detection.label && overlap(box, detection) >= iou && (!best || overlap(box, detection) > overlap(best, detection)))
        best = box;
    }
    if (!best) return;
    free.delete(best);
    hits.set(i, best);
  });
  return hits;
}
