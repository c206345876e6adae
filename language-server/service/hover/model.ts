import { findArchitecture } from '../../../src/engine/architectures/index.ts';
import type { ModelInput } from '../../../src/engine/data/types.ts';
import type { ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import { bytes, count, shape } from '../../../src/protocol/format.ts';
import type { Request } from '../feature.ts';
import { absolutePath, mapAt, textAt, writtenModels, type WrittenModel } from '../written.ts';
import { bullets, code, paragraphs, prose } from './markdown.ts';
import type { HoverSource, Subject } from './subject.ts';

/** Inputs and outputs told at most. */
const mostValues = 4;

/** What is known of a model: where a recipe names its file, makes up its alias, or uses that. */
export const modelHover: HoverSource = (subject) => {
  const model = modelAt(subject);
  if (!model) return undefined;
  const { request } = subject;
  const used = model.alias === undefined ? undefined : usesOf(request, model.alias);
  const title = model.alias === undefined ? '' : `**${code(model.alias)}**: `;
  return paragraphs(`${title}${modelText(request, model)}`, used);
};

function modelAt({ request: { document }, place, path, declared, value }: Subject): WrittenModel | undefined {
  const models = writtenModels(document);
  if (path[0] === 'models' && path.length === 2 && place.at === 'key') return models.find(({ alias }) => alias === path[1]);
  if (place.at !== 'value' || typeof value !== 'string') return undefined;
  const isFile = (path[0] === 'model' && path.length === 1) || (path[0] === 'models' && path.length === 3 && path[2] === 'model');
  const named = path.at(-1) === 'on' || declared.schema['model'] === true ? models.find(({ alias }) => alias === value) : undefined;
  if (named) return named;
  if (!isFile && declared.schema['model'] !== true) return undefined;
  const file = absolutePath(document, value);
  return file === undefined ? undefined : { file };
}

function modelText({ facts }: Request, { file, architecture }: WrittenModel): string {
  if (file === undefined) {
    const summary = architecture === undefined ? undefined : findArchitecture(architecture)?.summary;
    return architecture === undefined
      ? 'a model'
      : `a new ${code(architecture)}, made when the recipe runs.${summary ? ` ${summary}` : ''}`;
  }
  const known = facts.model(file);
  if (known.state === 'reading') return `${code(file)} is being read.`;
  if (known.state === 'problem') return `${code(file)}: ${prose(known.message)}`;
  return factsText(known.value);
}

function factsText(model: ModelFacts): string {
  const { file, bytes: size, opset, layers, parameters, macs, inputs, outputs } = model;
  return paragraphs(
    code(file),
    bullets([
      `${bytes(size)}, opset ${opset}, ${layers.length} layers`,
      `${count(parameters)} parameters, ${macs === null ? 'multiply-adds not known' : `${count(macs)} multiply-adds`}`,
      `Inputs: ${valuesText(inputs)}`,
      `Outputs: ${valuesText(outputs)}`,
    ]),
  );
}

const valuesText = (values: readonly ModelInput[]): string =>
  values
    .slice(0, mostValues)
    .map(({ name, shape: dims }) => `${code(name, 60)} ${prose(shape(dims))}`)
    .join(', ') + (values.length > mostValues ? ` and ${values.length - mostValues} more` : '');

/** The steps that work on a model or learn from it. */
function usesOf({ document }: Request, alias: string): string | undefined {
  const steps = document.tree.contents ? mapAt(document, []).get('steps') : undefined;
  const length = steps && 'items' in steps ? steps.items.length : 0;
  const uses: string[] = [];
  for (let i = 0; i < length && uses.length < 20; i++) {
    const [name] = mapAt(document, ['steps', i]).keys();
    if (name === undefined) continue;
    if (textAt(document, ['steps', i, name, 'on']) === alias) uses.push(`${i + 1}. ${code(name)}`);
    else if (textAt(document, ['steps', i, name, 'teacher']) === alias) uses.push(`${i + 1}. ${code(name)} (as teacher)`);
  }
  return uses.length ? `Steps: ${uses.join(', ')}` : undefined;
}
