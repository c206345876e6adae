import type { TSchema } from '@sinclair/typebox';
import { Document, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { writtenChain } from './chain.ts';
import { recipeShape } from './schema.ts';
import { findStep } from './steps.ts';
import type { Recipe, ResolvedRecipe } from './types.ts';
import { writtenLayers, writtenStep } from './written.ts';

/** Longest comment behind a value; longer descriptions are cut after their first sentence or left out. */
const commentWidth = 90;

/**
 * A recipe as YAML, with the declarations' own words as comments. `loadRecipe` of the result gives the same recipe.
 * `title` becomes the first line.
 */
export function writeRecipe(recipe: Recipe, title?: string): string {
  const document = new Document(recipe);
  if (title) document.commentBefore = ` ${title}`;
  if (isMap(document.contents)) commentKeys(document.contents as YAMLMap, recipeShape());
  const list: unknown = document.get('steps', true);
  if (isSeq(list)) {
    for (const entry of list.items) {
      if (!isMap(entry)) continue;
      for (const pair of entry.items) {
        const step = findStep(String(isScalar(pair.key) ? pair.key.value : pair.key));
        if (step && isMap(pair.value)) commentKeys(pair.value as YAMLMap, step.parameters);
        if (step && isScalar(pair.key)) entry.commentBefore = ` ${step.summary}`;
      }
    }
  }
  shortenPlainData(document.get('data', true));
  shortenPlainData(document.get('layers', true));
  shortenPlainData(document.get('models', true));
  return document.toString({ lineWidth: 140, flowCollectionPadding: true });
}

/** `recipe.resolved.yaml` of a run folder: runs the same job from anywhere on this machine, with every default written out. */
export function writeResolvedRecipe(resolved: ResolvedRecipe): string {
  const layers = writtenLayers(resolved);
  const { validation } = resolved.data;
  const recipe: Recipe = {
    version: 1,
    ...(resolved.models ? writtenChain(resolved) : { model: resolved.model! }),
    target: resolved.target,
    task: resolved.task,
    seed: resolved.seed,
    data: {
      ...resolved.data,
      validation: validation?.kind === 'part' ? { fraction: validation.fraction } : validation?.source,
    },
    steps: resolved.steps.map(({ step, on, settings }) => writtenStep(step, on, settings)),
    ...(Object.keys(layers).length ? { layers } : {}),
    ...(resolved.gate ? { gate: resolved.gate } : {}),
    output: { folder: resolved.output.folder, formats: [...resolved.output.formats], name: resolved.output.name },
    ...(resolved.deploy ? { deploy: [...resolved.deploy] } : {}),
  };
  return writeRecipe(JSON.parse(JSON.stringify(recipe)) as Recipe, 'As it was run: defaults filled in, paths absolute.');
}

/** Puts each key's description behind its value, above it where the value is a block. */
function commentKeys(map: YAMLMap, schema: TSchema): void {
  const known = (schema['properties'] as Record<string, TSchema> | undefined) ?? {};
  for (const pair of map.items) {
    if (!isScalar(pair.key)) continue;
    const comment = firstSentence(known[String(pair.key.value)]?.['description'] as string | undefined);
    if (!comment) continue;
    if (isScalar(pair.value)) pair.value.comment = ` ${comment}`;
    else pair.key.commentBefore = ` ${comment}`;
  }
}

function firstSentence(description: string | undefined): string | undefined {
  const sentence = description?.match(/^.*?[.;](?=\s|$)/)?.[0] ?? description;
  return sentence && sentence.length <= commentWidth ? sentence.replace(/[.;]$/, '') : undefined;
}

/** Small maps read better on one line: `test: { path: data/test, labels: folders }`. */
function shortenPlainData(node: unknown): void {
  if (!isMap(node)) return;
  for (const pair of node.items) if (isMap(pair.value)) pair.value.flow = true;
}
