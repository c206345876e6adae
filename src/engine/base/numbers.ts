/** Whether no element is NaN or infinite. A loop: `every` with a callback takes ten times as long on the weights of a large model. */
export function allFinite(numbers: ArrayLike<number>): boolean {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return false;
  return true;
}
