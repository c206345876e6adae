import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverLayers } from '../../../src/engine/recipe/cover-layers.ts';
import { editLayers } from '../../../src/engine/recipe/edit-layers.ts';
import { applyEdits } from '../../../src/engine/recipe/edit-map.ts';
import { entryAt, overridesByLayer, readLayers } from '../../../src/engine/recipe/layer-entries.ts';
import { layerPattern } from '../../../src/engine/recipe/layers.ts';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { planLayers, type LayerChange } from '../../../src/engine/recipe/plan-layers.ts';
import type { LayerOverride } from '../../../src/engine/recipe/types.ts';

const names = [
  '/conv1',
  '/layer1/0/Conv',
  '/layer1/0/Relu',
  '/layer1/1/Conv',
  '/layer1/1/Relu',
  '/layer2/0/Conv',
  '/layer2/1/Conv',
  '/fc',
  '12',
  '13',
];
const edited = (text: string, change: LayerChange, all = names): string => applyEdits(text, editLayers(text, change, all));

const head = `# mine
version: 1
model: net.onnx   # from May

steps:
  - quantize: { weights: 8 }   # careful
`;

describe('changing layers in the text of a recipe', () => {
  it('begins `layers` behind the steps, in the manner of the file', () => {
    const gate = '\n# the limit\ngate: { drop: 1 }\n';
    expect(edited(head + gate, { layers: ['/conv1'], set: { quantize: false } })).toBe(
      `${head}\nlayers:\n  "/conv1": { quantize: false }\n${gate}`,
    );
  });

  it('fills an empty section', () => {
    for (const empty of ['layers:', 'layers: {}', 'layers: ~  # none', 'layers: # none yet']) {
      const text = edited(`${head}${empty}\ngate: { drop: 1 }\n`, { layers: ['/fc'], set: { weights: 4 } });
      expect(text).toContain('\n  "/fc": { weights: 4 }\ngate: { drop: 1 }\n');
      if (empty.includes('#')) expect(text).toContain(empty.slice(empty.indexOf('#')));
    }
  });

  it('changes a value where it stands, of each way of writing', () => {
    const text = `${head}layers:
  /conv1: {weights: 8}   # raw pictures
  '/layer1/0/Conv':
    weights: 6 # measured
    # a thought
    round: layer
  "/fc": { activations: 8,  # wide
           weights: 8 }
`;
    const after = edited(text, { layers: ['/conv1', '/layer1/0/Conv', '/fc'], set: { weights: 4 } });
    expect(after).toBe(
      text
        .replace('{weights: 8}', '{weights: 4}')
        .replace('weights: 6', 'weights: 4')
        .replace('           weights: 8', '           weights: 4'),
    );
  });

  it('what comes takes the place of what goes', () => {
    const text = `${head}layers:\n  /fc: { quantize: false } # the last one\n`;
    expect(edited(text, { layers: ['/fc'], unset: ['quantize'], set: { weights: 6 } })).toBe(text.replace('quantize: false', 'weights: 6'));
  });

  it('one pattern for several layers where it matches no other', () => {
    const layers = ['/layer1/0/Conv', '/layer1/0/Relu', '/layer1/1/Conv', '/layer1/1/Relu'];
    expect(edited(head, { layers, set: { weights: 4 } })).toBe(`${head}\nlayers:\n  "/layer1/*": { weights: 4 }\n`);
    expect(edited(head, { layers: layers.slice(0, 3), set: { weights: 4 } })).toContain('"/layer1/1/Conv": { weights: 4 }');
  });

  it('parts an entry that is for others too', () => {
    const text = `${head}layers:\n  "/layer1/*": { quantize: false } # all of it\n  /fc: { weights: 4 }\n`;
    const after = edited(text, { layers: ['/layer1/1/Conv'], unset: ['quantize'], set: { weights: 6 } });
    expect(after).toContain('# all of it');
    expect(after).toContain('\n  /fc: { weights: 4 }\n  "/layer1/1/Conv": { weights: 6 }\n');
    const of = overridesByLayer(readLayers(after).entries, names);
    expect(of.get('/layer1/0/Relu')).toEqual({ quantize: false });
    expect(of.get('/layer1/1/Conv')).toEqual({ weights: 6 });
  });

  it('goes to the end where a later entry would win', () => {
    const text = `${head}layers:\n  /fc: { weights: 8, round: layer }\n  "*": { weights: 4 }\n`;
    const after = edited(text, { layers: ['/fc'], set: { weights: 6 } });
    expect(overridesByLayer(readLayers(after).entries, names).get('/fc')).toEqual({ weights: 6, round: 'layer' });
    expect(overridesByLayer(readLayers(after).entries, names).get('/conv1')).toEqual({ weights: 4 });
  });

  it('takes the last entry away with its section', () => {
    const text = `${head}layers:\n  /fc: { weights: 4 }\ngate: { drop: 1 }\n`;
    expect(edited(text, { layers: ['/fc'], unset: 'all' })).toBe(`${head}gate: { drop: 1 }\n`);
    const commented = `${head}layers:\n  # why\n  /fc: { weights: 4 }\n`;
    expect(edited(commented, { layers: ['/fc'], unset: 'all' })).toContain('# why');
  });

  it('keeps JSON as it is laid out', () => {
    const json = JSON.stringify({ version: 1, model: 'net.onnx', steps: [{ quantize: {} }], gate: { drop: 1 } }, null, 2);
    const once = edited(json, { layers: ['/fc'], set: { round: 'layer' } });
    expect(once).toBe(json.replace('  "gate"', '  "layers": {\n    "/fc": { "round": "layer" }\n  },\n  "gate"'));
    const twice = edited(once, { layers: ['/conv1'], set: { weights: 4 } });
    expect(twice).toBe(once.replace('"layer" }\n', '"layer" },\n    "/conv1": { "weights": 4 }\n'));
    expect(JSON.parse(edited(twice, { layers: ['/fc', '/conv1'], unset: 'all' }))).toMatchObject({ layers: {} });
    const line = '{"version":1,"model":"net.onnx","steps":[{"quantize":{}}]}';
    expect(JSON.parse(edited(line, { layers: ['/fc'], set: { weights: 4 } }))).toMatchObject({ layers: { '/fc': { weights: 4 } } });
  });

  it('changes nothing where the recipe says so already, and refuses what it cannot read', () => {
    const text = `${head}layers:\n  "*": { weights: 4 }\n`;
    expect(editLayers(text, { layers: ['/fc'], set: { weights: 4 } }, names)).toEqual([]);
    expect(() => edited('version: [1', { layers: ['/fc'], set: { weights: 4 } })).toThrow(
      expect.objectContaining({ code: 'recipe.syntax' }),
    );
    expect(() => edited(`${head}layers: &all\n  /fc: &a { weights: 4 }\n  /conv1: *a\n`, { layers: ['/fc'], set: { weights: 6 } })).toThrow(
      expect.objectContaining({ code: 'recipe.layers' }),
    );
  });

  it('survives odd names', () => {
    for (const name of ['a"b', 'x: y # z', ' lead', '\u2028\u202e<img>', '- a', 'line\nbreak', '😀', '\ud800', '__proto__']) {
      const text = edited(head, { layers: [name], set: { weights: 4 } }, ['other', name]);
      expect(readLayers(text).entries.map(({ pattern }) => pattern)).toContain(name);
      expect(loadRecipe(text, 'x').problems).toEqual([]);
      expect(edited(text, { layers: [name], set: { weights: 6 } }, [name])).toBe(text.replace('4', '6'));
    }
  });
});

/** Entries as a person may have written them. */
interface Written {
  pattern: string;
  override: LayerOverride;
  style: 'flow' | 'tight' | 'block' | 'lines';
  quote: boolean;
  comment: string;
}

const setting = fc.record(
  {
    weights: fc.constantFrom<unknown>(2, 4, 6, 8, 'ternary', 'float'),
    round: fc.constantFrom('nearest', 'layer'),
    quantize: fc.constant(false),
    activations: fc.constantFrom<unknown>(8, 16),
  },
  { requiredKeys: [] },
);
const filled = setting.filter((value) => Object.keys(value).length > 0);
const patterns = [...names, '/layer1/*', '/layer2/*', '*/Conv', '/layer*/0/*', '*', '/layer1/0/*'];
const entry = fc.record<Written>({
  pattern: fc.constantFrom(...patterns),
  override: filled,
  style: fc.constantFrom('flow', 'tight', 'block', 'lines'),
  quote: fc.boolean(),
  comment: fc.constantFrom('', ' # why', ' #', ' # { a: 1, "b" }'),
});

function yaml(entries: readonly Written[], indent: string): string {
  return entries
    .map(({ pattern, override, style, quote, comment }) => {
      const key = quote || /^[*]/.test(pattern) ? JSON.stringify(pattern) : /^\d/.test(pattern) ? `'${pattern}'` : pattern;
      const items = Object.entries(override).map(([name, value]) => `${name}: ${String(value)}`);
      if (style === 'flow') return `${indent}${key}: { ${items.join(', ')} }${comment}\n`;
      if (style === 'tight') return `${indent}${key}:   {${items.join(',  ')}}${comment}\n`;
      if (style === 'lines')
        return `${indent}${key}: {${comment}\n${items.map((item) => `${indent}   ${item},${comment}\n`).join('')}${indent} }\n`;
      return `${indent}${key}:${comment}\n${items.map((item) => `${indent}   ${item}${comment}\n${indent}   # more\n`).join('')}`;
    })
    .join('');
}

const change = fc.record({
  layers: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: names.length }),
  set: setting,
  unset: fc.constantFrom<LayerChange['unset'][]>(undefined, ['quantize'], ['weights', 'round'], 'all'),
});

/** What the recipe is to say of each layer, from the rules of recipe.md and nothing else. */
function expected(
  entries: readonly { pattern: string; override: LayerOverride }[],
  { layers, set, unset }: LayerChange,
): Map<string, LayerOverride> {
  return new Map(
    names.map((name) => {
      let settings: LayerOverride = {};
      for (const { pattern, override } of entries)
        if (new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)) settings = { ...settings, ...override };
      if (!layers.includes(name)) return [name, settings];
      const kept = Object.entries(settings).filter(([key]) => unset !== 'all' && !unset?.includes(key));
      return [name, { ...Object.fromEntries(kept), ...set }];
    }),
  );
}

const said = (text: string): Map<string, LayerOverride> => {
  const found = overridesByLayer(readLayers(text).entries, names);
  return new Map(names.map((name) => [name, found.get(name) ?? {}]));
};

/** Lines of `kept` that stand in `text` in this order. */
function standsIn(kept: readonly string[], text: string): boolean {
  const lines = text.split('\n');
  let at = 0;
  return kept.every((line) => {
    at = lines.indexOf(line, at) + 1;
    return at > 0;
  });
}

describe('any change of any recipe', () => {
  const tail = '\n# the limit\ngate: { drop: 1.50 }   # points\n';

  it.each(['\n', '\r\n'])('says what was meant, and leaves every other line as it was (line break %j)', (eol) => {
    let done = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { selector: ({ pattern }) => pattern, maxLength: 6 }),
        change,
        fc.constantFrom('  ', '    ', ' '),
        (entries, wish, indent) => {
          const text = `${head}${entries.length ? `layers:   # exceptions\n${yaml(entries, indent)}` : ''}${tail}`.replaceAll('\n', eol);
          let after: string;
          try {
            after = edited(text, wish);
          } catch (error) {
            // Entries across one another may leave no way; then nothing is written.
            expect(error).toMatchObject({ code: 'recipe.layers' });
            return;
          }
          done++;
          expect(said(after)).toEqual(expected(entries, wish));
          expect(loadRecipe(after, 'x').problems).toEqual([]);
          expect(loadRecipe(after, 'x').recipe).toMatchObject({ model: 'net.onnx', gate: { drop: 1.5 } });
          if (eol === '\r\n') expect(after.replaceAll('\r\n', '')).not.toContain('\n');
          const touched = (pattern: string): boolean => wish.layers.some((name) => layerPattern(pattern)(name));
          // An entry that is parted may say what it said of a layer in that layer's own entry.
          const parted = wish.unset === undefined ? [] : entries.filter(({ pattern }) => touched(pattern) && pattern.includes('*'));
          const others = entries.filter(({ pattern }) => !touched(pattern) && !parted.some((glob) => layerPattern(glob.pattern)(pattern)));
          const lines = (part: string): string[] => part.replaceAll('\n', eol).split('\n').slice(0, -1);
          expect(standsIn([...lines(head), ...lines(yaml(others, indent)), ...lines(tail)], after)).toBe(true);
          // A change in place costs no line.
          if (wish.unset === undefined && entries.length && wish.layers.every((name) => entries.at(-1)!.pattern === name)) {
            expect(after.split('\n').length - text.split('\n').length).toBeLessThanOrEqual(Object.keys(wish.set).length);
          }
        },
      ),
      { numRuns: 120 },
    );
    expect(done).toBeGreaterThan(80);
  });

  it('JSON stays JSON, however it is laid out', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { selector: ({ pattern }) => pattern, maxLength: 5 }),
        change,
        fc.constantFrom(undefined, 1, 2, '\t'),
        (entries, wish, indent) => {
          const layers = Object.fromEntries(entries.map(({ pattern, override }) => [pattern, override]));
          const recipe = {
            version: 1,
            model: 'net.onnx',
            steps: [{ quantize: {} }],
            ...(entries.length ? { layers } : {}),
            gate: { drop: 1 },
          };
          const text = JSON.stringify(recipe, null, indent);
          let after: string;
          try {
            after = edited(text, wish);
          } catch (error) {
            expect(error).toMatchObject({ code: 'recipe.layers' });
            return;
          }
          expect(JSON.parse(after)).toMatchObject({ version: 1, gate: { drop: 1 } });
          expect(said(after)).toEqual(expected(readLayers(text).entries, wish));
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('patterns for a selection', () => {
  it('match all that is wanted and nothing that is not allowed', () => {
    const part = fc.constantFrom('layer1', 'layer2', 'block', 'Conv', 'Relu', 'a.b', 'x_y', '0', '1');
    const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 40 }), fc.infiniteStream(fc.boolean()), (all, stream) => {
        const wanted = new Set(all.filter(() => stream.next().value));
        const found = coverLayers(wanted, wanted, all);
        const matched = all.filter((one) => found.some((pattern) => layerPattern(pattern)(one)));
        expect(new Set(matched)).toEqual(wanted);
        expect(found.length).toBeLessThanOrEqual(wanted.size);
      }),
    );
  });

  it('are quick for ten thousand layers', () => {
    const all = Array.from({ length: 10_000 }, (_, i) => `/stage${i % 7}/block${i % 401}/conv${i}/Conv`);
    const wanted = new Set(all.filter((_, i) => i % 2 === 0));
    expect(coverLayers(wanted, wanted, all).length).toBeGreaterThan(0);
  });
});

describe('the entry under the cursor', () => {
  it('is found from its key, its settings and its comment', () => {
    const text = `${head}layers:\n  /conv1: { weights: 8 } # raw\n  /fc:\n    weights: 4 # last\n    round: layer\ngate: { drop: 1 }\n`;
    const at = (part: string): string | undefined => entryAt(readLayers(text), text, text.indexOf(part))?.pattern;
    expect([at('/conv1'), at('raw'), at('/fc'), at('# last'), at('round'), at('gate'), at('steps')]).toEqual(
      ['/conv1', '/conv1', '/fc', '/fc', '/fc', undefined, undefined], // prettier-ignore
    );
    const line = '{"version":1,"layers":{"/a":{"weights":4},"/b":{"weights":8}}}';
    expect(entryAt(readLayers(line), line, line.indexOf('8'))?.pattern).toBe('/b');
  });
});

describe('a chain', () => {
  const aliases = ['restore', 'detect'];
  const whole = [...names.slice(0, 6).map((name) => `restore:${name}`), ...names.slice(0, 6).map((name) => `detect:${name}`)];
  const text = (layers: string): string => `version: 1\nchain: [restore, detect]\nlayers:\n${layers}`;

  it.each<[string, string, LayerChange, string]>([
    [
      'a layer gets an entry under the name of its model',
      '',
      { layers: ['detect:/conv1'], set: { weights: 4 } },
      "  'detect:/conv1': { weights: 4 }\n",
    ],
    [
      'an entry without a model is parted where one of them is to be otherwise',
      "  '/conv1': { weights: 4 }\n",
      { layers: ['detect:/conv1'], unset: 'all' },
      "  'restore:/conv1': { weights: 4 }\n",
    ],
    [
      'an entry of a model is changed in its place',
      "  'detect:/layer1/*': { weights: 4 }\n",
      { layers: whole.filter((name) => name.startsWith('detect:/layer1/')), set: { weights: 6 } },
      "  'detect:/layer1/*': { weights: 6 }\n",
    ],
  ])('%s', (_, before, change, after) => {
    const given = before === '' ? 'version: 1\nchain: [restore, detect]\n' : text(before);
    const found = applyEdits(given, editLayers(given, { ...change, aliases }, whole));
    expect(readLayers(found).entries.map(({ pattern, override }) => [pattern, override])).toEqual(
      readLayers(text(after)).entries.map(({ pattern, override }) => [pattern, override]),
    );
    expect(readLayers(found).chain).toEqual(aliases);
  });

  it('leaves what is said of all other layers as it was, whatever stands there', () => {
    const pattern = fc.constantFrom(
      '*',
      '/conv1',
      '/layer1/*',
      'restore:*',
      'detect:/layer1/*',
      '*Conv',
      'detect:/conv1',
      'r*',
      '*:/conv1',
    );
    const entry = fc.record({ pattern, override: fc.record({ weights: fc.constantFrom(2, 4, 8) }) });
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { maxLength: 5, selector: (one) => one.pattern }),
        fc.subarray(whole, { minLength: 1 }),
        (entries, layers) => {
          const change = { layers, set: { weights: 3 }, aliases };
          const wanted = overridesByLayer(entries, whole, aliases);
          for (const name of layers) wanted.set(name, { ...wanted.get(name), weights: 3 });
          const found = overridesByLayer(planLayers(entries, change, whole), whole, aliases);
          expect(new Map([...found].filter(([, one]) => Object.keys(one).length))).toEqual(wanted);
        },
      ),
    );
  });
});
