import { layout } from './layout.ts';
import type { LayoutInput } from './types.ts';

/** The worker's side: one input in, one result out. A new question ends this worker and starts another, so that nothing waits for an old one. */
self.onmessage = ({ data }: MessageEvent<LayoutInput>): void => self.postMessage(layout(data));
