import { CompletionItemKind } from 'vscode-languageserver-types';
import type { CompletionSource } from './completion.ts';
import { lacksColon } from './cursor.ts';
import { relativePath } from './path-names.ts';
import type { Situation } from './situation.ts';
import type { Part } from './snippet.ts';
import { written } from './written-value.ts';

/** A whole recipe to begin with, in an empty text. */
interface Template {
  readonly label: string;
  readonly detail: string;
  /** Lines of `data` behind the input. */
  readonly data: readonly (readonly Part[])[];
  readonly steps: readonly (readonly Part[])[];
}

const calibration: readonly Part[] = ['  calibration: { path: ', { stop: 'data/train' }, ', count: ', { stop: '256' }, ' }'];
const train: readonly Part[] = ['  train: { path: ', { stop: 'data/train' }, ', labels: folders, augment: [flip] }'];
const test: readonly Part[] = ['  test: { path: ', { stop: 'data/test' }, ', labels: folders }'];

const templates: readonly Template[] = [
  {
    label: 'recipe: quantize',
    detail: 'Weights and activations become integers; pictures are needed, labels only to measure.',
    data: [calibration, test],
    steps: [['  - quantize: { weights: ', { stop: '8' }, ', activations: ', { stop: '8' }, ' }']],
  },
  {
    label: 'recipe: quantize within a loss',
    detail: 'Tries ways to quantize, cheap ones first, until no more is lost than allowed.',
    data: [calibration, test],
    steps: [['  - auto: { drop: ', { stop: '1' }, ' }']],
  },
  {
    label: 'recipe: prune, train, quantize',
    detail: 'Removes channels, trains what is left, then rounds it. Needs labelled pictures.',
    data: [train, test],
    steps: [
      ['  - prune: { channels: ', { stop: '0.5' }, ', finetune: { epochs: ', { stop: '3' }, ' } }'],
      ['  - quantize: { weights: 8, activations: 8 }'],
    ],
  },
  {
    label: 'recipe: train with rounded weights',
    detail: 'For fewer bits than rounding after training bears. Needs labelled pictures.',
    data: [train, test],
    steps: [
      ['  - quantize: { weights: ', { stop: '4' }, ', activations: ', { stop: '8' }, ' }'],
      ['  - qat: { epochs: ', { stop: '3' }, ' }'],
    ],
  },
];

/** Whole recipes, where nothing is written yet. */
export const templateCompletions: CompletionSource = (spot, situation) => {
  const { cursor } = situation;
  const { owner } = cursor.slot;
  const isEmpty = spot.as === 'key' && spot.path.length === 0 && !cursor.isJson && (owner?.kind !== 'map' || owner.entries.length === 1);
  if (!isEmpty || !lacksColon(cursor)) return [];
  return templates.map((template, rank) => ({
    label: template.label,
    kind: CompletionItemKind.Snippet,
    parts: partsOf(template, modelPart(situation)),
    rank,
    detail: 'a whole recipe',
    documentation: template.detail,
  }));
};

/** The models beside the recipe, or those of the workspace, to choose from. */
function modelPart({ request: { document, facts } }: Situation): Part {
  const { file } = document;
  const models = file === undefined ? [] : facts.models().map((model) => relativePath(file, model));
  const near = [...models].sort((a, b) => a.split('/').length - b.split('/').length).slice(0, 10);
  return near.length > 1
    ? { stop: near[0]!, choices: near.map((model) => written(model, false)) }
    : { stop: written(near[0] ?? 'model.onnx', false) };
}

function partsOf({ data, steps }: Template, model: Part): Part[] {
  const input: readonly Part[] = [
    '  input: { color: ',
    { stop: 'rgb', choices: ['rgb', 'bgr', 'gray'] },
    ', scale: ',
    { stop: '1/255' },
    ', mean: [',
    { stop: '0.485, 0.456, 0.406' },
    '], std: [',
    { stop: '0.229, 0.224, 0.225' },
    '] }',
  ];
  const lines: readonly (readonly Part[])[] = [['version: 1'], ['model: ', model], ['data:'], input, ...data, ['steps:'], ...steps];
  return lines.flatMap((line, i) => [...(i ? ['\n'] : []), ...line]);
}
