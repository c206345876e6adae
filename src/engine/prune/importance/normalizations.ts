/** How the importance of a group becomes comparable with that of others. A group that is zero throughout stays so. */
export const normalizations = {
  none: (importance: Float64Array) => importance,
  mean: (importance: Float64Array) => divided(importance, mean(importance)),
  sum: (importance: Float64Array) => divided(importance, mean(importance) * importance.length),
  max: (importance: Float64Array) => divided(importance, Math.max(...importance)),
  /** From 0 for the least to 1 for the greatest. */
  range: (importance: Float64Array) => {
    const least = Math.min(...importance);
    return divided(importance.map((value) => value - least), Math.max(...importance) - least); // prettier-ignore
  },
  /** Distance from the mean in standard deviations (of a sample, as torch.std). */
  gaussian: (importance: Float64Array) => {
    const center = mean(importance);
    const squares = importance.map((value) => (value - center) ** 2);
    return divided(importance.map((value) => value - center), Math.sqrt((mean(squares) * importance.length) / (importance.length - 1))); // prettier-ignore
  },
} satisfies Record<string, (importance: Float64Array) => Float64Array>;

export type Normalization = keyof typeof normalizations;

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const divided = (values: Float64Array, by: number): Float64Array =>
  by > 0 && Number.isFinite(by) ? values.map((value) => value / by) : values;
