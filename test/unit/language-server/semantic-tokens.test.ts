import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { semanticTokens, semanticTokensLegend } from '../../../language-server/service/semantic-tokens.ts';
import { steps } from '../../../src/engine/recipe/steps.ts';
import { request } from './support.ts';

/** "word type" of every token, modifiers behind. */
function decoded(text: string, within?: Parameters<typeof semanticTokens>[1]): string[] {
  const asked = request(text);
  const { data } = semanticTokens(asked, within);
  const found: string[] = [];
  let [line, character] = [0, 0];
  for (let i = 0; i < data.length; i += 5) {
    const [lines, characters, length, type, bits] = data.slice(i, i + 5) as [number, number, number, number, number];
    line += lines;
    character = lines ? characters : character + characters;
    const word = asked.document.text.getText({ start: { line, character }, end: { line, character: character + length } });
    const modifiers = semanticTokensLegend.tokenModifiers.filter((_, bit) => bits & (1 << bit));
    found.push([word, semanticTokensLegend.tokenTypes[type], ...modifiers].join(' '));
  }
  return found;
}

it('tells what the words of a recipe are', () => {
  expect(
    decoded(`models:
  a: { model: x.onnx }
data:
  input: { color: rgb, scale: 1/255, nonsense: 1 }
steps:
  - quantize: { on: a, weights: 4, activations: "float", exclude: ["/conv*", /fc] } # rgb
  - auto: { time: 10m }
layers:
  "a:/😀/*": { weights: ternary }
  '/fc': { quantize: false }
`),
  ).toEqual([
    ...['models property', 'a variable declaration', 'model property'],
    ...['data property', 'input property', 'color property', 'rgb enumMember', 'scale property', '1/255 number'],
    ...['steps property', 'quantize function', 'on property', 'a variable', 'weights property', '4 number', 'activations property'],
    ...['float enumMember', 'exclude property', '/conv* regexp', '/fc class', 'auto function', 'time property', '10m number'],
    ...['layers property', 'a variable', '/😀/* regexp', 'weights property', 'ternary enumMember', '/fc class', 'quantize property'],
  ]);
});

it.each(steps.map(({ name, parameters }) => [name, Object.keys(parameters.properties)] as const))(
  'knows the step %s and its keys',
  (name, keys) => {
    const text = `steps:\n  - ${name}:\n${keys.map((key) => `      ${key}:\n`).join('')}`;
    expect(decoded(text)).toEqual(['steps property', `${name} function`, ...keys.map((key) => `${key} property`)]);
  },
);

it('is the same for lines in sight', () => {
  const text = readFileSync('samples/shapes/learn.compress.yaml', 'utf8').replaceAll('\n', '\r\n');
  const all = decoded(text);
  const count = text.split('\n').length;
  const parts = Array.from({ length: count }, (_, line) =>
    decoded(text, { start: { line, character: 0 }, end: { line: line + 1, character: 0 } }),
  );
  expect(parts.flat()).toEqual(all);
});

it('leaves out what is on several lines', () => {
  expect(decoded('model: "a\n  b"\nlayers:\n  ? "a\n    b"\n  : {}\n')).toEqual(['model property', 'layers property']);
});
