import { isObject, malformed, scaleFor, type Annotations, type NamedOverlay } from './named-overlay.ts';

const format = 'node data file of Model Explorer';

/** More different words than this are no classes. */
const mostClasses = 12;

/**
 * Node data of Model Explorer (google-ai-edge/model-explorer, node_data_builder.py): graphs by id, each with `results` by node and either
 * `thresholds`, upper ends of steps with a colour each, or a `gradient` over the figures; or one graph alone. One overlay for each graph. Values
 * that are words become classes. The borders are kept, the colours are ours, which are safe for colour blindness; the redder end is the worse.
 */
export function readModelExplorerData(value: Record<string, unknown>): Annotations | undefined {
  const graphs = 'results' in value ? [['', value] as const] : Object.entries(value);
  if (!graphs.some(([, graph]) => isObject(graph) && 'results' in graph)) return undefined;
  return {
    format,
    models: [],
    overlays: graphs.map(([name, graph]) => {
      if (!isObject(graph) || !isObject(graph['results'])) throw malformed(format, `the graph ${quoted(name)} has no results`);
      return overlayOf(name, graph, graph['results']);
    }),
  };
}

function overlayOf(name: string, graph: Record<string, unknown>, results: Record<string, unknown>): NamedOverlay {
  const read = Object.entries(results).map(([node, result]): [string, number | string] => {
    const figure = isObject(result) ? result['value'] : result;
    if (typeof figure === 'number' || typeof figure === 'string') return [node, figure];
    throw malformed(format, `the result of ${quoted(node)} has no value`);
  });
  const described = { id: name || 'node data', label: name || 'Node data', unit: '' };
  const words = [...new Set(read.flatMap(([, figure]) => (typeof figure === 'string' ? [figure] : [])))];
  if (words.length > 0) return classesOf(described, read, words);
  const values = read as [string, number][];
  const steps = items(graph, 'thresholds', 'value');
  const stops = items(graph, 'gradient', 'stop');
  const [first, last] = [steps.length ? steps : stops].map((list) => [list[0]?.color, list.at(-1)?.color])[0]!;
  const better = first !== undefined && last !== undefined && redness(first) > redness(last) ? 'high' : 'low';
  if (steps.length > 1) {
    // A figure at a border still belongs to the step below it.
    const thresholds = steps.slice(0, -1).map(({ at }) => justAbove(at));
    return { ...described, better, values, thresholds };
  }
  const figures = values.map(([, figure]) => figure);
  const scale = scaleFor(figures, '', better);
  const asGiven = stops.length > 1 && scale.gradient ? { ...scale, gradient: { ...scale.gradient, log: false } } : scale;
  return { ...described, better, values, ...asGiven };
}

function classesOf(
  described: Pick<NamedOverlay, 'id' | 'label' | 'unit'>,
  read: readonly (readonly [string, number | string])[],
  words: readonly string[],
): NamedOverlay {
  if (words.length > mostClasses)
    throw malformed(format, `its values are ${words.length} different words; up to ${mostClasses} have colours`);
  const sorted = [...words].sort();
  const classes = sorted.map((label, value) => ({ value, label, level: sorted.length === 1 ? 4 : (4 * value) / (sorted.length - 1) }));
  const values = read.flatMap(([node, figure]): [string, number][] => (typeof figure === 'string' ? [[node, sorted.indexOf(figure)]] : []));
  return { ...described, better: 'high', thresholds: [], classes, values };
}

/** Entries of `thresholds` or `gradient`, ascending. */
function items(graph: Record<string, unknown>, list: string, key: string): { at: number; color: string | undefined }[] {
  const entries = graph[list] ?? [];
  if (!Array.isArray(entries)) throw malformed(format, `${list} is no list`);
  return entries
    .map((entry, place) => {
      const at = isObject(entry) ? entry[key] : undefined;
      if (typeof at !== 'number') throw malformed(format, `${list}[${place}] has no ${key}`);
      const color = (entry as Record<string, unknown>)['bgColor'];
      return { at, color: typeof color === 'string' ? color : undefined };
    })
    .sort((a, b) => a.at - b.at);
}

const names: Readonly<Record<string, string>> = { red: '#ff0000', orange: '#ffa500', yellow: '#ffff00', green: '#008000', blue: '#0000ff' };

/** How much more red than green a colour has, -255 to 255; 0 for texts that are none. */
function redness(color: string): number {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})\b/i.exec(names[color.toLowerCase()] ?? color)?.[1];
  if (!digits) return 0;
  const pair = (at: number): number =>
    digits.length === 3 ? 17 * parseInt(digits[at]!, 16) : parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return pair(0) - pair(1);
}

/** The next double above. */
const justAbove = (value: number): number => value + Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);

const quoted = (name: string): string => JSON.stringify(name.slice(0, 100));
