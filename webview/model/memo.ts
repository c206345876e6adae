/** A function that computes again only when it is called with other arguments than the last time. */
export function memo<Arguments extends unknown[], Result>(compute: (...values: Arguments) => Result): (...values: Arguments) => Result {
  let last: { values: Arguments; result: Result } | undefined;
  return (...values) => {
    if (!last || values.some((value, i) => value !== last!.values[i])) last = { values, result: compute(...values) };
    return last.result;
  };
}
