import type { Blocks } from './rows.ts';
import type { QuantizeSettings } from './step.ts';

/** Which of a layer's weights share a scale: those of an index along `axis`, of a block, or all of them. */
export interface ScaleSharing {
  readonly axis: number | undefined;
  readonly blocks?: Blocks;
}

/**
 * What the settings make of weights of shape `dims` whose output channels run along `channelAxis` (undefined: they have no such axis).
 * A layer with fewer input channels than a block has takes one scale a channel instead.
 */
export function scaleSharing(settings: QuantizeSettings, dims: readonly number[], channelAxis: number | undefined): ScaleSharing {
  if (settings.granularity === 'tensor' || channelAxis === undefined) return { axis: undefined };
  const inputAxis = channelAxis === 0 ? 1 : channelAxis - 1;
  const size = settings['block-size'];
  if (settings.granularity === 'channel' || (dims[inputAxis] ?? 0) < size) return { axis: channelAxis };
  return { axis: undefined, blocks: { axis: inputAxis, size } };
}

/** Beside weights of 16 bits int32 has too little room for a bias, beside blocks it has no one scale; neither has an integer kernel: the bias is stored on a scale of its own. */
export const hasBiasApart = (settings: QuantizeSettings, dims: readonly number[], channelAxis: number | undefined): boolean =>
  settings.weights === 16 || scaleSharing(settings, dims, channelAxis).blocks !== undefined;
