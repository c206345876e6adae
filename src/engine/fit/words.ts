import type { DpuArchitecture } from '../targets/zcu104/verdict/architecture.ts';

/** Words of weights that one group of output channels takes; they must fit a bank. (UG1414 3.5; Xilinx/Vitis-AI #320.) */
export const wordsOf = (kernel: readonly number[], channels: number, board: DpuArchitecture): number =>
  kernel.reduce((a, b) => a * b, 1) * Math.ceil(channels / board.channelParallel.input);

/** Input channels of a convolution with this kernel whose weights fit a bank, at most: a multiple of what is worked on at once. */
export function mostChannels(kernel: readonly number[], board: DpuArchitecture): number {
  const { input } = board.channelParallel;
  return Math.min(board.channels, Math.floor(board.bankDepth / kernel.reduce((a, b) => a * b, 1)) * input);
}

/** Splits channels into as few equal parts as possible of at most `most`, each but the last a multiple of `unit`. */
export function evenParts(channels: number, most: number, unit: number): number[] {
  const count = Math.ceil(channels / most);
  const size = Math.min(most, Math.ceil(channels / count / unit) * unit);
  const parts: number[] = [];
  for (let left = channels; left > 0; left -= size) parts.push(Math.min(size, left));
  return parts;
}
