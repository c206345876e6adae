import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../src/engine/report/html.ts';
import { bytes, count, figure, plain, seconds } from '../../../src/engine/report/format.ts';
import { html } from '../../../src/engine/report/html-text.ts';
import { reportData } from './data.ts';
import { checkNesting } from './nesting.ts';

const report = renderReport(reportData());
describe.each([
  ['one run', report],
  ['a run of nothing', renderReport(reportData({ data: [], layers: [], outputs: undefined, input: undefined, result: { ...reportData().result, steps: [], models: [], metrics: undefined, gate: undefined, notQuantized: [], warnings: [] } }))], // prettier-ignore
])('%s', (_, text) => {
  it('is one file that loads and runs nothing', () => {
    expect(text).not.toMatch(/<(script|link|img|iframe|object|embed|form|base)\b/i);
    expect(text).not.toMatch(/\s(src|href|on\w+|srcset)\s*=\s*["']/i);
    expect(text).not.toMatch(/url\(|@import|https?:/i);
    expect(text).toContain("default-src 'none'");
  });

  it('nests its tags', () => checkNesting(text));
  it('has no undefined and no NaN in it', () => expect(text).not.toMatch(/undefined|NaN|\[object/));
});

it('escapes foreign text, hidden characters included', () => {
  expect(report).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;\\u202egnp.exe');
  expect(report).toContain('&lt;/pre&gt;&lt;script&gt;');
  expect(report).toContain('/data/&lt;b&gt;train&lt;/b&gt;');
  const quote = '"><i>';
  const inner = html`<u>1</u>`;
  expect(html`<b title="${quote}">${['<', inner]}${null}${false}${0}</b>`.text).toBe('<b title="&quot;&gt;&lt;i&gt;">&lt;<u>1</u>0</b>');
});

it('says what was measured, on how many samples and between which bounds', () => {
  for (const part of [
    '1.09 MB',
    '324 kB',
    '3.37 times smaller',
    '91.5',
    '91.4 %',
    '−0.1 points',
    '1000 samples',
    '89.4 and 93.4',
    'The limit is met',
    'As written',
    '91.6 %',
    '2 pictures were skipped',
    'opset 11 raised to 13',
    '37.4 dB',
    'equal',
    '−∞ dB',
    'loses too much',
    'no integer kernel',
    'int8, per channel',
    '0.00392',
  ]) {
    // prettier-ignore
    expect(report, part).toContain(part);
  }
  expect(renderReport(reportData({ result: { ...reportData().result, gate: { drop: 1, measured: 2.5, met: false } } }))).toContain(
    'The limit is missed',
  );
});

it('equal data give equal bytes', () => expect(renderReport(reportData())).toBe(report));

it('writes numbers for people', () => {
  expect([999, 1000, 1_093_963, 3.2e9].map(bytes)).toEqual(['999 B', '1.00 kB', '1.09 MB', '3.20 GB']);
  expect([0, 448, 40_551_000, null].map(count)).toEqual(['0', '448', '40.6 M', '']);
  expect([0, 0.00392157, 1e-9, 123456, -0.5, Infinity].map(plain)).toEqual(['0', '0.00392', '1.0e-9', '1.2e+5', '-0.5', '∞']);
  expect([figure(-0.12, '%'), figure(30.436, 'dB'), figure(NaN, 'dB')]).toEqual(['−0.1', '30.44', 'not a number']);
  expect([0.5, 7.4, 200].map(seconds)).toEqual(['0.500 s', '7.40 s', '3 min 20 s']);
});
