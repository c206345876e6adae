import type { LayerView } from '../../../src/protocol/view.ts';
import type { NodeTest, SearchContext } from './query.ts';

const signs: Record<string, (value: number, limit: number) => boolean> = {
  '>': (value, limit) => value > limit,
  '<': (value, limit) => value < limit,
  '>=': (value, limit) => value >= limit,
  '<=': (value, limit) => value <= limit,
  '=': (value, limit) => value === limit,
};
const words: [words: string, sign: string][] = [
  ['below|under|(?:less|fewer|smaller|lower) than', '<'],
  ['above|over|(?:more|greater|larger|higher|bigger) than', '>'],
  ['at least', '>='],
  ['at most', '<='],
  ['≥', '>='],
  ['≤', '<='],
];
const signOf = (text: string): string =>
  words.find(([pattern]) => new RegExp(`^(?:${pattern})$`, 'i').test(text.replace(/\s+/g, ' ')))?.[1] ?? text;

const factors: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

type Figure = (layer: LayerView) => number | null;
const macs: Figure = (layer) => layer.macs;
const parameters: Figure = (layer) => layer.parameters;
const weightBytes: Figure = (layer) => layer.weightBytes;
/** By what a person may call them, before or behind the number. */
const figures: Record<string, Figure> = {
  mac: macs,
  macs,
  param: parameters,
  params: parameters,
  parameter: parameters,
  parameters,
  weights: parameters,
  b: weightBytes,
  byte: weightBytes,
  bytes: weightBytes,
};

const anyOf = (all: string[]): string => all.join('|');
const pattern = new RegExp(
  [
    '^(?:([a-z]+)\\s*)?', // the figure
    `(>=|<=|>|<|=|≥|≤|(?:\\b(?:${anyOf(words.slice(0, 4).map(([word]) => word.replaceAll(' ', '\\s+')))})\\s+))\\s*`,
    '(-?(?:\\d[\\d,]*\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?)', // the number
    `(?:\\s*(db|bits?|ms|µs|us|%)|\\s*([kmgt])?\\s*(${anyOf(Object.keys(figures).sort((a, b) => b.length - a.length))})?)(?=\\s|$)`,
  ].join(''),
  'i',
);

/**
 * A comparison with a number at the beginning of the text, and how many signs it takes. Without a figure the number is one of multiply-adds, or of the
 * shown overlay where it has the overlay's unit or stands behind a word ("below 20"). `problem` makes what is thrown where it has no meaning now.
 */
export function comparison(
  text: string,
  { index, shown }: SearchContext,
  problem: (sentence: string) => Error,
): { test: NodeTest; length: number } | undefined {
  const worst = /^worst\s+(\d+)(?=\s|$)/i.exec(text);
  if (worst) {
    if (!shown) throw problem('Choose an overlay first: “worst” is by its values.');
    const ranked = new Set(shown.ranking.slice(0, Number(worst[1])));
    return { test: (node) => ranked.has(node), length: worst[0].length };
  }
  const found = pattern.exec(text);
  if (!found) return undefined;
  const [all, name, sign = '', number = '', valueUnit, suffix = '', unit] = found;
  const test = signs[signOf(sign.trim())]!;
  const limit = Number(number.replaceAll(',', '')) * factors[suffix.toLowerCase()]!;
  const figure = figureOf(name?.toLowerCase(), (unit ?? valueUnit)?.toLowerCase(), { index, shown }, /[a-z]/i.test(sign));
  if (figure === 'unknown') return undefined;
  if (figure === 'overlay' && !shown) throw problem(`Choose an overlay first: “${all}” is about its values.`);
  const of = figure === 'overlay' ? (node: number): number | null => shown!.values.get(node) ?? null : layerFigure(figure, index.layers);
  return {
    length: all.length,
    test: (node) => {
      const value = of(node);
      return value !== null && test(value, limit);
    },
  };
}

function figureOf(
  name: string | undefined,
  unit: string | undefined,
  { shown }: SearchContext,
  inWords: boolean,
): Figure | 'overlay' | 'unknown' {
  if (name === 'value') return 'overlay';
  if (name !== undefined) {
    const figure = figures[name];
    if (figure) return figure;
    return name.length > 2 && shown?.view.label.toLowerCase().includes(name) ? 'overlay' : 'unknown';
  }
  if (unit !== undefined) return shown?.view.unit.toLowerCase() === unit ? 'overlay' : (figures[unit] ?? 'overlay');
  return inWords && shown ? 'overlay' : macs;
}

const layerFigure =
  (figure: Figure, layers: readonly LayerView[]) =>
  (node: number): number | null => {
    const layer = layers[node];
    return layer ? figure(layer) : null;
  };
