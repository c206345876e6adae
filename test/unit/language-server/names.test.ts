import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highlights, references } from '../../../language-server/service/references.ts';
import { prepareRename, rename } from '../../../language-server/service/rename.ts';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { applied, fakeFacts, folder, modelFacts, request, requestAt } from './support.ts';

const chain = `version: 1
models:
  teacher: { model: big.onnx }
  student: { new: resnet20 }
steps:
  - train: { on: teacher, epochs: 3 }
  - distill: { on: student, teacher: teacher, epochs: 2 }
  - prune: { on: "student", channels: 0.3, finetune: { epochs: 1 }, teacher: 'teacher' }
layers:
  "teacher:/conv1/*": { weights: 8 }
  'student:/conv1/*': { weights: 4 }
  teacherless: { weights: 4 }
`;

/** The text with all that was found in brackets. */
function marked(
  text: string,
  ranges: readonly { start: { line: number; character: number }; end: { line: number; character: number } }[],
): string {
  const edits = ranges.flatMap(({ start, end }) => [
    { range: { start, end: start }, newText: '[' },
    { range: { start: end, end }, newText: ']' },
  ]);
  return applied(text, edits);
}

const at = (text: string, before: string): ReturnType<typeof requestAt> => requestAt(text.replace(before, `${before}|`));

it.each(['  teach', 'on: teach', 'teacher: teach', "'teach", '"teach'])('finds every place of a model from %j', (place) => {
  const asked = at(chain, place);
  expect(
    marked(
      chain,
      references(asked, asked.offset, true).map(({ range }) => range),
    ),
  ).toBe(
    chain
      .replace('  teacher:', '  [teacher]:')
      .replace('on: teacher', 'on: [teacher]')
      .replace('teacher: teacher', 'teacher: [teacher]')
      .replace("'teacher'", "'[teacher]'")
      .replace('"teacher:', '"[teacher]:'),
  );
  expect(references(asked, asked.offset, false)).toHaveLength(4);
  expect(highlights(asked, asked.offset)).toHaveLength(5);
});

it('finds what a chain says of a model', () => {
  const text =
    'models:\n  |a: { model: a.onnx }\n  b: { model: b.onnx, input: { from: a.out } }\nchain: [a, b]\nsteps:\n  - joint: { tune: [a, b], losses: { a.out: 1, b: 2 } }\n';
  const asked = requestAt(text);
  const found = references(asked, asked.offset, true).map(({ range }) => asked.document.text.offsetAt(range.start));
  expect(found).toEqual([10, text.indexOf('a.out') - 1, text.indexOf('[a,'), text.lastIndexOf('[a,'), text.lastIndexOf('a.out') - 1]);
});

it('renames anchors with their aliases', () => {
  const text = 'layers:\n  a: &slow { weights: 8 }\n  b: *sl|ow\n  "*slow": { weights: 4 }\n';
  const asked = requestAt(text);
  const { changes } = rename(asked, asked.offset, 'wide')!;
  expect(applied(asked.document.text.getText(), changes![asked.document.uri]!)).toBe(
    'layers:\n  a: &wide { weights: 8 }\n  b: *wide\n  "*slow": { weights: 4 }\n',
  );
});

describe('a new name of a model', () => {
  const asked = at(chain, 'on: teach');

  it.each(['student', '', 'a b', '1', 'x'.repeat(65), '<b>', 'a.b', 'a:b', 'true', 'Null'])('is refused: %j', (name) => {
    expect(() => rename(asked, asked.offset, name)).toThrow(LatheError);
  });

  it('leaves a recipe that says the same, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}_][\p{L}\p{N}_-]{0,10}$/u), (name) => {
        fc.pre(!/^(student|teacher|true|false|null)$/i.test(name));
        const { changes } = rename(asked, asked.offset, name)!;
        const { recipe, problems } = loadRecipe(applied(chain, changes![asked.document.uri]!), 'r.yaml');
        expect(problems).toEqual([]);
        expect(Object.keys(recipe!.models!)).toContain(name);
        expect(recipe!.steps!.map((step) => Object.values(step)[0])).toMatchObject([{ on: name }, { teacher: name }, { teacher: name }]);
        expect(Object.keys(recipe!.layers!)).toEqual([`${name}:/conv1/*`, 'student:/conv1/*', 'teacherless']);
      }),
      { numRuns: 60 },
    );
  });
});

it.each(['vers|ion: 1', 'layers:\n  "/co|nv": {}', 'model: mo|del.onnx', 'steps:\n  - train: { on: no|body }', '|'])(
  'does not rename %j',
  (text) => {
    const asked = requestAt(text);
    expect(prepareRename(asked, asked.offset)).toBeNull();
  },
);

it('offers the name alone, without its quotes', () => {
  const asked = at(chain, '"student');
  expect(prepareRename(asked, asked.offset)).toMatchObject({ placeholder: 'student' });
  expect(asked.document.text.getText(prepareRename(asked, asked.offset)!.range)).toBe('student');
});

describe('entries about the same layers', () => {
  const text =
    'model: model.onnx\nsteps:\n  - train: { freeze: ["/a/*", Gemm] }\n  - quantize: { exclude: ["/b/Conv"] }\nlayers:\n  "/a/1": {}\n  "*": {}\n  "/b/*": {}\n';
  const world = fakeFacts({ models: { [`${folder}/model.onnx`]: modelFacts(['/a/1', '/a/2', '/b/Conv']) } });
  const found = (before: string, facts = world): string[] => {
    const asked = requestAt(text.replace(before, `${before}|`), facts);
    return references(asked, asked.offset, true).map(({ range }) => asked.document.text.getText(range));
  };

  it('are found by what they match', () => {
    expect(found('\n  "/a/')).toEqual(['/a/*', '/a/1', '*']);
    expect(found('\n  "/b/')).toEqual(['/b/Conv', '*', '/b/*']);
  });

  it('are found by their text where the model is not known', () => {
    expect(found('\n  "/a/', fakeFacts())).toEqual(['/a/*', '/a/1', '*']);
    expect(found('\n  "/b/', fakeFacts())).toEqual(['*', '/b/*']);
  });
});

it('is quiet about texts that are no recipes', () => {
  for (const text of ['|', '- |a\n', 'models: [|]', '{"models": {"a": |', '*a|', 'layers:\n  ? [a|]\n  : b']) {
    const asked = requestAt(text);
    expect(() => references(asked, asked.offset, true)).not.toThrow();
  }
  expect(highlights(request(''), 0)).toEqual([]);
});
