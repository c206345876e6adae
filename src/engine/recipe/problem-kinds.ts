import { rules } from './rules/index.ts';
import type { ProblemKind } from './rules/rule.ts';

/** What the text and the schema alone show. */
const ofText: readonly ProblemKind[] = [
  {
    code: 'recipe.syntax',
    severity: 'error',
    title: 'Text that is no YAML',
    text: 'A recipe is YAML 1.2, of which JSON is a part: a bracket or quotation mark is not closed, lines of one list are not indented alike, or a tab stands where spaces belong. What can be read all the same is checked on.',
    example: 'steps: [quantize: {}',
  },
  {
    code: 'recipe.unknown-key',
    severity: 'error',
    title: 'A key that is not known there',
    text: 'Every key of a recipe is declared; one that is not would be passed over in silence, so it is an error. Completion lists those that fit, and `docs/reference/recipe.md` has all of them.',
    example: 'seeed: 1',
  },
  {
    code: 'recipe.missing-key',
    severity: 'error',
    title: 'A key that is needed',
    text: 'A recipe needs `version` and `model` (or `models`), a data source its `path`, a gate its `drop`.',
    example: 'gate: {}',
  },
  {
    code: 'recipe.duplicate-key',
    severity: 'error',
    title: 'A key that stands there twice',
    text: 'Of two equal keys in one map only one can count. In `layers` the later one of two different patterns wins.',
    example: 'seed: 1\nseed: 2',
  },
  {
    code: 'recipe.key',
    severity: 'error',
    title: 'A key that is no plain text',
    text: 'YAML allows lists and maps as keys; recipes do not.',
    example: 'gate: { [a, b]: 1 }',
  },
  {
    code: 'recipe.value',
    severity: 'error',
    title: 'A word that is not among those allowed',
    text: 'The key takes one of a few words; the message lists them.',
    example: 'target: cpuu',
  },
  {
    code: 'recipe.type',
    severity: 'error',
    title: 'A value of another kind',
    text: 'A number is needed where text stands, a list where a map stands, and so on. In YAML 1.2 only `true` and `false` are booleans: `yes` and `on` are text.',
    example: 'seed: many',
  },
  {
    code: 'recipe.range',
    severity: 'error',
    title: 'A number out of its range',
    text: 'The message says which numbers the key takes.',
    example: 'gate: { drop: -1 }',
  },
  {
    code: 'recipe.length',
    severity: 'error',
    title: 'A list that is too short or too long',
    text: 'The message says how many items the key takes.',
    example: 'data:\n  input: { mean: [1, 2, 3, 4] }',
  },
  {
    code: 'recipe.version',
    severity: 'error',
    title: 'A recipe of another version',
    text: 'This Lathe reads recipes of version 1. One of a higher version was made by a newer Lathe: update, or write it as version 1 has it.',
    example: 'version: 2',
  },
  {
    code: 'recipe.models',
    severity: 'error',
    title: 'Models that cannot be named so',
    text: 'A recipe has one `model`, or several `models` by names of letters, digits, - and _.',
    example: 'models: {}',
  },
  {
    code: 'recipe.deprecated',
    severity: 'warning',
    title: 'An old name of a key',
    text: 'The key still works, and has another name now. The quick fix renames it.',
  },
  {
    code: 'recipe.too-large',
    severity: 'error',
    title: 'A recipe that is too large',
    text: 'A recipe has at most 150,000 characters and 200,000 values, aliases counted as what they stand for. Patterns in `layers` say the same of many layers in one line.',
  },
  {
    code: 'recipe.too-deep',
    severity: 'error',
    title: 'A recipe that nests too deep',
    text: 'Nothing in a recipe needs more than a few levels.',
  },
  {
    code: 'recipe.unreadable',
    severity: 'error',
    title: 'A text that is no recipe',
    text: 'One character stands there hundreds of times in a row.',
  },
  {
    code: 'recipe.override',
    severity: 'error',
    title: 'A value that cannot be set from the command line',
    text: '`--set` names a place that the recipe does not have.',
  },
];

/** Every kind of problem that a recipe can have, what the text shows first. */
export const problemKinds: readonly ProblemKind[] = [...ofText, ...rules.flatMap(({ kinds }) => kinds)];

const anchors = new Map(problemKinds.map(({ code }) => [code, anchorOf(code)]));

/** The anchor of a code on the page of problems. Codes of reading a model share one. */
export const pageOf = (code: string): string => anchors.get(code) ?? anchorOf('model.unreadable');

/** As Markdown makes it of a heading that is the code. */
function anchorOf(code: string): string {
  return code.replaceAll('.', '');
}
