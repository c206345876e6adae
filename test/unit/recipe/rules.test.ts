import fc from 'fast-check';
import { Type } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { Checker, type Issue } from '../../../src/engine/recipe/check.ts';
import { diagnose } from '../../../src/engine/recipe/diagnose.ts';
import type { ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import { layerIndex } from '../../../src/engine/recipe/layer-index.ts';
import { layerMatcher } from '../../../src/engine/recipe/layers.ts';
import { steps } from '../../../src/engine/recipe/steps.ts';
import { parseRecipeText } from '../../../src/engine/recipe/text.ts';
import type { World } from '../../../src/engine/recipe/world.ts';
import { exampleModel, exampleWorld, folder } from '../../support/recipe-world.ts';

const check = (text: string, world: World = exampleWorld): Issue[] => diagnose(parseRecipeText(text, 'r'), folder, world);
const input = 'input: { color: rgb, scale: 1/255, mean: 0, std: 1 }';
const head = 'version: 1\nmodel: model.onnx\n';
const trains = `${head}data: { ${input}, train: { path: pictures, labels: folders } }\n`;
const calibrates = `${head}data: { ${input}, calibration: { path: pictures } }\n`;
const codes = (text: string, world?: World): string[] => check(text, world).map(({ code, severity }) => `${severity} ${code}`);

describe('what a recipe means', () => {
  it.each([
    ['nothing wrong', `${calibrates}steps:\n  - quantize: {}\n`, []],
    ['quantize, then training on it', `${calibrates}steps:\n  - quantize: {}\n  - qat: {}\n`, []],
    ['rounded twice', `${calibrates}steps:\n  - quantize: {}\n  - quantize: { weights: 4 }\n`, ['warning recipe.step-order']],
    ['cut behind rounding', `${calibrates}steps:\n  - quantize: {}\n  - prune: {}\n  - qat: {}\n`, ['warning recipe.step-order']],
    ['sgd at its usual rate', `${trains}steps:\n  - train: { optimizer: sgd, learning-rate: 0.1 }\n`, []],
    ['a rate of sgd with adam', `${trains}steps:\n  - train: { learning-rate: 0.1 }\n`, ['warning recipe.learning-rate']],
    ['hardly any', `${trains}steps:\n  - train: { learning-rate: 1e-9 }\n`, ['warning recipe.learning-rate']],
    ['in a step inside', `${trains}steps:\n  - prune: { channels: 0.5, finetune: { learning-rate: 5 } }\n`, ['warning recipe.learning-rate']],
    ['a default written out', `${trains}steps:\n  - train: { momentum: 0.9, decay-epochs: 15, epochs: 10 }\n`, []],
    ['a setting switched off inside', `${trains}steps:\n  - prune: { channels: 0.5, finetune: { decay-epochs: 2 } }\n`, ['warning recipe.idle-setting']],
    ['one that layers switch on', `${calibrates}steps:\n  - quantize: { block-size: 64 }\nlayers:\n  "/fc/Gemm": { granularity: block }\n`, []],
    ['another teacher with a new head', `${trains}steps:\n  - train: { classes: 100 }\n  - distill: { teacher: teacher.onnx }\n`, ['info recipe.fewer-labels']],
    ['its own teacher behind a step', `${trains}steps:\n  - prune: { channels: 0.5 }\n  - distill: {}\n`, []],
    ['a new head for more classes', `${head}data: { ${input}, train: { path: many, labels: folders } }\nsteps:\n  - train: { classes: 12 }\n`, []],
    ['more labels than answers', `${head}data: { ${input}, train: { path: many, labels: folders } }\nsteps:\n  - train: {}\n`, ['warning recipe.labels']],
    ['channels that the board wastes', `${calibrates}target: zcu104\nsteps:\n  - prune: { channels: 0.5, round-to: 6 }\n  - quantize: {}\n`, ['warning recipe.channel-multiple']],
    ['a group narrower than that', `${calibrates}target: zcu104\nsteps:\n  - prune: { channels: 0.5 }\n  - quantize: {}\n`, ['info recipe.prune-bound']],
    ['all of a layer', `${calibrates}steps:\n  - prune: { channels: 0.5 }\nlayers:\n  "/layer1/Conv": { channels: 1 }\n`, ['error recipe.prune-ratio']],
    ['nothing removed', `${calibrates}steps:\n  - prune: { macs: 1 }\n`, ['warning recipe.no-effect']],
    ['float, but for one layer', `${calibrates}steps:\n  - quantize: { weights: float, activations: float }\nlayers:\n  "/fc/Gemm": { weights: 8 }\n`, []],
    ['every layer left out', `${calibrates}steps:\n  - quantize: {}\nlayers:\n  "*": { quantize: false }\n`, ['warning recipe.no-effect']],
    ['an exception behind a rule', `${calibrates}steps:\n  - quantize: {}\nlayers:\n  "*": { weights: 4 }\n  "/fc/Gemm": { weights: 8 }\n`, []],
    ['a rule behind an exception', `${calibrates}steps:\n  - quantize: {}\nlayers:\n  "/fc/Gemm": { weights: 8 }\n  "*": { weights: 4 }\n`, ['warning recipe.shadowed']],
    ['half of an exception', `${calibrates}steps:\n  - quantize: {}\nlayers:\n  "/fc/Gemm": { weights: 8, round: layer }\n  "*": { weights: 4 }\n`, []],
    ['frozen: nothing of this name', `${trains}steps:\n  - train: { freeze: [/layr1/*, Gemm, "/layer2/*"] }\n`, ['warning recipe.layer']],
    ['a misspelt folder', `${head}data: { ${input}, calibration: { path: pictuers } }\nsteps:\n  - quantize: {}\n`, ['warning recipe.no-such-path']],
    ['boards that run what it is quantized for', `${calibrates}target: zcu104\nsteps:\n  - quantize: {}\noutput: { formats: [onnx, xmodel] }\ndeploy:\n  - { target: zcu104, power: true }\n  - { target: cpu, host: a }\n`, []],
    ['a DPU for another arithmetic', `${calibrates}target: cpu\nsteps:\n  - quantize: {}\ndeploy:\n  - { target: cpu }\n  - { target: zcu104 }\n`, ['warning recipe.deploy-target']],
    ['a DPU of another size', `${calibrates}target: zcu104\nsteps:\n  - quantize: {}\ndeploy: { target: kv260 }\n`, []],
    ['no quantization at all', `${calibrates}target: cpu\nsteps:\n  - prune: { channels: 0.5 }\ndeploy: { target: zcu104 }\n`, []],
    ['an xmodel for a CPU', `${calibrates}target: cpu\nsteps:\n  - quantize: {}\noutput: { formats: [xmodel] }\n`, ['warning recipe.format-target']],
    ['the meter of a CPU', `${calibrates}target: cpu\nsteps:\n  - quantize: {}\ndeploy: { host: a, power: true }\n`, ['warning recipe.deploy-power']],
    ['no meter wanted', `${calibrates}target: cpu\nsteps:\n  - quantize: {}\ndeploy: { host: a, power: false }\n`, []],
    ['a key that is not there', `${calibrates}target: cpu\nsteps:\n  - quantize: {}\ndeploy: { host: a, identity: modl.onnx }\n`, ['warning recipe.deploy-identity']],
    ['a key that is there', `${calibrates}target: cpu\nsteps:\n  - quantize: {}\ndeploy: { host: a, identity: model.onnx }\n`, []],
    ['an unknown board', `${calibrates}target: cpu\nsteps:\n  - quantize: {}\ndeploy: { host: a, target: zcu14 }\n`, ['error recipe.value']],
    ['a misspelt teacher', `${trains}steps:\n  - distill: { teacher: teecher.onnx }\n`, ['warning recipe.no-such-path']],
  ])('%s', (_, text, expected) => expect(codes(text)).toEqual(expected)); // prettier-ignore

  it('a mistake in one place hides none in another', () => {
    const text = `${calibrates}seeed: 1\nsteps:\n  - quantise: {}\n  - quantize: { weights: 99, scales: float }\n  - prune: {}\ntarget: zcu104\nlayers:\n  "/nowhere": { weights: 6, x: 1 }\n`;
    expect(new Set(codes(text))).toEqual(
      new Set([
        'error recipe.unknown-key',
        'error recipe.range',
        'error recipe.target-limit',
        'error recipe.layer',
        'warning recipe.step-order',
      ]),
    );
    const order = check(text).find(({ code }) => code === 'recipe.step-order');
    expect(order?.path).toEqual(['steps', 2, 'prune']);
  });

  it('nothing is said to be missing where it could not be read', () => {
    for (const broken of ['data: { calibration: { count: 3 } }', 'data: { calibratoin: { path: a } }', 'data: 5', 'data: { calibration: {'])
      expect(codes(`${head}${broken}\nsteps:\n  - quantize: {}\n`)).not.toContain('error recipe.missing-data');
  });

  it('what is being read yet is passed over', () => {
    const reading = { state: 'reading' } as const;
    const world: World = { model: () => reading, data: () => reading, folder: () => reading, pruning: () => reading };
    expect(codes(`${head}data: { calibration: { path: p } }\nsteps:\n  - quantize: {}\nlayers:\n  "/no": { weights: 4 }\n`, world)).toEqual(
      [],
    );
  });

  it('what an untrusted workspace must not look at is a remark', () => {
    const refused = { state: 'problem', code: 'facts.untrusted', message: 'it lies outside' } as const;
    const world: World = { model: () => refused, data: () => refused, folder: () => refused, pruning: () => refused };
    const found = check(`${head}data: { ${input}, calibration: { path: ../p } }\nsteps:\n  - quantize: {}\n`, world);
    expect(found.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['info facts.untrusted', 'info facts.untrusted']);
  });

  it('suggests names of files and layers', () => {
    const fixes = (text: string): (string | undefined)[] => check(text).map(({ fix }) => fix);
    expect(fixes(`${head.replace('model.onnx', 'modle.onnx')}steps:\n  - quantize: { method: weight-only }\n`)).toEqual(['model.onnx']);
    expect(fixes(`${calibrates}steps:\n  - quantize: {}\nlayers:\n  "/fc/Gmm": { weights: 4 }\n`)).toEqual(['"/fc/Gemm"']);
  });
});

describe('keys with other keys as their condition', () => {
  const conditions = steps.flatMap(({ name, parameters }) =>
    Object.entries(parameters.properties).flatMap(([key, schema]) =>
      Object.entries((schema['when'] as Record<string, unknown[]> | undefined) ?? {}).map(([other, values]) => ({ name, parameters, key, other, values })),
    ),
  ); // prettier-ignore
  it.each(conditions)('$name: $key is read with $other: $values', ({ parameters, other, values }) => {
    const schema = parameters.properties[other]!;
    const checker = new Checker(new Map());
    for (const value of values) checker.check(parseRecipeText(`v: ${String(value)}\n`, 'r').contents, Type.Object({ v: schema }), []);
    expect(checker.issues).toEqual([]);
  });
});

describe('deprecated keys', () => {
  const shape = Type.Object(
    {
      old: Type.Optional(Type.Number({ deprecated: 'it means a part', replacedBy: 'new' })),
      gone: Type.Optional(Type.Number({ deprecated: true })),
      new: Type.Optional(Type.Number()),
    },
    { additionalProperties: false },
  );
  const found = (text: string): Issue[] => {
    const checker = new Checker(new Map());
    expect(checker.check(parseRecipeText(text, 'r').contents, shape, [])).toBeDefined();
    return checker.issues;
  };
  it('are told with their new name', () => {
    const [issue] = found('old: 3\n');
    expect(issue).toMatchObject({ severity: 'warning', code: 'recipe.deprecated', tag: 'deprecated', path: ['old'] });
    expect(issue?.message).toBe('old is an old way to say it; it is called "new" now: it means a part');
    expect(issue?.fixes).toEqual([{ title: 'Rename to "new"', changes: [{ kind: 'rename', path: ['old'], key: 'new' }] }]);
  });
  it('are not renamed to one that is there', () => expect(found('old: 3\nnew: 4\n')[0]?.fixes).toEqual([]));
  it('go where nothing takes their place', () => expect(found('gone: 1\n')[0]?.fixes?.[0]?.title).toBe('Remove "gone"'));
  it('do not trouble others', () => expect(found('new: 1\n')).toEqual([]));
});

describe('layers by pattern', () => {
  const part = fc.constantFrom('*', '**', '/', 'a', 'b', 'ab', 'é', '😀', '');
  const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
  it('finds what a plain search finds', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 30 }), fc.array(text, { maxLength: 8 }), (names, patterns) => {
        const model: ModelFacts = { ...exampleModel, layers: names.map((name) => ({ name, op: 'Conv', parameters: 0, macs: 0 })) };
        const index = layerIndex(model);
        const plain = layerMatcher(names);
        for (const pattern of [...patterns, ...patterns]) {
          const found = [...index.matching(pattern)].map((place) => index.names[place]);
          expect(found).toEqual(pattern.includes('*') ? plain(pattern) : plain(pattern));
        }
      }),
    );
  });
});

it('no recipe that the schema takes makes a rule fail', () => {
  const value = fc.oneof(
    fc.constantFrom(
      0,
      1,
      0.5,
      8,
      64,
      'float',
      'layer',
      'none',
      true,
      false,
      null,
      '*',
      [],
      [0, 1],
      {},
      'a',
      'b',
      'model.onnx',
      'teacher.onnx',
    ),
    fc.double({ noNaN: true }),
  );
  const step = fc
    .constantFrom(...steps)
    .chain(({ name, parameters }) =>
      fc
        .dictionary(fc.constantFrom('on', ...Object.keys(parameters.properties)), value, { maxKeys: 5 })
        .map((settings) => ({ [name]: settings })),
    );
  const source = fc.record(
    { path: fc.constantFrom('pictures', 'few', 'none'), labels: fc.constantFrom('folders', 'l.csv'), count: value },
    { requiredKeys: [] },
  );
  const recipe = fc.record(
    {
      version: fc.constantFrom(1, 2),
      model: fc.constantFrom('model.onnx', 'teacher.onnx', 'no.onnx'),
      models: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom({ model: 'model.onnx' }, { new: 'resnet20' }, {}, { new: 'x' })),
      target: fc.constantFrom('cpu', 'zcu104', 'x'),
      data: fc.record({ train: source, calibration: source, test: source, validation: fc.oneof(source, fc.constant({ fraction: 0.1 })) }, { requiredKeys: [] }),
      steps: fc.array(step, { maxLength: 4 }),
      layers: fc.dictionary(fc.constantFrom('*', '/fc/Gemm', '/layer*', 'a:*', '__proto__'), fc.dictionary(fc.constantFrom('weights', 'prune', 'channels', 'quantize'), value, { maxKeys: 3 })),
      gate: fc.record({ drop: value }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  ); // prettier-ignore
  fc.assert(
    fc.property(recipe, (written) => {
      for (const { message } of check(JSON.stringify(written))) expect(message.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});
