import type { ModelCurvePoint, ModelShare, SearchedModel, SearchPoint } from '../../protocol/results/search.ts';
import type { RunBudget } from '../../protocol/shared-budget.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A record may hold any number of points; nobody draws more. */
const mostPoints = 64;
const longestName = 200;

/** What a run's `search` says of several models, read as foreign data; undefined where it is none of these. */
export function budgetSummary(value: unknown): RunBudget | undefined {
  const search = fields(value);
  const budget = fields(search['budget']);
  const [kind, unit] = [text(budget['kind']), text(budget['unit'])];
  const [limit, uniform8] = [number(budget['limit']), number(budget['uniform8'])];
  const found = point(search['found']);
  const models = list(search['models']).flatMap((one) => model(one) ?? []);
  if (kind === undefined || unit === undefined || limit === undefined || uniform8 === undefined || !found || models.length < 2)
    return undefined;
  return { budget: { kind, unit, limit, uniform8 }, found, compared: points(search['compared']), front: points(search['front']), models };
}

const points = (value: unknown): SearchPoint[] => list(value).flatMap((one) => point(one) ?? []);

function point(value: unknown): SearchPoint | undefined {
  const one = fields(value);
  const [name, cost, percent, predicted] = [text(one['name']), number(one['cost']), number(one['percent']), number(one['predicted'])];
  if (name === undefined || cost === undefined || percent === undefined || predicted === undefined) return undefined;
  const [measured, models] = [number(one['measured']), list(one['models']).flatMap((share) => shareOf(share) ?? [])];
  return {
    name,
    cost,
    percent,
    bytes: number(one['bytes']) ?? 0,
    predicted,
    ...(measured === undefined ? {} : { measured }),
    ...(models.length ? { models } : {}),
  };
}

function shareOf(value: unknown): ModelShare | undefined {
  const one = fields(value);
  const name = text(one['model']);
  const [cost, percent, removed, bits, predicted] = ['cost', 'percent', 'removed', 'bits', 'predicted'].map((key) => number(one[key]));
  if (
    name === undefined ||
    cost === undefined ||
    percent === undefined ||
    removed === undefined ||
    bits === undefined ||
    predicted === undefined
  )
    return undefined;
  return { model: name, cost, percent, removed, bits, predicted };
}

function model(value: unknown): SearchedModel | undefined {
  const one = fields(value);
  const [name, uniform8] = [text(one['model']), number(one['uniform8'])];
  if (name === undefined || uniform8 === undefined) return undefined;
  const curve = list(one['curve']).flatMap((each): ModelCurvePoint[] => {
    const { cost, measured, weights, removed } = fields(each);
    const [spent, noise, bits, part] = [number(cost), number(measured), number(weights), number(removed)];
    if (spent === undefined || noise === undefined) return [];
    return [
      { cost: spent, measured: noise, ...(bits === undefined ? {} : { weights: bits }), ...(part === undefined ? {} : { removed: part }) },
    ];
  });
  const front = list(one['front']).flatMap((each) => {
    const [cost, predicted] = [number(fields(each)['cost']), number(fields(each)['predicted'])];
    return cost === undefined || predicted === undefined ? [] : [{ cost, predicted }];
  });
  return { model: name, uniform8, curve, front };
}

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, mostPoints) : []);
const number = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, longestName) : undefined);
