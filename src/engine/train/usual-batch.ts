/** Pictures of one step where neither the step nor the data say: the most, how many steps an epoch is to have at least, and the fewest. */
export const [mostOfBatch, stepsOfEpoch] = [128, 8] as const;
const fewestOfBatch = 8;

/** The largest power of two of which an epoch has steps enough: few pictures in batches of 128 would hardly change the weights. */
export function usualBatch(pictures: number): number {
  const fitting = 2 ** Math.floor(Math.log2(Math.max(1, pictures / stepsOfEpoch)));
  return Math.min(mostOfBatch, Math.max(fewestOfBatch, fitting));
}
