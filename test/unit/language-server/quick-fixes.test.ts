import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver-types';
import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../../language-server/service/diagnostics.ts';
import { recipeDocument } from '../../../language-server/service/document.ts';
import { quickFixes } from '../../../language-server/service/quick-fixes.ts';
import { pageOf, problemKinds } from '../../../src/engine/recipe/problem-kinds.ts';
import { applied, fakeFacts, folder, layerFacts, modelFacts, request, requestAt } from './support.ts';

const facts = fakeFacts({
  models: { [`${folder}/model.onnx`]: modelFacts([layerFacts('/layer1/Conv'), layerFacts('/fc/Gemm', { op: 'Gemm' })]) },
  data: { [`${folder}/pictures`]: { path: `${folder}/pictures`, kind: 'folder', count: 1000 } },
  folders: { [folder]: ['model.onnx', 'pictures/'] },
});
const head = 'version: 1\nmodel: model.onnx\n';
const input = 'input: { color: rgb, scale: 1/255, mean: 0, std: 1 }';

/** Titles, and the text after the one that begins so. */
function fixed(marked: string, title: string, known = facts): string {
  const at = requestAt(marked, known);
  const actions = quickFixes(at, { start: at.position, end: at.position });
  const action = actions.find((one) => one.title.startsWith(title));
  if (!action) throw new Error(`no "${title}" among ${actions.map((one) => one.title).join('; ')}`);
  return applied(at.document.text.getText(), action.edit!.changes![at.document.uri]!);
}

describe('quick fixes', () => {
  it.each([
    ['a misspelt key', `${head}se|eed: 1\n`, 'Change to seed', `${head}seed: 1\n`],
    ['in JSON', '{"version": 1, "model": "model.onnx", "se|eed": 1}', 'Change to', '{"version": 1, "model": "model.onnx", "seed": 1}'],
    ['a layer', `${head}steps:\n  - quantize: { method: weight-only }\nlayers:\n  "/fc/Ge|m": { weights: 4 } # why\n`, 'Change to', `${head}steps:\n  - quantize: { method: weight-only }\nlayers:\n  "/fc/Gemm": { weights: 4 } # why\n`],
    ['an entry goes', `${head}steps:\n  - quantize: { method: weight-only }\nlayers:\n  "/fc/Gemm": { weights: 4 }\n  "|/nowhere": { weights: 4 }\n`, 'Remove', `${head}steps:\n  - quantize: { method: weight-only }\nlayers:\n  "/fc/Gemm": { weights: 4 }\n`],
    ['the only entry goes', `${head}steps:\n  - quantize: { method: weight-only }\nlayers:\n  "|/nowhere": { weights: 4 }\n`, 'Remove', `${head}steps:\n  - quantize: { method: weight-only }\nlayers: {}\n`],
    ['a section in its place', `${head}steps:\n  - quant|ize: { weights: 8 }\n`, 'Add data.calibration', `${head}data: { calibration: { path: pictures, count: 256 } }\nsteps:\n  - quantize: { weights: 8 }\n`],
    ['into a block', `${head}data:\n  # what it is\n  ${input}\nsteps:\n  - quant|ize:\n      weights: 8\n`, 'Add data.calibration', `${head}data:\n  # what it is\n  ${input}\n  calibration: { path: pictures, count: 256 }\nsteps:\n  - quantize:\n      weights: 8\n`],
    ['settings that belong together', `${head}d|ata: { calibration: { path: pictures } }\nsteps:\n  - quantize: {}\n`, 'Fill in as for raw', `${head}data: { calibration: { path: pictures }, input: { color: rgb, scale: 1, mean: 0, std: 1 } }\nsteps:\n  - quantize: {}\n`],
    ['a step moves', `${head}data: { ${input}, calibration: { path: pictures } }\nsteps:\n  - quantize: {} # first\n  - pru|ne: { channels: 0.5 }\n`, 'Move prune', `${head}data: { ${input}, calibration: { path: pictures } }\nsteps:\n  - prune: { channels: 0.5 }\n  - quantize: {} # first\n`],
    ['CRLF', `${head}steps:\n  - prune: { channels: |1 }\n`.replaceAll('\n', '\r\n'), 'Set 0.5', `${head}steps:\n  - prune: { channels: 0.5 }\n`.replaceAll('\n', '\r\n')],
  ])('%s', (_, marked, title, expected) => expect(fixed(marked, title)).toBe(expected)); // prettier-ignore

  it('are offered where the problem is, and of the kind asked for', () => {
    const { document, ...rest } = request(`${head}seeed: 1\n`, facts);
    const at = (line: number): { start: { line: number; character: number }; end: { line: number; character: number } } => ({ start: { line, character: 0 }, end: { line, character: 3 } }); // prettier-ignore
    expect(quickFixes({ document, ...rest }, at(2))).toHaveLength(1);
    expect(quickFixes({ document, ...rest }, at(0))).toEqual([]);
    expect(quickFixes({ document, ...rest }, at(2), ['refactor'])).toEqual([]);
  });
});

it('pictures to take ranges from are looked for beside the recipe', () => {
  const known = fakeFacts({ folders: { [folder]: ['data/', 'model.onnx'], [`${folder}/data`]: ['test/', 'train/'] } });
  expect(fixed(`${head}steps:\n  - quant|ize: {}\n`, 'Add data.calibration', known)).toContain('{ path: data/train, count: 256 }');
});

describe('diagnostics', () => {
  it('have page, tag and related places', () => {
    const text = `${head}steps:\n  - quantize: { method: weight-only }\nlayers:\n  "/fc/Gemm": { weights: 8 }\n  "*": { weights: 4 }\n`;
    const [found] = diagnostics(request(text, facts), 'file:///problems.md');
    expect(found).toMatchObject({
      code: 'recipe.shadowed',
      severity: DiagnosticSeverity.Warning,
      tags: [DiagnosticTag.Unnecessary],
      codeDescription: { href: 'file:///problems.md#recipeshadowed' },
    });
    expect(found?.relatedInformation?.[0]?.location.range.start).toEqual({ line: 6, character: 2 });
  });

  it('show what is odd in names, and are of bounded length', () => {
    const text = `${head}layers:\n  "${'\u202e'}x": { weights: 4 }\n  ${'y'.repeat(100_000)}: { weights: 4 }\n`;
    const found = diagnostics(request(text, facts));
    expect(found.length).toBeGreaterThan(1);
    for (const { message } of found) {
      expect(message).not.toContain('\u202e');
      expect(String(message).length).toBeLessThan(1100);
    }
  });

  it('of a text that is no file are those of the text alone', () => {
    const untitled = { ...request('', facts), document: recipeDocument('untitled:Untitled-1', 1, `${head}seeed: 1\n`) };
    expect(diagnostics(untitled).map(({ code }) => code)).toEqual(['recipe.unknown-key']);
  });

  it('every code that the engine names for recipes has a page', () => {
    const room = path.join(import.meta.dirname, '../../../src/engine/recipe');
    const files = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const named = files.flatMap((file) => [...readFileSync(path.join(room, file), 'utf8').matchAll(/(?:code: |'(?:value|key)', )'(recipe\.[a-z-]+)'/g)].map(([, code]) => code!)); // prettier-ignore
    const known = new Set(problemKinds.map(({ code }) => code));
    expect([...new Set(named)].filter((code) => !known.has(code))).toEqual([]);
    expect(pageOf('graph.cycle')).toBe(pageOf('model.unreadable'));
  });
});
