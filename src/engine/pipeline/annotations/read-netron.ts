import { isObject, malformed, scaleFor, type Annotations } from './named-overlay.ts';

const format = 'Netron attachment';

/** What larger figures mean where the name says it; otherwise smaller ones are better. */
const largerIsBetter = /snr|cosine|similar|accuracy|agreement|top-?[15]\b/i;
/** A layer whose absence makes the answers better is one that takes quantization badly. */
const inverted = /leave-one-out/i;

/** "SQNR, dB" as Lathe writes a metric with its unit. */
const withUnit = /^(.*), ([^\s,]{1,12})$/s;

/**
 * Netron's attachment: the figures among its metrics of nodes and of values (lutzroeder/netron 9, metadata.js: containers `metadata` and
 * `metrics` of items with kind, target, name and value). One overlay for each name of a metric. "equal" is a layer without error; other words,
 * and metrics of the model and of weights, have no place on layers.
 */
export function readNetronAttachment(value: Record<string, unknown>): Annotations | undefined {
  if (value['signature'] !== 'netron:attachment') return undefined;
  const metrics = value['metrics'] ?? [];
  if (!Array.isArray(metrics)) throw malformed(format, 'metrics is no list');
  const byName = new Map<string, [string, number | null][]>();
  for (const [place, item] of metrics.entries()) {
    if (!isObject(item)) throw malformed(format, `metrics[${place}] is no object`);
    const { kind, target, name, value: figure } = item;
    if (kind !== 'node' && kind !== 'value') continue;
    if (typeof target !== 'string' || typeof name !== 'string') throw malformed(format, `metrics[${place}] has no target and name`);
    const known = figure === 'equal' ? null : typeof figure === 'number' ? figure : undefined;
    if (known === undefined) continue;
    const values = byName.get(name);
    if (values) values.push([target, known]);
    else byName.set(name, [[target, known]]);
  }
  const overlays = [...byName].map(([name, values]) => {
    const [, label = name, unit = ''] = withUnit.exec(name) ?? [];
    const better = (largerIsBetter.test(label) || unit === 'dB') !== inverted.test(label) ? ('high' as const) : ('low' as const);
    const figures = values.flatMap(([, figure]) => (figure === null ? [] : [figure]));
    return { id: name, label, unit, better, values, ...scaleFor(figures, unit, better) };
  });
  return { format, models: [], overlays };
}
