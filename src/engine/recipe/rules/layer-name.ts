import type { Issue, Path } from '../check.ts';
import type { LayerIndex } from '../layer-index.ts';
import { suggestion } from '../nearest.ts';
import type { LayersView, Rule, RuleContext } from './rule.ts';

/** Names compared in one check to find the nearest: a recipe for another model may have thousands that match nothing. */
const mostComparisons = 60_000;

/** Patterns that match no layer. */
export const layerName: Rule = {
  kinds: [
    {
      code: 'recipe.layer',
      severity: 'error',
      title: 'A layer that the model does not have',
      text: 'A layer is named by its node in the ONNX file, or by its first output where the node has no name. In patterns `*` stands for any characters, `/` included; nothing else is special. The names are in the model view, and completion offers them. Under `freeze`, `include` and `exclude` operators (`Gemm`) may stand as well.',
      example: 'layers:\n  "/layr1/*": { weights: 6 }',
    },
  ],
  *check(context) {
    let left = mostComparisons;
    const suggest = (pattern: string, among: readonly LayerIndex[]): string | undefined => {
      left -= among.reduce((sum, { names }) => sum + names.length, 0);
      return left < 0 ? undefined : among.map((index) => index.nearest(pattern)).find((near) => near !== undefined);
    };
    for (const view of context.layers) {
      const matched = [...view.matches];
      if (matched.length === 0 || matched.some(([, places]) => places.length)) continue;
      const among = matched.map(([alias]) => context.models.get(alias)!.index!);
      yield nothingMatches(view, among, suggest(view.pattern, among));
    }
    yield* listed(context, suggest);
  },
};

function nothingMatches({ written, pattern }: LayersView, among: readonly LayerIndex[], near: string | undefined): Issue {
  const path: Path = ['layers', written];
  const message = `${JSON.stringify(written)} matches no layer of the model${suggestion(near) || examples(among)}`;
  const fix = near === undefined ? {} : { fix: JSON.stringify(written.slice(0, written.length - pattern.length) + near) };
  const fixes = [{ title: `Remove ${JSON.stringify(written)}`, changes: [{ kind: 'remove' as const, path }] }];
  return { path, at: 'key', severity: 'error', code: 'recipe.layer', message, ...fix, fixes };
}

function examples(among: readonly LayerIndex[]): string {
  const names = among.flatMap(({ names: own }) => own.slice(0, 3)).slice(0, 3);
  return names.length ? `; the model's layers are named like ${names.map((name) => JSON.stringify(name)).join(', ')}` : '';
}

/** Settings that list layers, at whatever depth: their items are declared with `format: 'layer'`. */
function* listed(
  { steps, models }: RuleContext,
  suggest: (pattern: string, among: readonly LayerIndex[]) => string | undefined,
): Generator<Issue> {
  for (const { written, declaration, path, model } of steps) {
    const index = models.get(model ?? '')?.index;
    if (!index) continue;
    for (const [place, pattern] of layerLists(written, declaration.parameters, path)) {
      if (index.matching(pattern).length || index.operators.has(pattern)) continue;
      const near = suggest(pattern, [index]);
      const message = `${JSON.stringify(pattern)} is no layer, operator or pattern that matches one${suggestion(near) || examples([index])}`;
      yield {
        path: place,
        at: 'value',
        severity: 'warning',
        code: 'recipe.layer',
        message,
        ...(near === undefined ? {} : { fix: JSON.stringify(near) }),
      };
    }
  }
}

function* layerLists(value: unknown, schema: unknown, path: Path): Generator<[Path, string]> {
  if (typeof value !== 'object' || value === null || typeof schema !== 'object' || schema === null) return;
  const { items, properties } = schema as { items?: { format?: string }; properties?: Record<string, unknown> };
  if (items?.format === 'layer' && Array.isArray(value)) {
    for (const [i, pattern] of value.entries()) if (typeof pattern === 'string') yield [[...path, i], pattern];
  } else if (properties) {
    for (const [key, inner] of Object.entries(value)) yield* layerLists(inner, properties[key], [...path, key]);
  }
}
