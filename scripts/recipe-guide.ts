// docs/guide/recipe.md: the recipe explained, put together from the declarations. Written by scripts/reference.ts.
import type { TObject, TSchema } from '@sinclair/typebox';
import { dataSource, inputSettings } from '../src/engine/data/source.ts';
import { branches, describe, literals, valueDescription } from '../src/engine/recipe/describe.ts';
import { layerSettings, recipeShape } from '../src/engine/recipe/schema.ts';
import { steps } from '../src/engine/recipe/steps.ts';
import { targets } from '../src/engine/targets/index.ts';

const example = `# Quantizes the sample model and measures what it cost
version: 1
model: model.onnx
target: cpu
data:
  input: { color: rgb, scale: 1/255, mean: 0.5, std: 0.25 }
  calibration: { path: pictures/train, count: 100 }
  test: { path: pictures/test, labels: folders }
steps:
  - quantize: { weights: 4, activations: 8 }
layers:
  "/block1/*": { weights: 8 }
gate: { drop: 1 }
`;

/** Pages of the guide on what a step does, beside its reference. */
const pages: Readonly<Record<string, string>> = {
  train: 'train.md',
  distill: 'distill.md',
  prune: 'prune-rounds.md',
  cluster: 'cluster.md',
  fit: 'fit.md',
  quantize: 'widths-and-storage.md',
  qat: 'qat.md',
  auto: 'auto.md',
};

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** "- `seed`: a whole number … (bits). Every random … Default: `0`." and its values below it. */
function entry(key: string, schema: TSchema): string {
  const unit = typeof schema['unit'] === 'string' ? ` (${schema['unit']})` : '';
  const usual: unknown = schema['default'];
  const hasMaps = [schema, schema['items'] as TSchema | undefined].some(
    (one) => one && branches(one).some((branch) => branch['type'] === 'object'),
  );
  const kind = hasMaps ? '' : `, ${describe(schema)}${unit}`;
  const fallback = usual === undefined ? '' : ` Default: ${code(usual)}.`;
  const values = literals(schema).flatMap((value) => {
    const meaning = valueDescription(schema, value);
    return meaning ? [`  - ${code(value)}: ${meaning}`] : [];
  });
  return [`- **\`${key}\`**${kind}. ${schema.description ?? ''}${fallback}`, ...values].join('\n');
}

const entries = ({ properties }: TObject): string =>
  Object.entries<TSchema>(properties)
    .map(([key, schema]) => entry(key, schema))
    .join('\n');

function stepSection({ name, summary, source, parameters, starts = [] }: (typeof steps)[number]): string {
  const first = starts.flatMap((key) => (parameters.properties[key] ? [entry(key, parameters.properties[key])] : []));
  const all = Object.keys(parameters.properties).length;
  const page = pages[name] === undefined ? '' : `[What it does](${pages[name]}); `;
  const link = `${page}[all ${all} settings](../reference/recipe.md#step-${name}).`;
  return [`### \`${name}\``, [summary, source && `*${source}*`].filter(Boolean).join(' '), ...first.length ? [first.join('\n')] : [], link].join('\n\n');
} // prettier-ignore

const layerKeys = (): string =>
  Object.keys(layerSettings().properties)
    .map((key) => code(key))
    .join(', ');

/** The page, as Markdown. Equal declarations give equal bytes. */
export function recipeGuide(): string {
  const shape = recipeShape();
  const top = Object.fromEntries(Object.entries(shape.properties).filter(([key]) => key !== 'layers'));
  return `${[
    '# The recipe',
    'A recipe says what a compression job is: which model, for which target, with which pictures, in which steps. It is a text file, `NAME.compress.yaml` (or `.yml`, or JSON in `.json`), that you keep beside the model and under version control. `lathe run NAME.compress.yaml` and the **Run** above it in the editor do the same.',
    `\`\`\`yaml\n${example}\`\`\``,
    'Paths are relative to the file. What is not written has a default; a key that does not exist is an error, never ignored. `lathe validate` and the editor check the same: names of keys and values, layers of *this* model, limits of *this* target; each finding is on the page of [problems](../reference/problems.md). This page is written from the declarations that the program itself reads (`npm run docs`); [the reference](../reference/recipe.md) has every setting.',
    '## Keys',
    entries({ ...shape, properties: top } as TObject),
    '`gate`:',
    entries(shape.properties['gate'] as TObject),
    '`output`:',
    entries(shape.properties['output'] as TObject),
    '## Pictures: `data`',
    'How a picture becomes the input has no default where pictures are read: a wrong guess costs accuracy without a word. Models that Lathe wrote say it themselves.',
    '`data.input`:',
    entries(inputSettings as TObject),
    '`data.train`, `data.validation`, `data.calibration`, `data.test`:',
    entries(dataSource as TObject),
    'Three kinds of pictures for three purposes: choices (best epoch, `auto`, `search`, gates inside steps) look at `validation` only, ranges come from `calibration`, and `test` is read for the final figures alone.',
    '## Steps: `steps`',
    'Steps run in order, each on what the one before produced, and may repeat.',
    ...steps.map(stepSection),
    '## Exceptions: `layers`',
    'Patterns of layer names with what is different for them. A layer has the name that the model gives it, an unnamed one that of its first output; `*` stands for any characters, `/` included. Later entries win. In recipes of several models a pattern may begin with an alias: `"student:/fc/*"`.',
    `What can be said of a layer: ${layerKeys()}. A step's name with \`false\` (\`quantize: false\`) leaves the layer out of that step.`,
    '## Targets: `target`',
    targets.map(({ name, title, summary }) => `- **\`${name}\`**: ${title}. ${summary}`).join('\n'),
    'A setting that is not written comes from the target first, then from its own default. The command line goes before `layers`, `layers` before the step, the step before the target.',
    '## In editors',
    'VS Code with the extension completes, explains and checks all of this while you type. For others there is `lathe language-server --stdio`, and for tools that read JSON Schema `lathe schema` (in the package: `schemas/compression-config.schema.json`).',
  ].join('\n\n')}\n`;
}
