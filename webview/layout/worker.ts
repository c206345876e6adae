import { layout } from './layout.ts';
import type { LayoutInput } from './types.ts';

/** The worker's side: one input in, one result out. Whoever wants another answer before this one is there ends the worker. */
self.onmessage = ({ data }: MessageEvent<LayoutInput>): void => {
  const result = layout(data);
  const { x, y, width, height, starts, points } = result;
  self.postMessage(result, { transfer: [x, y, width, height, starts, points].map(({ buffer }) => buffer) });
};
