import { describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';

/** "line:column-endLine:endColumn code", fix behind an arrow. */
function found(text: string): string[] {
  return loadRecipe(text, 'r.yaml').problems.map((problem) => {
    const { line, column, endLine, endColumn, code, fix } = problem;
    return `${line}:${column}-${endLine}:${endColumn} ${code}${fix === undefined ? '' : ` → ${fix}`}`;
  });
}

const head = 'version: 1\nmodel: m.onnx\n';

describe('loadRecipe', () => {
  it('reads a recipe with every section', () => {
    const text = `${head}target: cpu
task: classification
seed: 7
data:
  input: { color: rgb, scale: 1/255, mean: [0.5, 0.5, 0.5], std: 1, resize: { size: [32, 32] }, crop: 32, layout: nchw }
  train: { path: a }
  validation: { fraction: 0.1 }
  calibration: { path: a, count: 256 }
  test: { path: b, labels: folders, decode: { kind: yunet }, degrade: [{ noise: { sigma: 25 } }, { blur: 1.5 }, { jpeg: 40 }] }
steps:
  - quantize: { weights: 8, calibrate: mse }
  - quantize:
layers:
  "/fc/Gemm": { quantize: false }
  "/layer1/*": { weights: 6 }
gate: { drop: 1.0 }
output: { folder: out, formats: [onnx], name: "{model}_{step}" }
`;
    const { recipe, problems } = loadRecipe(text, 'r.yaml');
    expect(problems).toEqual([]);
    expect(recipe?.steps).toEqual([{ quantize: { weights: 8, calibrate: 'mse' } }, { quantize: {} }]);
    expect(recipe?.data?.validation).toEqual({ fraction: 0.1 });
    expect(recipe?.layers?.['/layer1/*']).toEqual({ weights: 6 });
  });

  it('reads JSON', () => {
    const { recipe, problems } = loadRecipe('{"version": 1, "model": "m.onnx", "steps": [{"quantize": {"weights": 4}}]}', 'r.json');
    expect(problems).toEqual([]);
    expect(recipe?.steps?.[0]).toEqual({ quantize: { weights: 4 } });
  });

  it.each([
    ['a misspelt key at the root', 'version: 1\nmodle: m.onnx\n', ['2:1-2:6 recipe.unknown-key → model']],
    ['no version', 'model: m.onnx\n', ['1:1-1:6 recipe.missing-key']],
    ['another version', 'version: 2\nmodel: m.onnx\n', ['1:10-1:11 recipe.version → 1']],
    ['version as text', 'version: "1"\nmodel: m.onnx\n', ['1:10-1:13 recipe.version → 1']],
    ['no model', 'version: 1\n', ['1:1-1:8 recipe.missing-key']],
    ['an empty file', '', ['1:1-1:2 recipe.missing-key', '1:1-1:2 recipe.missing-key']],
    ['a list', '- version: 1\n', ['1:1-1:10 recipe.type']],
    ['an unknown target', `${head}target: cpu-arm\n`, ['3:9-3:16 recipe.value → cpu-arm64']],
    ['a target that is a number', `${head}target: 5\n`, ['3:9-3:10 recipe.type']],
    ['a broken fraction', `${head}data: { input: { scale: 1/x } }\n`, ['3:25-3:28 recipe.type']],
    ['too many means', `${head}data: { input: { mean: [1, 2, 3, 4] } }\n`, ['3:24-3:36 recipe.length']],
    ['a misspelt input key', `${head}data:\n  input: { colour: rgb }\n`, ['4:12-4:18 recipe.unknown-key → color']],
    ['a setting outside its range', `${head}steps:\n  - quantize: { weights: 9 }\n`, ['4:26-4:27 recipe.range']],
    ['a misspelt word', `${head}steps:\n  - quantize: { calibrate: entorpy }\n`, ['4:28-4:35 recipe.value → entropy']],
    ['yes for true', `${head}steps:\n  - quantize: { symmetric: yes }\n`, ['4:28-4:31 recipe.type']],
    ['a misspelt step', `${head}steps:\n  - quantise: {}\n`, ['4:5-4:13 recipe.unknown-key → quantize']],
    ['a step that is text', `${head}steps:\n  - quantize\n`, ['4:5-4:13 recipe.type']],
    ['two steps in one entry', `${head}steps:\n  - quantize: {}\n    joint: {}\n`, ['5:5-5:10 recipe.unknown-key']],
    ['a chain of one model', `${head}chain: [a]\n`, ['3:8-3:11 recipe.length']],
    ['a layer with quantize: true', `${head}layers:\n  "/fc*": { quantize: true }\n`, ['4:23-4:27 recipe.type']],
    ['a misspelt key of a layer', `${head}layers:\n  "/fc*": { wieghts: 4 }\n`, ['4:13-4:20 recipe.unknown-key → weights']],
    ['a degradation with the wrong shape', `${head}data: { test: { path: a, degrade: [{ noise: 25 }] } }\n`, ['3:45-3:47 recipe.type']],
    ['an unknown degradation', `${head}data: { test: { path: a, degrade: [{ blurr: 2 }] } }\n`, ['3:38-3:43 recipe.unknown-key → blur']],
    ['a negative gate', `${head}gate: { drop: -1 }\n`, ['3:15-3:17 recipe.range']],
    ['infinity', `${head}gate: { drop: .inf }\n`, ['3:15-3:19 recipe.range']],
    ['a fraction of one', `${head}data: { train: { path: a }, validation: { fraction: 1 } }\n`, ['3:53-3:54 recipe.range']],
    ['a source without a path', `${head}data: { test: { labels: folders } }\n`, ['3:9-3:13 recipe.missing-key']],
    ['a duplicate key', `${head}model: n.onnx\n`, ['2:1-2:6 recipe.duplicate-key']],
    ['a tag', `${head}seed: !!js/function 'x'\n`, ['3:7-3:20 recipe.syntax', '3:21-3:24 recipe.type']],
    ['two documents', `${head}---\nversion: 1\n`, ['3:1-5:1 recipe.syntax']],
    [
      'an unclosed bracket',
      `${head}data: { test: {\n`,
      ['4:1-4:2 recipe.syntax', '4:1-4:2 recipe.syntax', '3:9-3:13 recipe.missing-key'].sort(),
    ],
    ['a tab', 'version: 1\n\tmodel: m.onnx\n', expect.arrayContaining([expect.stringContaining('recipe.syntax')])],
  ])('%s', (_, text, expected) => {
    const problems = found(text);
    expect(Array.isArray(expected) && typeof expected[0] === 'string' ? problems.sort() : problems).toEqual(
      Array.isArray(expected) ? [...expected].sort() : expected,
    );
  });

  it('finds several mistakes at once, in the order of the text', () => {
    const text = 'version: 1\nmodle: m.onnx\ntarget: gpu\nsteps:\n  - quantize: { weights: 9, activations: 9 }\n  - quantise: {}\n';
    expect(found(text).map((line) => line.split(' ')[1])).toEqual([
      'recipe.unknown-key', 'recipe.value', 'recipe.range', 'recipe.range', 'recipe.unknown-key',
    ]); // prettier-ignore
  });

  it('offers repairs in the quotes of the text', () => {
    const fixes = (text: string): (string | undefined)[] => loadRecipe(text, 'r').problems.map((problem) => problem.fix);
    expect(fixes('{"version": 1, "modle": "m", "target": "cpuu"}')).toEqual(['"model"', '"cpu"']);
    expect(fixes("version: '1'\nmodel: m\n'tagret': cpu\n")).toEqual(['1', "'target'"]);
  });

  it.each([
    ['steps:\n  -\n', 'steps[0] needs train, distill, prune, cluster, fit, quantize, qat, auto or joint'],
    ['steps: [{}]\n', 'steps[0] needs train, distill, prune, cluster, fit, quantize, qat, auto or joint'],
    ['gate: { drop: 1\n', 'a "}" is missing'],
    ['layers:\n  drop\n  x: {}\n', 'a colon with a space behind it (": ") is missing after this key'],
    ['steps:\n\t- qat: {}\n', 'a tab stands before this: YAML is indented with spaces'],
    ['task: "none\n', 'a closing " is missing'],
    ['task: none: x\n', 'this has a second ": " in one line: text with a colon stands in quotes'],
    ['---\nversion: 1\n', 'a second text begins here ("---"): a recipe is one'],
    ['task: @x\n', 'text that begins with @ stands in quotes'],
  ])('says in plain words what is wrong with %j', (text, message) => {
    expect(loadRecipe(head + text, 'r').problems.map((problem) => problem.message)).toContain(message);
  });

  it('says what may stand at a place', () => {
    const [problem] = loadRecipe(`${head}steps:\n  - quantize: { weights: 9 }\n`, 'r.yaml').problems;
    expect(problem?.message).toBe('steps[0].quantize.weights must be a whole number from 2 to 8, 16, ternary, binary or float, not 9');
    expect(problem?.severity).toBe('error');
  });

  it('sets overrides over the text', () => {
    const text = `${head}steps:\n  - quantize: { weights: 8 }\n`;
    const { recipe } = loadRecipe(text, 'r.yaml', {
      'steps.0.quantize.weights': 4,
      seed: 3,
      'layers./a.b/Conv.weights': 6,
      'gate.drop': 1,
    });
    expect(recipe?.steps).toEqual([{ quantize: { weights: 4 } }]);
    expect(recipe?.seed).toBe(3);
    expect(recipe?.layers).toEqual({ '/a.b/Conv': { weights: 6 } });
    expect(recipe?.gate).toEqual({ drop: 1 });
  });

  it.each([
    ['steps.3.quantize.weights', 'recipe.override'],
    ['model.x', 'recipe.override'],
    ['steps.0.quantize.wights', 'recipe.unknown-key'],
    ['sed', 'recipe.unknown-key'],
  ])('refuses the override %s', (key, code) => {
    const { problems } = loadRecipe(`${head}steps:\n  - quantize: { weights: 8 }\n`, 'r.yaml', { [key]: 4 });
    expect(problems.map((problem) => problem.code)).toEqual([code]);
  });
});

describe('hostile recipes', () => {
  const bomb = (): string => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 26; i++) {
      const [name, before] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
      lines.push(`${name}: &${name} [${`*${before}, `.repeat(9)}*${before}]`);
    }
    return `${head}data: { test: { path: p, degrade: *z } }\n${lines.join('\n')}\n`;
  };
  it.each([
    ['a bomb of anchors', bomb()],
    ['an anchor inside itself', `${head}layers: &a\n  x: *a\n`],
    ['a list inside itself', `${head}steps: &a [*a, *a, *a]\n`],
    ['deep brackets', '['.repeat(200_000)],
    ['deep maps', `${'{a: '.repeat(100_000)}`],
    ['deep lists on one line', `${'- '.repeat(50_000)}x`],
    ['deep indentation', Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a long key', `${head}${'k'.repeat(100_000)}: 1\n`],
    ['many unknown keys', head + Array.from({ length: 14_000 }, (_, i) => `k${i}: 1\n`).join('')],
    ['many aliases to nothing', `${head}layers: { ${Array.from({ length: 5000 }, (_, i) => `a${i}: *n${i}`).join(', ')} }\n`],
    ['far too much', `${head}# ${'x'.repeat(1 << 20)}\n`],
    ['many commas', `[${','.repeat(149_000)}`],
    ['no text at all', '\u0000\u0001\ufffd\ud800'],
    ['many question marks', '? '.repeat(20_000)],
    ['many quotes', `a: ${'"'.repeat(149_001)}`],
    ['many colons', `${'a: '.repeat(20_000)}`],
  ])('%s is refused without hanging', (_, text) => {
    const start = performance.now();
    const { recipe, problems } = loadRecipe(text, 'r.yaml');
    expect(performance.now() - start).toBeLessThan(30_000);
    expect(recipe).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
    for (const { line, column, endLine, endColumn } of problems) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(endLine > line || endColumn > column).toBe(true);
    }
  });

  it('keeps __proto__ an ordinary name', () => {
    const { recipe } = loadRecipe(`${head}layers:\n  __proto__: { weights: 4 }\n`, 'r.yaml');
    expect(Object.keys(recipe?.layers ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['weights']).toBeUndefined();
  });
});
