import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { it } from 'vitest';
import { codeActions } from '../../../language-server/service/code-actions/index.ts';
import { definition } from '../../../language-server/service/definition.ts';
import { foldingRanges } from '../../../language-server/service/folding.ts';
import { format } from '../../../language-server/service/format/format.ts';
import { documentLinks } from '../../../language-server/service/links.ts';
import { references } from '../../../language-server/service/references.ts';
import { prepareRename } from '../../../language-server/service/rename.ts';
import { selectionRanges } from '../../../language-server/service/selection-ranges.ts';
import { semanticTokens } from '../../../language-server/service/semantic-tokens.ts';
import { recipeSymbols } from '../../../language-server/service/workspace-symbols.ts';
import { applied, fakeFacts, folder, modelFacts, request } from './support.ts';

const texts = [
  readFileSync('samples/shapes/learn.compress.yaml', 'utf8'),
  'version: 1\nmodels:\n  a: &x { model: model.onnx }\n  b: *x\nsteps:\n- quantize: { on: a, exclude: ["/conv*"] }\nlayers:\n  "a:/conv1": { weights: 4 }\n',
  '{ "version": 1, "model": "model.onnx", "steps": [{ "quantize": {} }], "layers": { "*": {} } }',
];
const signs = [
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  ':',
  ': ',
  ',',
  '&a ',
  '*a',
  '|',
  '\n',
  '\r\n',
  '\t',
  '#',
  '? ',
  '- ',
  '!',
  '\u0000',
  '\u202e',
  '😀',
  '\ud800',
  ' ',
  '---\n',
];
const facts = fakeFacts({
  models: { [`${folder}/model.onnx`]: modelFacts(['/conv1', '/fc']) },
  figures: {
    [`${folder}/model.onnx`]: [{ title: 'SQNR', unit: 'dB', better: 'high', measured: '', layers: [{ name: '/fc', value: 1, rank: 1 }] }],
  },
});

it('every feature bears every half-written recipe', () => {
  const edit = fc.record({ at: fc.nat(2000), drop: fc.nat(12), sign: fc.constantFrom(...signs) });
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 6 }), (before, edits) => {
      const text = edits.reduce((was, { at, drop, sign }) => {
        const from = at % (was.length + 1);
        return was.slice(0, from) + sign + was.slice(from + drop);
      }, before);
      const asked = request(text, facts);
      const offset = edits[0]!.at % (text.length + 1);
      const position = asked.document.text.positionAt(offset);
      const range = { start: position, end: position };
      recipeSymbols(asked.document);
      foldingRanges(asked);
      selectionRanges(asked, [position]);
      semanticTokens(asked);
      documentLinks(asked, { commands: true });
      definition(asked, offset);
      references(asked, offset, true);
      prepareRename(asked, offset);
      // Edits that overlap are refused here.
      applied(text, format(asked));
      for (const { edit } of codeActions(asked, range, { canResolve: false })) applied(text, Object.values(edit!.changes!)[0]!);
    }),
    { numRuns: 60 },
  );
});
