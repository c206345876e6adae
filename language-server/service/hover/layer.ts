import { isMap, isScalar, type Node } from 'yaml';
import { branches } from '../../../src/engine/recipe/describe.ts';
import type { LayerFacts, ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import { pairsOf } from '../../../src/engine/recipe/layer-entries.ts';
import { layerIndex } from '../../../src/engine/recipe/layer-index.ts';
import { layerPattern } from '../../../src/engine/recipe/layers.ts';
import { acceleratorVerdicts } from '../../../src/engine/targets/verdicts.ts';
import { bytes, count, shape, shortNumber } from '../../../src/protocol/format.ts';
import type { RecipeDocument } from '../document.ts';
import type { Figures } from '../facts.ts';
import { modelFigures } from '../model-figures.ts';
import { mapAt, modelOfStep, modelsOfPattern, targetName, writtenModels, type WrittenModel } from '../written.ts';
import { measuredText } from './figures.ts';
import { bullets, code, paragraphs, prose, valueCode } from './markdown.ts';
import type { HoverSource, Subject } from './subject.ts';

/** Layers named one by one of those that a pattern matches. */
const mostNamed = 8;

/** What is known of a layer, or of the layers that a pattern matches: where `layers` names them, and in lists of a step. */
export const layerHover: HoverSource = (subject) => {
  const found = patternAt(subject);
  if (!found) return undefined;
  const parts = found.models.map((model) => modelText(subject, model, found.pattern, found.takesOperators));
  return parts.filter(Boolean).join('\n\n') || undefined;
};

interface FoundPattern {
  readonly pattern: string;
  readonly models: readonly WrittenModel[];
  /** The place takes names of operators too: `exclude: [Gemm]`. */
  readonly takesOperators: boolean;
}

function patternAt({ request: { document }, place, path, declared, value }: Subject): FoundPattern | undefined {
  if (path[0] === 'layers' && path.length === 2 && declared.isFree && place.at === 'key') {
    return { ...modelsOfPattern(writtenModels(document), String(path[1])), takesOperators: false };
  }
  const [root, step] = path;
  if (root !== 'steps' || typeof step !== 'number' || typeof value !== 'string' || !namesLayers(declared.schema)) return undefined;
  const model = modelOfStep(document, step);
  return model && { pattern: value, models: [model], takesOperators: true };
}

const namesLayers = (schema: Subject['declared']['schema']): boolean =>
  branches(schema).some((branch) => (branch['items'] as { format?: string } | undefined)?.format === 'layer');

function modelText({ request }: Subject, model: WrittenModel, pattern: string, takesOperators: boolean): string {
  const { facts, document } = request;
  const of = model.alias === undefined ? '' : ` of ${code(model.alias)}`;
  if (model.file === undefined) return model.architecture ? `${code(pattern)}${of}: the network is made when the recipe runs.` : '';
  const known = facts.model(model.file);
  if (known.state === 'reading') return `${code(pattern)}${of}: the model is being read.`;
  if (known.state === 'problem') return `${code(pattern)}${of}: the model is not known. ${prose(known.message)}`;
  const index = layerIndex(known.value);
  let layers = [...index.matching(pattern)].map((place) => index.layer(place));
  if (layers.length === 0 && takesOperators) layers = known.value.layers.filter(({ op }) => op === pattern);
  if (layers.length === 0) {
    const near = index.nearest(pattern);
    return `${code(pattern)}${of} matches no layer${near === undefined ? '' : `; did you mean ${code(near)}?`}`;
  }
  const figures = modelFigures(request, model);
  const measured = measuredText(figures, new Set(layers.map(({ name }) => name)));
  const target = targetName(document);
  const one = layers.length === 1 && !pattern.includes('*') ? layers[0] : undefined;
  if (one) return paragraphs(layerText(one, known.value, target, of), settingsText(document, model.alias, one.name), measured);
  return paragraphs(layersText(worstFirst(layers, figures[0]), known.value, pattern, target, of), measured);
}

function worstFirst(layers: readonly LayerFacts[], figures: Figures | undefined): readonly LayerFacts[] {
  if (!figures) return layers;
  const ranks = new Map(figures.layers.map(({ name, rank }) => [name, rank]));
  return [...layers].sort((a, b) => (ranks.get(b.name) ?? -1) - (ranks.get(a.name) ?? -1));
}

/** What `layers` says of one layer, and which entry says it: later ones win. */
function settingsText(document: RecipeDocument, alias: string | undefined, name: string): string | undefined {
  const found = new Map<string, { value: Node | null; pattern: string }>();
  const all = writtenModels(document);
  for (const [written, node] of mapAt(document, ['layers'])) {
    const { models, pattern } = modelsOfPattern(all, written);
    if (!isMap(node) || !layerPattern(pattern)(name) || !models.some((model) => model.alias === alias)) continue;
    for (const { key, value } of pairsOf(node, document.tree.anchors)) found.set(key, { value, pattern: written });
  }
  const lines = [...found].map(
    ([key, { value, pattern }]) => `${code(key)} ${isScalar(value) ? valueCode(value.value) : '…'} (${code(pattern)})`,
  );
  return lines.length ? `In \`layers\`: ${lines.join(', ')}` : undefined;
}

function layerText(layer: LayerFacts, model: ModelFacts, target: string, of: string): string {
  const { name, op, detail, parameters, macs, weights } = layer;
  return paragraphs(
    `**${code(name)}**${of}: ${prose([op, detail].filter(Boolean).join(' '))}${layer.shape ? ` → ${prose(shape(layer.shape))}` : ''}`,
    bullets([
      `${count(parameters)} parameters${part(parameters, model.parameters)}${weights ? `; weights ${bytes(weights.bytes)}` : '; no weights'}`,
      macs === null ? 'multiply-adds: not known' : `${count(macs)} multiply-adds${part(macs, model.macs)}`,
      boardText(layer, target),
    ]),
  );
}

function layersText(layers: readonly LayerFacts[], model: ModelFacts, pattern: string, target: string, of: string): string {
  const operators = new Map<string, number>();
  for (const { op } of layers) operators.set(op, (operators.get(op) ?? 0) + 1);
  const kinds = [...operators].sort((a, b) => b[1] - a[1]).map(([op, times]) => `${times} ${prose(op, 40)}`);
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const macs = layers.reduce<number | null>((sum, layer) => (sum === null || layer.macs === null ? null : sum + layer.macs), 0);
  const refused = layers.filter(({ refusals }) => refusals && Object.hasOwn(refusals, target));
  const named = layers.slice(0, mostNamed).map(({ name }) => code(name, 80));
  return paragraphs(
    `**${code(pattern)}**${of} matches ${layers.length === 1 ? 'one layer' : `${layers.length} layers`}: ${kinds.slice(0, 6).join(', ')}${kinds.length > 6 ? ' …' : ''}`,
    bullets([
      `${count(parameters)} parameters${part(parameters, model.parameters)}`,
      macs === null ? 'multiply-adds: not known' : `${count(macs)} multiply-adds${part(macs, model.macs)}`,
      refused.length > 0 && `${refused.length} of them not on the ${acceleratorOf(target)} of ${code(target)}`,
    ]),
    `${named.join(', ')}${layers.length > mostNamed ? ` and ${layers.length - mostNamed} more` : ''}`,
  );
}

const part = (value: number, whole: number | null): string => (whole ? ` (${shortNumber((value / whole) * 100)} %)` : '');

const acceleratorOf = (target: string): string =>
  acceleratorVerdicts.find((verdict) => verdict.target.name === target)?.accelerator ?? 'accelerator';

/** Where a board runs the layer; nothing for targets without an accelerator, and for what none is asked about. */
function boardText({ op, refusals, conditions }: LayerFacts, target: string): string | undefined {
  const verdict = acceleratorVerdicts.find((one) => one.target.name === target);
  if (!verdict) return undefined;
  if (refusals && Object.hasOwn(refusals, target)) return `${code(target)}: runs on the CPU, ${prose(refusals[target]!)}`;
  if (conditions && Object.hasOwn(conditions, target))
    return `${code(target)}: runs on the ${verdict.accelerator} if the tools take it; ${prose(conditions[target]!)}`;
  return verdict.target.integerOperators.includes(op) ? `${code(target)}: runs on the ${verdict.accelerator}` : undefined;
}
