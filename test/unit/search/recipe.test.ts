import { describe, expect, it } from 'vitest';
import { layerPattern } from '../../../src/engine/recipe/layers.ts';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { withLayers } from '../../../src/engine/recipe/set-layers.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { groupLayers } from '../../../src/engine/search/group-layers.ts';
import { searchedWidths } from '../../../src/engine/search/widths.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';

describe('groupLayers', () => {
  it('one pattern where it is exact, names elsewhere', () => {
    const all = ['/conv1', '/layer1/a', '/layer1/b', '/layer2/a', '/layer2/b', '/fc'];
    const widths = new Map([['/layer1/a', 6], ['/layer1/b', 6], ['/layer2/a', 3], ['/fc', 8]]); // prettier-ignore
    expect(groupLayers(all, widths)).toEqual([
      { pattern: '/layer1/*', value: 6 },
      { pattern: '/layer2/a', value: 3 },
      { pattern: '/fc', value: 8 },
    ]);
  });

  it('gives every layer its own value and no other one any, whatever the names', () => {
    const random = seededRandom(2, 'groups');
    for (let round = 0; round < 200; round++) {
      const word = (): string => ['a', 'b', 'conv', 'x*y', '1'][random.integer(5)]!;
      const all = [
        ...new Set(
          Array.from({ length: 12 }, () => Array.from({ length: 1 + random.integer(3) }, word).join(['/', '.', '_'][random.integer(3)])),
        ),
      ];
      const values = new Map(all.filter(() => random.next() < 0.7).map((name) => [name, 2 + random.integer(2)]));
      const groups = groupLayers(all, values);
      for (const name of all) {
        const given = groups.filter(({ pattern }) => layerPattern(pattern)(name)).at(-1)?.value;
        // A star in a name makes it a pattern: layers without a value that it matches as well can't be helped.
        if (values.has(name) && !name.includes('*')) expect(given).toBe(values.get(name));
        else if (!all.some((other) => other.includes('*'))) expect(given).toBeUndefined();
      }
    }
  });
});

describe('withLayers', () => {
  const text = `# mine
version: 1
model: models/net.onnx # the one from May
data:
  calibration: { path: data/train, count: 20 }
steps:
  - quantize: { weights: 4 }
layers:
  /conv1: { activations: 8 } # sees raw pictures
  "/head/*": { quantize: false }
`;
  const entries = [['/conv1', { weights: 8 }], ['/layer1/*', { weights: 6 }]] as const; // prettier-ignore

  it('keeps comments, joins what stands there, and loads', () => {
    const written = withLayers(text, { entries, comment: 'Found' }, '/home/me', '/home/me');
    for (const part of ['# mine', '# the one from May', '# sees raw pictures', '# Found', 'model: models/net.onnx'])
      expect(written).toContain(part);
    expect(loadRecipe(written, 'x').recipe?.layers).toEqual({
      '/conv1': { activations: 8, weights: 8 },
      '/head/*': { quantize: false },
      '/layer1/*': { weights: 6 },
    });
  });

  it('paths follow the file to another folder, settings given beside the text come along', () => {
    const written = withLayers(text, { entries, comment: 'Found', overrides: { target: 'cpu-arm64' } }, '/home/me', '/home/me/runs/one');
    const { recipe } = loadRecipe(written, 'x');
    expect(recipe).toMatchObject({
      target: 'cpu-arm64',
      model: '../../models/net.onnx',
      data: { calibration: { path: '../../data/train', count: 20 } },
    });
  });

  it('a recipe without layers gets some; JSON stays JSON', () => {
    const plain = '{ "version": 1, "model": "net.onnx", "steps": [{ "quantize": {} }] }';
    const written = withLayers(plain, { entries, comment: 'Found' }, '/a', '/a', true);
    expect((JSON.parse(written) as { layers: unknown }).layers).toEqual({ '/conv1': { weights: 8 }, '/layer1/*': { weights: 6 } });
    expect(loadRecipe(withLayers(plain, { entries, comment: 'Found' }, '/a', '/a'), 'x').recipe?.layers).toHaveProperty('/conv1');
  });
});

describe('searchedWidths', () => {
  it('proposes only what the target takes', () => {
    expect(searchedWidths(undefined, findTarget('cpu')!)).toEqual([2, 3, 4, 6, 8, 'float']);
    expect(searchedWidths(undefined, findTarget('zcu104')!)).toEqual([8, 'float']);
    expect(searchedWidths(['float', 8, 4, 8], findTarget('cpu')!)).toEqual([4, 8, 'float']);
    expect(() => searchedWidths([4, 8], findTarget('zcu104')!)).toThrow(/zcu104 takes no weights of 4 bits: the DPU/);
    expect(() => searchedWidths([4], findTarget('cpu')!)).toThrow(/nothing to choose between/);
  });
});
