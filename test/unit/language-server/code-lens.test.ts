import { describe, expect, it } from 'vitest';
import { codeLenses } from '../../../language-server/service/code-lens.ts';
import { recipeDocument } from '../../../language-server/service/document.ts';
import { fakeFacts, recipeFile, request } from './support.ts';

const lastRun = { folder: '/runs/1', finished: '2026-01-02T03:04:05Z', summary: 'Top-1 91.5 → 91.3 %' };

/** Line and title of each lens. */
const lenses = (text: string, facts = fakeFacts(), file = recipeFile): [number, string][] =>
  codeLenses(request(text, facts, file)).map(({ range, command }) => [range.start.line, command!.title.replace(/\$\([\w-]+\)\u00a0/, '')]);

const all = (line: number): [number, string][] => ['Run', 'Dry run', 'Analyze'].map((title) => [line, title]);

describe('code lenses', () => {
  it.each<[string, string, [number, string][]]>([
    ['stand above the first key, not above comments', '# words\nversion: 1\nmodel: a.onnx\n', all(1)],
    ['stand above the steps too', 'version: 1\nsteps:\n  - quantize: {}\n', [...all(0), ...all(1)]],
    ['stand once where the steps come first', 'steps: [{ quantize: {} }]\nmodel: a.onnx\n', all(0)],
    [
      'let one of several steps run alone',
      'model: a.onnx\nsteps:\n  - prune: {}\n  - quantize:\n      weights: 4\n',
      [...all(0), ...all(1), [2, 'Run only this step'], [2, 'Dry run'], [3, 'Run only this step'], [3, 'Dry run']],
    ],
    ['deploy to all boards', 'model: a.onnx\ndeploy: { host: b }\n', [...all(0), [1, 'Deploy'], [1, 'Dry run'], [1, 'Check board']]],
    [
      'deploy to one of several boards',
      'model: a.onnx\ndeploy:\n  - { host: b }\n  - host: c\n    target: cpu\n',
      [...all(0), [1, 'Deploy'], [1, 'Dry run'], [1, 'Check board'], [2, 'Deploy'], [2, 'Dry run'], [3, 'Deploy'], [3, 'Dry run']],
    ],
    ['are there in JSON', '{\n  "version": 1,\n  "models": {}\n}\n', all(1)],
    ['are there in a broken text', 'version: 1\nmodel: a.onnx\ndata: [\n', all(0)],
    ['pass over steps that are none', 'steps: [1, null, [], { ? [a] : b }]\n', all(0)],
    ['are not on a text that is no recipe yet', 'version: 1\n', []],
    ['are not on an empty text', '', []],
    ['are not on a list', '- model: a.onnx\n', []],
  ])('%s', (_, text, wanted) => expect(lenses(text)).toEqual(wanted));

  it('compare with the last run where there is one, and say if it is stale', () => {
    const facts = fakeFacts({ lastRuns: { [recipeFile]: { ...lastRun, stale: 'the recipe has changed since' } } });
    const found = codeLenses(request('model: a.onnx\n', facts)).at(-1)!.command!;
    expect(found).toMatchObject({
      title: '$(compare-changes)\u00a0Compare with last run: Top-1 91.5 → 91.3 % (stale: the recipe has changed since)',
      command: 'lathe.recipe.compareWithLastRun',
      arguments: [`file://${recipeFile}`, '/runs/1'],
    });
  });

  it('tell the step they are about', () => {
    const found = codeLenses(request('model: a.onnx\nsteps: [{ prune: {} }, { quantize: {} }]\n'));
    expect(found.flatMap(({ command }) => (command!.arguments!.length > 1 ? [command!.arguments![1]] : []))).toEqual([0, 0, 1, 1]);
  });

  it('are not on a text that is no file: nothing could run', () => {
    expect(codeLenses({ ...request(''), document: recipeDocument('untitled:new', 1, 'model: a.onnx\n') })).toEqual([]);
  });
});
