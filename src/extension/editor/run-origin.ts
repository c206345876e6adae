import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readRecord, RunCatalog, type RunRecord } from '../../engine/pipeline/index.ts';
import type { ChannelsView } from '../../protocol/view.ts';
import type { OriginView } from '../../protocol/weights.ts';

/** A run that made a model, or began with it. */
export interface OriginRun {
  readonly folder: string;
  readonly record: RunRecord;
  /** Whether the model at hand came out of it. */
  readonly made: boolean;
}

/** The run that made this model file, or else the newest finished one in `runs` that began with it. */
export async function originRun(model: string, runs: string): Promise<OriginRun | undefined> {
  const folder = path.dirname(path.dirname(model));
  const own = path.basename(path.dirname(model)) === 'models' ? await readRecord(folder) : undefined;
  if (own) return { folder, record: own, made: true };
  const found = (await new RunCatalog().list(runs)).find((run) => run.status === 'finished' && run.model === model);
  const record = found && (await readRecord(found.folder));
  return record && { folder: found.folder, record, made: false };
}

/** A row of `layers.json`, as far as it is shown: any of it may be missing. */
interface Row {
  name: string;
  weights?: { bits: number; type: string; granularity: string; scales: [number, number]; sqnr: number | null } | null;
  input?: SchemeRow | null;
  output?: SchemeRow | null;
  error?: { sqnrDb: number | null; cosine: number; maxAbs: number; meanShift: number };
  histogram?: { low: number; high: number; a: number[]; b: number[] };
  notQuantized?: string;
}

interface SchemeRow {
  type: string;
  low: number;
  high: number;
  scale: number;
  zeroPoint: number;
  observed: { low: number; high: number } | null;
}

/** What the run's table says of a layer; undefined where it says nothing. */
export async function layerOrigin({ folder, record, made }: OriginRun, layer: string): Promise<OriginView | undefined> {
  const row = (await readRows(path.join(folder, 'layers.json'))).find(({ name }) => name === layer);
  if (!row) return undefined;
  const settings = settingsOf(record, layer);
  const rows: OriginView['rows'] = [];
  if (row.weights) rows.push(['Weights', weightsText(row.weights, settings)]);
  if (row.input) rows.push(['Input', schemeText(row.input, settings)]);
  if (row.output) rows.push(['Output', schemeText(row.output, settings)]);
  if (row.notQuantized !== undefined) rows.push(['Kept in float', row.notQuantized]);
  if (row.error) rows.push(['Error', errorText(row.error)]);
  if (rows.length === 0) return undefined;
  return {
    title: made ? 'How it was quantized' : 'In the newest run',
    text: `Run ${path.basename(folder)}`,
    rows,
    values: row.histogram ? [outputValues(row.histogram, row.output)] : [],
    ...(made ? { original: true as const } : {}),
  };
}

/** Settings of the quantizing step for this layer. */
function settingsOf({ recipe }: RunRecord, layer: string): Record<string, unknown> {
  const step = recipe.steps.find(({ settings }) => 'calibrate' in settings);
  const own = step?.layers[layer]?.[step.step];
  return { ...step?.settings, ...(typeof own === 'object' ? (own as object) : {}) };
}

function weightsText({ type, bits, granularity, scales, sqnr }: NonNullable<Row['weights']>, settings: Record<string, unknown>): string {
  const [least, greatest] = scales;
  const scale = least === greatest ? `scale ${figure(least)}` : `scales ${figure(least)} to ${figure(greatest)}`;
  return [
    `${type}${type.endsWith(String(bits)) ? '' : `, ${bits} bits`}, one scale a ${granularity}`,
    scale,
    chosenBy(settings['weight-range']),
    sqnr === null || sqnr === undefined ? '' : `${figure(sqnr)} dB`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function schemeText({ type, low, high, scale, zeroPoint, observed }: SchemeRow, settings: Record<string, unknown>): string {
  const cut = observed && (observed.low < low - scale / 2 || observed.high > high + scale / 2) ? ', so some is cut off' : '';
  return [
    `${type} from ${figure(low)} to ${figure(high)}`,
    `scale ${figure(scale)}, zero point ${zeroPoint}`,
    observed ? `pictures gave ${figure(observed.low)} to ${figure(observed.high)}${cut}` : '',
    chosenBy(settings['calibrate']),
  ]
    .filter(Boolean)
    .join(' · ');
}

const chosenBy = (estimator: unknown): string => (typeof estimator === 'string' ? `range chosen by ${estimator}` : '');

function errorText({ sqnrDb, cosine, maxAbs, meanShift }: NonNullable<Row['error']>): string {
  const signal = sqnrDb === null ? 'none' : `${figure(sqnrDb)} dB`;
  return `${signal} · cosine ${figure(cosine)} · at most ${figure(maxAbs)} · mean moved by ${figure(meanShift)}`;
}

function outputValues({ low, high, a, b }: NonNullable<Row['histogram']>, output: Row['output']): ChannelsView {
  return {
    title: 'Output, float and quantized',
    text: 'On the pictures that the run compared.',
    histograms: [
      { label: 'Float', low, high, counts: a },
      { label: 'Quantized', low, high, counts: b },
    ],
    ...(output ? { range: [output.low, output.high] as [number, number] } : {}),
    count: 0,
    worst: [],
  };
}

const figure = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))).replace('-', '−') : String(value));

/** No rows where there is no such file, or one that cannot be read: what a run says is a convenience. */
async function readRows(file: string): Promise<Row[]> {
  try {
    const { layers } = JSON.parse(await readFile(file, 'utf8')) as { layers?: Row[] };
    return Array.isArray(layers) ? layers : [];
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) return [];
    throw error;
  }
}
