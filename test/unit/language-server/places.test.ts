import { describe, expect, it } from 'vitest';
import { definition } from '../../../language-server/service/definition.ts';
import { documentLinks } from '../../../language-server/service/links.ts';
import { fakeFacts, folder, modelFacts, request, requestAt } from './support.ts';

const text = `version: 1
models:
  big: { model: big.onnx }
  small: { model: nets/small.onnx }
data:
  train: { path: "pictures", labels: classes.csv }
  test: { path: /elsewhere/test, labels: folders }
  calibration: { path: gone }
steps:
  - distill: { on: small, teacher: big.onnx, epochs: 1 }
  - qat: { on: big }
layers:
  "big:/conv/*": { weights: 8 }
  "/fc/*": { weights: 8 }
output: { folder: out }
`;

const world = fakeFacts({
  models: { [`${folder}/big.onnx`]: modelFacts(['/conv/1']), [`${folder}/nets/small.onnx`]: modelFacts(['/conv/1', '/fc/1']) },
  folders: { [folder]: ['big.onnx', 'nets/', 'pictures/'], [`${folder}/pictures`]: ['classes.csv'], [`${folder}/nets`]: ['small.onnx'] },
});

describe('links', () => {
  it('lead from paths to files that are there, or may be', () => {
    const asked = request(text, world);
    expect(documentLinks(asked, { commands: false }).map(({ range, target }) => [asked.document.text.getText(range), target])).toEqual([
      ['big.onnx', `file://${folder}/big.onnx`],
      ['nets/small.onnx', `file://${folder}/nets/small.onnx`],
      ['pictures', `file://${folder}/pictures`],
      ['classes.csv', `file://${folder}/pictures/classes.csv`],
      ['/elsewhere/test', 'file:///elsewhere/test'],
      ['big.onnx', `file://${folder}/big.onnx`],
    ]);
  });

  it.each(['//server/share/a.onnx', '\\\\\\\\server\\\\a.onnx', 'https://example.org/a.onnx', 'command:lathe.cancel', ''])(
    'do not lead to %j',
    (path) => expect(documentLinks(request(`model: "${path}"\n`, world), { commands: false })).toEqual([]),
  );

  it('show folders in VS Code, which opens files only', () => {
    const targets = documentLinks(request(text, world), { commands: true }).map(({ target }) => target!);
    const [link] = targets.filter((target) => target.startsWith('command:'));
    expect(targets.filter((target) => target.startsWith('file:'))).toHaveLength(5);
    expect(JSON.parse(decodeURIComponent(link!.slice('command:revealInExplorer?'.length)))).toEqual([
      { $mid: 1, scheme: 'file', path: `${folder}/pictures` },
    ]);
  });

  it('take any sign of a name to its file', () => {
    expect(documentLinks(request('model: "a b#?%é😀.onnx"\n'), { commands: false })[0]!.target).toBe(
      `file://${folder}/a%20b%23%3F%25%C3%A9%F0%9F%98%80.onnx`,
    );
  });
});

it.each([
  ['on: sm|all, teacher: big.onnx', ['small', `file://${folder}/test.compress.yaml`]],
  ['qat: { on: b|ig', ['big', `file://${folder}/test.compress.yaml`]],
  ['"b|ig:/conv', ['big', `file://${folder}/test.compress.yaml`]],
  ['teacher: big.on|nx', ['', `file://${folder}/big.onnx`]],
  ['labels: classes|.csv', ['', `file://${folder}/pictures/classes.csv`]],
  ['"big:/con|v/*', ['', `file://${folder}/big.onnx`]],
  ['"/f|c/*', ['', `file://${folder}/nets/small.onnx`]],
  ['path: go|ne', undefined],
  ['path: "pict|ures', undefined],
  ['ver|sion', undefined],
])('goes from %j to where it comes from', (marked, wanted) => {
  const asked = requestAt(text.replace(marked.replace('|', ''), marked), world);
  const found = definition(asked, asked.offset);
  expect(found.map(({ uri, range }) => [uri === asked.document.uri ? asked.document.text.getText(range) : '', uri])).toEqual(
    wanted ? [wanted] : [],
  );
});
