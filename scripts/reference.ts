// Writes docs/reference/*.md and docs/guide/recipe.md from the declarations that recipe, command line and engine share. Run: npm run docs
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import { newModelSettings } from '../src/engine/architectures/settings.ts';
import { describe, fullDescription } from '../src/engine/recipe/describe.ts';
import { recipeShape } from '../src/engine/recipe/schema.ts';
import { steps } from '../src/engine/recipe/steps.ts';
import { augmentations } from '../src/engine/data/augment/index.ts';
import { degradations } from '../src/engine/data/degradations/index.ts';
import { dataSource, inputSettings, trainingSource } from '../src/engine/data/source.ts';
import { boardRules } from './board-rules.ts';
import { problemPage } from './problem-page.ts';
import { recipeGuide } from './recipe-guide.ts';
import { targets } from '../src/engine/targets/index.ts';
import { losses } from '../src/engine/train/losses/index.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** One row a key; the keys of a nested map follow it with a dot, as on the command line. */
function rows(schema: TObject, prefix = ''): string[] {
  return Object.entries(schema.properties).flatMap(([key, property]: [string, TSchema]) => {
    const unit = property['unit'] ? ` (${String(property['unit'])})` : '';
    const fallback = property['default'] === undefined ? '' : `\`${JSON.stringify(property['default'])}\``;
    const source = property['source'] ? ` *${String(property['source'])}*` : '';
    const nested = property['properties'] && prefix === '' && key !== 'data' ? rows(property as TObject, `${key}.`) : [];
    return [
      `| \`${prefix}${key}\` | ${cell(describe(property) + unit)} | ${cell(fallback)} | ${cell(fullDescription(property) + source)} |`,
      ...nested,
    ];
  });
}

const table = (schema: TObject): string => ['| key | value | default | |', '| --- | --- | --- | --- |', ...rows(schema)].join('\n');

/** The reference of `*.compress.yaml`, as Markdown. Plain text; equal declarations give equal bytes. */
export function recipeReference(): string {
  const parts = [
    '# Recipe reference',
    'Written by `npm run docs` from the declarations in the code. A recipe is a `*.compress.yaml` (or `.json`) file; paths are relative to it; unknown keys are errors.',
    '## Top level',
    table(recipeShape()),
    '## `models`: a new one',
    'Instead of `model`, by name: `{ model: FILE }`, or a new network with the keys below (those of `lathe new`). Every step then says which one it is `on`.',
    table(newModelSettings),
    '## `data.input`: how a picture becomes the input',
    table(inputSettings as TObject),
    '## `data.train`, `data.calibration`, `data.validation`, `data.test`',
    table(dataSource as TObject),
    '## `data.train` alone',
    table(Type.Pick(trainingSource, ['augment', 'batch'])),
    ...augmentations.flatMap(({ name, summary, source, parameters }) => [
      `### \`${name}\` of \`augment\``,
      `${summary} *${source}*`,
      table(parameters),
    ]),
    ...degradations.flatMap(({ name, summary, source, parameters }) => [
      `### \`${name}\` of \`degrade\` and \`augment\``,
      `${summary} With \`probability\` only to some pictures. *${source}*`,
      table(parameters),
    ]),
    ...losses.flatMap(({ name, summary, source, parameters }) =>
      Object.keys(parameters.properties).length ? [`### \`${name}\` of \`losses\``, `${summary} *${source ?? ''}*`, table(parameters)] : [],
    ),
    ...steps.flatMap((step) => [
      `## Step \`${step.name}\``,
      `${step.summary} ${step.source ? `*${step.source}*` : ''}`.trim(),
      table(step.parameters),
    ]),
    '## Targets',
    ['| target | |', '| --- | --- |', ...targets.map((target) => `| \`${target.name}\` | ${cell(target.summary)} |`)].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

if (process.argv.includes('--write')) {
  const folder = path.join(import.meta.dirname, '../docs/reference');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'recipe.md'), recipeReference());
  writeFileSync(path.join(folder, '../guide/recipe.md'), recipeGuide());
  writeFileSync(path.join(folder, 'problems.md'), problemPage());
  writeFileSync(path.join(folder, 'board-rules.md'), boardRules());
}
