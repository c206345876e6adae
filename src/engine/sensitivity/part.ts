import type { AnalyzedLayer } from '../../protocol/results/analyze.ts';
import { LatheError } from '../base/errors.ts';
import { canonicalJson, parseExact, toExactJson } from '../base/json.ts';
import { findMethod } from './methods/index.ts';
import { findMetric } from './metrics/index.ts';
import type { Figure, Measure } from './metric.ts';
import { methodOf, metricOf } from './names.ts';
import type { Analysis, AnalysisPart, Widths } from './types.ts';

export const analysisKind = 'lathe-analysis';

export const writeAnalysis = (part: AnalysisPart): string => toExactJson(part);

/** Throws `analyze.part` for anything that is no part of an analysis. */
export function readAnalysis(text: string, file: string): AnalysisPart {
  const refuse = (): LatheError =>
    new LatheError('analyze.part', 'this is no part of an analysis', { file, hint: 'Parts are written by lathe analyze --shard i/n.' });
  let part: Partial<AnalysisPart> | null;
  try {
    part = parseExact(text) as Partial<AnalysisPart> | null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw refuse();
    throw thrown;
  }
  const { method = '', metric = '', measure = '', widths, layers, rows, samples } = part ?? {};
  const whole =
    part?.kind === analysisKind &&
    part.version === 1 &&
    findMethod(method) &&
    findMetric(metric)?.named(measure) &&
    part.shard &&
    part.setting &&
    part.base;
  const filled = Array.isArray(widths) && Array.isArray(layers) && Array.isArray(samples) && Array.isArray(rows);
  if (!whole || !filled || rows.length !== widths.length || rows.some((layer) => layer.length !== layers.length)) throw refuse();
  return part as AnalysisPart;
}

/** Puts the shards of one analysis together; the result is that of an undivided one, byte for byte. Throws `analyze.merge`. */
export function mergeAnalyses(parts: readonly AnalysisPart[]): AnalysisPart {
  const fail = (message: string): LatheError =>
    new LatheError('analyze.merge', message, { hint: 'Give all parts of one analysis, each once.' });
  const ordered = [...parts].sort((a, b) => a.shard.index - b.shard.index);
  const [first] = ordered;
  if (!first) throw fail('there are no parts');
  for (const part of ordered) {
    for (const key of ['model', 'content', 'method', 'metric', 'widths', 'layers'] as const) {
      if (canonicalJson(part[key]) !== canonicalJson(first[key])) throw fail(`the parts are of different analyses: ${key} differs`);
    }
  }
  const { of } = first.shard;
  if (ordered.length !== of || ordered.some(({ shard }, i) => shard.of !== of || shard.index !== i)) {
    throw fail(`of ${of} parts there are ${ordered.map(({ shard }) => shard.index + 1).join(', ')}`);
  }
  return {
    ...first,
    shard: { index: 0, of: 1 },
    samples: ordered.flatMap(({ samples }) => samples),
    rows: first.rows.map((layers, width) => layers.map((_, layer) => ordered.flatMap(({ rows }) => rows[width]![layer]!))),
    base: first.base.map((_, i) => ordered.flatMap(({ base }) => base[i]!)),
    warnings: [...new Set(ordered.flatMap(({ warnings }) => warnings))],
  };
}

/** Analyses of the same layers on the same pictures at other widths, as one; in the order given. */
export function joinWidths(parts: readonly AnalysisPart[]): AnalysisPart {
  const [first] = parts;
  if (!first) throw new LatheError('analyze.merge', 'there are no parts');
  return {
    ...first,
    widths: parts.flatMap(({ widths }) => widths),
    rows: parts.flatMap(({ rows }) => rows),
    base: methodOf(first.method).baseline === 'quantized' ? parts.flatMap(({ base }) => base) : first.base,
    warnings: [...new Set(parts.flatMap(({ warnings }) => warnings))],
  };
}

/** The part of an analysis that is of one of its widths. */
export function atWidth(part: AnalysisPart, width: number): AnalysisPart {
  const { base } = part;
  const own = methodOf(part.method).baseline === 'quantized' ? [base[width]!] : base;
  return { ...part, widths: [part.widths[width]!], rows: [part.rows[width]!], base: own };
}

/** Width by which a row is called: of the weights, or of the activations where only those are quantized. */
const bitsOf = ({ weights, activations }: Widths): AnalyzedLayer['bits'] => (weights === 'float' ? activations : weights);

/** The figures that an analysis on its way has already: of layers that were tried on at least one picture. No baseline. */
export function analysisSoFar(part: AnalysisPart): Analysis {
  const pictures = part.rows.flatMap((layers) => layers.map((rows) => rows.length));
  const most = pictures.reduce((most, length) => Math.max(most, length), 0);
  const measured = part.rows.map((layers) => layers.map((rows) => rows.length > 0));
  const whole = { ...part, samples: Array.from({ length: most }, (_, i) => i), base: [] };
  return analysisOf(whole, (width, layer) => measured[width]![layer]!);
}

/** The figures of a whole analysis, or of those layers of it that are to be `shown`. Throws `analyze.empty` when no picture is left. */
export function analysisOf(part: AnalysisPart, shown: (width: number, layer: number) => boolean = () => true): Analysis {
  const method = methodOf(part.method);
  const measure = metricOf(part.metric, method).named(part.measure)!;
  if (part.samples.length === 0) throw new LatheError('analyze.empty', 'there are no pictures to measure on', { file: part.model });
  const layers = part.widths.flatMap((_, width) =>
    part.layers.flatMap((__, layer) => (shown(width, layer) ? [layerRow(part, measure, width, layer)] : [])),
  );
  const sign = (measure.better === 'high') === !method.inverted ? 1 : -1;
  return {
    method: method.name,
    metric: part.metric,
    measure: measure.name,
    unit: measure.unit,
    better: measure.better,
    samples: part.samples.length,
    layers: layers.sort((a, b) => sign * (place(a, measure) - place(b, measure)) || 0),
    baseline: part.base.map((row, i) => ({
      ...(method.baseline === 'float' ? { model: 'float' as const } : { model: 'quantized' as const, ...part.widths[i] }),
      ...measure.summarize(row, part.setting),
    })),
    notAnalyzed: part.notAnalyzed,
    forwardPasses: Math.round((part.passes.shared + part.widths.length * part.passes.each) * part.samples.length * 10) / 10,
    warnings: part.warnings,
  };
}

function layerRow(part: AnalysisPart, measure: Measure, width: number, layer: number): AnalyzedLayer {
  const [widths, { name, op, parameters, macs }] = [part.widths[width]!, part.layers[layer]!];
  const rows = part.rows[width]![layer]!;
  const base = part.base[part.base.length === 1 ? 0 : width];
  const difference = base && measure.difference?.(rows, base, part.setting);
  return {
    name,
    op,
    bits: bitsOf(widths),
    weights: widths.weights,
    activations: widths.activations,
    ...measure.summarize(rows, part.setting),
    ...(difference ? { difference: { value: difference.value, confidence: difference.confidence } } : {}),
    parameters,
    macs,
  };
}

/** Where a figure stands among others; what is no number counts as the worst. */
function place({ value, equal }: Figure, { better }: Measure): number {
  const [best, worst] = better === 'high' ? [Infinity, -Infinity] : [-Infinity, Infinity];
  return equal ? best : value === null || Number.isNaN(value) ? worst : value;
}
