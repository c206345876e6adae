import type { Issue, Path } from '../check.ts';
import { findStep } from '../steps.ts';
import type { LayersView, Rule, RuleContext } from './rule.ts';

/** Matches looked at in one check: thousands of patterns for thousands of layers are not followed one by one. */
const mostMatches = 400_000;

/** Settings that mean something for layers with weights only. */
const ofWeights: ReadonlySet<string> = new Set([
  'weights',
  'granularity',
  'block-size',
  'symmetric-weights',
  'weight-type',
  'weight-range',
  'round',
  'values',
]);

/** Entries of `layers` that change nothing. */
export const layerEntry: Rule = {
  kinds: [
    {
      code: 'recipe.shadowed',
      severity: 'warning',
      title: 'An entry of `layers` that later ones replace',
      text: 'Later entries win. All that this one says of its layers is said again, otherwise, further down: it does nothing. General patterns belong before exceptions.',
      example: 'steps:\n  - quantize: { method: weight-only }\nlayers:\n  "/fc/Gemm": { weights: 8 }\n  "*": { weights: 4 }',
    },
    {
      code: 'recipe.no-weights',
      severity: 'info',
      title: 'Widths for layers without weights',
      text: 'Only layers such as convolutions and matrix products have weights that are rounded. What the pattern matches has none.',
      example: 'steps:\n  - quantize: { method: weight-only }\nlayers:\n  "*Relu": { weights: 4 }',
    },
  ],
  *check(context) {
    yield* withoutWeights(context);
    if (context.layers.reduce((sum, view) => sum + matchesOf(view), 0) <= mostMatches) yield* shadowed(context);
  },
};

const matchesOf = ({ matches }: LayersView): number => [...matches.values()].reduce((sum, places) => sum + places.length, 0);

function* withoutWeights({ layers, models }: RuleContext): Generator<Issue> {
  for (const { written, override, matches } of layers) {
    const keys = Object.keys(override).filter((key) => ofWeights.has(key));
    if (keys.length === 0) continue;
    let [count, weighted] = [0, false];
    for (const [alias, places] of matches) {
      const { index } = models.get(alias)!;
      count += places.length;
      weighted ||= places.some((place) => index!.layer(place).weights !== undefined);
    }
    if (count === 0 || weighted) continue;
    const what = count === 1 ? 'the layer that this is about has no weights' : `none of the ${count} layers that this matches has weights`;
    const path: Path = ['layers', written];
    const fixes = [{ title: `Remove ${JSON.stringify(written)}`, changes: [{ kind: 'remove' as const, path }] }];
    yield {
      path,
      at: 'key',
      severity: 'info',
      code: 'recipe.no-weights',
      message: `${what} to round (${keys.join(', ')})`,
      fixes,
      tag: 'unnecessary',
    };
  }
}

/** From the last entry to the first: what has been said of a layer by then wins. */
function* shadowed({ layers, models }: RuleContext): Generator<Issue> {
  const said = new Map<string, Uint32Array>();
  for (let i = layers.length - 1; i >= 0; i--) {
    const { written, override, matches } = layers[i]!;
    const keys = Object.keys(override);
    let [any, counts, last] = [false, false, 0];
    for (const [alias, places] of matches) {
      const size = models.get(alias)!.index!.names.length;
      for (const key of keys) {
        const id = `${alias}\n${key}`;
        let by = said.get(id);
        if (!by) said.set(id, (by = new Uint32Array(size)));
        for (const place of places) {
          any = true;
          if (by[place] === 0) {
            counts = true;
            by[place] = i + 1;
          } else last = Math.max(last, by[place]!);
        }
      }
    }
    // A step that is left out for a layer stays so, whatever its settings are: such entries are never replaced by settings.
    if (!any || counts) continue;
    const winner = layers[last - 1]!;
    const path: Path = ['layers', written];
    yield {
      path,
      at: 'key',
      severity: 'warning',
      code: 'recipe.shadowed',
      message: `this does nothing: later entries say ${keys.map((key) => (findStep(key) ? key : JSON.stringify(key))).join(', ')} of all its layers again`,
      fixes: [{ title: `Remove ${JSON.stringify(written)}`, changes: [{ kind: 'remove', path }] }],
      related: [{ path: ['layers', winner.written], at: 'key', message: 'this one wins' }],
      tag: 'unnecessary',
    };
  }
}
