/** Parts of a name that are looked at; deeper ones are one group. */
const deepest = 24;
/** Characters of a name that are looked at. */
const longest = 1000;

/**
 * Where nodes lie by their names, outermost first, without the last part that is the node's own: "/layer1/0/conv1/Conv" gives layer1, 0, conv1. The
 * separator is the slash (PyTorch, TensorFlow, Keras), or the dot where few names have slashes. Empty for names without parts.
 */
export function namePaths(names: readonly string[]): string[][] {
  const slashes = names.reduce((count, name) => count + (name.includes('/', 1) ? 1 : 0), 0);
  const separator = 2 * slashes >= names.length || slashes > 20 ? '/' : '.';
  return names.map((name) => pathOf(name, separator));
}

function pathOf(name: string, separator: string): string[] {
  const parts = name.slice(0, longest).split(separator, deepest + 1);
  // ";" joins the names of fused layers (TensorFlow Lite): the first stands for all.
  const path = parts
    .slice(0, -1)
    .filter((part) => part !== '')
    .map((part) => part.split(';', 1)[0]!);
  if (separator === '.' && path.some((part) => /^\d*$/.test(part)) && /^\d/.test(name)) return [];
  return path;
}
