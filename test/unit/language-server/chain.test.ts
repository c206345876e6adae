import { describe, expect, it } from 'vitest';
import { codeLenses } from '../../../language-server/service/code-lens.ts';
import { definition } from '../../../language-server/service/definition.ts';
import type { Figures } from '../../../language-server/service/facts.ts';
import { layerLines } from '../../../language-server/service/layer-lines.ts';
import { outlineOf } from '../../../src/engine/architectures/make.ts';
import { fakeFacts, folder, modelFacts, recipeFile, request, requestAt } from './support.ts';

const [file, whole] = [`${folder}/model.onnx`, `${folder}/runs/.cache/chains/1/test.onnx`];
const head = `version: 1
models:
  restore: { new: resnet20, classes: 3, input: [3, 32, 32] }
  detect: { model: model.onnx, input: { from: restore } }
chain: [restore, detect]
steps: [{ quantize: {} }]
layers:
`;
const alone: Figures = {
  title: 'SQNR, weights 8, activations 8, 64 pictures',
  unit: 'dB',
  better: 'high',
  layers: [{ name: '/conv/Conv', value: 40, rank: 0 }],
  measured: '2026-01-01T00:00:00Z',
  weights: 8,
  activations: 8,
};
const ofChain: Figures = {
  ...alone,
  layers: [
    { name: `restore:${outlineOf({ new: 'resnet20', classes: 3, input: [3, 32, 32] }).model.graph.nodes[0]!.label}`, value: 9, rank: 1 },
    { name: 'detect:/conv/Conv', value: 20, rank: 0 },
  ],
};

const facts = (composed = true) =>
  fakeFacts({
    models: {
      [file]: modelFacts(['/conv/Conv', '/fc/Gemm']),
      ...(composed ? { [whole]: modelFacts(['detect:/conv/Conv'], { file: whole }) } : {}),
    },
    composed: { [recipeFile]: whole },
    figures: { [file]: [alone], [whole]: [ofChain] },
  });

describe('layers of a chain', () => {
  it.each([
    ['that is made when the recipe runs', 'restore:*', /worst 9 dB/],
    ['of a file, by what they do at the end', 'detect:/conv/Conv', /^20 dB/],
    ['of all models, the worst', '*Conv', /worst 9 dB/],
  ])('have their figures at the lines of the recipe: a model %s', (_, pattern, text) => {
    const [line] = layerLines(request(`${head}  '${pattern}': { weights: 8 }\n`, facts()));
    expect(line?.text).toMatch(text);
    expect(line?.source).toContain('at the end of the chain');
  });

  it('are found in the graph of the whole, or in their model while there is none', () => {
    const at = `${head}  'detect:/co|nv/Conv': { weights: 8 }\n`;
    const places = (composed: boolean): string[] => {
      const asked = requestAt(at, facts(composed));
      return definition(asked, asked.offset).map(({ uri }) => uri);
    };
    expect(places(true)).toEqual([`file://${whole}`]);
    expect(places(false)).toEqual([`file://${file}`]);
  });

  it('are shown by a lens above `chain`, which only chains have', () => {
    const titles = (text: string): string[] =>
      codeLenses(request(text, facts())).flatMap(({ range, command }) =>
        command?.command.endsWith('showChain') ? [`${range.start.line} ${command.title}`] : [],
      );
    expect(titles(head)).toEqual(['4 $(type-hierarchy)\u00a0Show the chain']);
    expect(titles('version: 1\nmodel: model.onnx\nsteps: [{ quantize: {} }]\n')).toEqual([]);
  });
});
