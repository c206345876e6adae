import path from 'node:path';
import * as vscode from 'vscode';
import { writeRecipe } from '../../engine/recipe/write.ts';
import { bytes } from '../../protocol/format.ts';
import type { AnalyzeJob, RecipeRequest, TriedWidths } from '../../protocol/job.ts';
import type { AnalyzeDocument } from '../../protocol/results/analyze.ts';
import { checkInput } from '../compress/check-input.ts';
import { ask, askAll, type back, keep } from '../compress/pick.ts';
import { askPictures } from '../compress/pick-pictures.ts';
import type { FoundPictures } from '../compress/pictures.ts';
import { recipeOf } from '../compress/recipe-file.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import type { Host } from '../host.ts';
import { analyzeSummary } from '../jobs/wording.ts';
import { pickModel } from '../pick-file.ts';
import { analysisCache, askCount, reportAnalysis } from './analysis-parts.ts';
import { analyzeChain } from './analyze-chain.ts';
import { recipeOfChain } from './chain-jobs.ts';
import { runsFolder } from '../settings.ts';

interface MethodItem extends vscode.QuickPickItem {
  method: string;
  metric: string;
}

const methods: MethodItem[] = [
  {
    label: 'One layer at a time',
    description: 'isolated, SQNR',
    detail: "What each layer alone costs at the network's output. No labels; seconds to minutes.",
    method: 'isolated',
    metric: 'sqnr',
  },
  {
    label: 'All layers together',
    description: 'tap, SQNR',
    detail: "Where the error grows: each layer's own output with everything quantized. No labels; the quickest.",
    method: 'tap',
    metric: 'sqnr',
  },
  {
    label: 'All but one',
    description: 'leave-one-out, SQNR',
    detail: 'What each layer would give back if it stayed float. No labels; the dearest.',
    method: 'leave-one-out',
    metric: 'sqnr',
  },
  {
    label: 'One layer at a time, on the task metric',
    description: 'isolated, accuracy',
    detail: 'Points that each layer alone costs. Needs labels and some hundred pictures: single pictures tell little.',
    method: 'isolated',
    metric: 'task',
  },
];

/** Not of bits: what removing channels does. */
const pruning: vscode.QuickPickItem = {
  label: 'Remove channels of one group at a time',
  description: 'pruning, SQNR',
  detail: 'Which groups of channels can be spared, and suggested widths. No labels; seconds to minutes.',
};

interface WidthItem extends vscode.QuickPickItem {
  widths: TriedWidths[];
}

const same = (bits: number): TriedWidths => ({ weights: bits, activations: bits === 4 ? 8 : bits });
const widthItems: WidthItem[] = [
  { label: '8 bits', detail: 'Weights and activations.', widths: [same(8)] },
  { label: '8 and 4 bits', detail: 'Weights at 8 and at 4 bits, activations at 8.', widths: [same(8), same(4)] },
  {
    label: 'Weights and activations apart, 8 bits',
    detail: 'Which of the two it is.',
    widths: [
      { weights: 8, activations: 'float' },
      { weights: 'float', activations: 8 },
    ],
  },
];

interface Chosen {
  method?: MethodItem;
  widths?: WidthItem;
  pictures?: FoundPictures;
}

/**
 * Measures what quantization does to each layer: how, at which widths, with which pictures, how many of them; the figures appear in the
 * model's editor. `layers` are names; without them all are measured. Resolves when they are there or the user turned away. Throws LatheError.
 */
export async function analyzeModel(host: Host, given: vscode.Uri | undefined, layers?: readonly string[]): Promise<void> {
  const model = await pickModel(given, 'Analyze which model?');
  if (!model) return;
  const title = `Analyze ${path.basename(model.fsPath)}`;
  const place = { title, steps: 4 };
  let prunes = false;
  const how = async (chosen: Chosen): Promise<boolean | typeof back> => {
    const answer = await ask<vscode.QuickPickItem>({ ...place, step: 1, placeholder: 'How?', items: [...methods, pruning] });
    prunes = answer === pruning;
    if (prunes) return false;
    return keep(answer, (method) => (chosen.method = method as MethodItem));
  };
  const atWhich = async (chosen: Chosen): Promise<boolean | typeof back> =>
    keep(await ask({ ...place, step: 2, placeholder: 'At which widths?', items: widthItems }), (widths) => (chosen.widths = widths));
  const withWhich = async (chosen: Chosen): Promise<boolean | typeof back> =>
    keep(await askPictures(model, 'needed', { ...place, step: 3 }), (pictures) => {
      if (pictures !== 'none') chosen.pictures = pictures;
    });
  const chain = await recipeOfChain(host, model);
  const { method, widths, pictures } = (await askAll<Chosen>({}, chain ? [how] : [how, atWhich, withWhich])) ?? {};
  if (chain && method) {
    const asked = { method: method.method, metric: method.metric, ...(layers ? { layers: [...layers] } : {}) };
    return analyzeChain(host, chain, asked);
  }
  if (prunes) return (await import('../pruning/analyze-pruning.ts')).analyzePruning(host, model);
  if (!method || !widths || !pictures) return;
  const recipe = await analysisRecipe(host, model, pictures);
  if (!recipe) return;
  const job: AnalyzeJob = {
    kind: 'analyze',
    recipe,
    method: method.method,
    metric: method.metric,
    widths: widths.widths,
    ...(layers ? { layers: [...layers] } : {}),
    ...analysisCache(host),
  };
  const samples = await askCount(host, title, job);
  if (samples === undefined) return;
  const result = await host.jobs.run(title, { ...job, samples }, model.fsPath);
  if ('layers' in result) await show(host, model, result, recipe);
}

/** The recipe of 8 bits by default settings; a part of the pictures is measured, the others give the ranges. Undefined: turned away. */
async function analysisRecipe(host: Host, model: vscode.Uri, pictures: FoundPictures): Promise<RecipeRequest | undefined> {
  const input = await checkInput(host, model, pictures);
  if (!input) return undefined;
  const { calibration, available } = pictures.choice;
  const folder = runsFolder(model);
  const recipe = recipeOf(
    {
      model: model.fsPath,
      target: 'cpu',
      step: { name: 'quantize', settings: {} },
      chooses: true,
      data: { folder: pictures.folder, calibration, input, ...(available ? { available } : {}) },
    },
    folder,
  );
  const labelled = calibration.labels ? { task: 'classification' as const } : {};
  return { text: writeRecipe({ ...recipe, ...labelled }), file: path.join(folder, 'analysis.compress.yaml'), runs: folder };
}

async function show(host: Host, model: vscode.Uri, result: AnalyzeDocument, recipe: RecipeRequest): Promise<void> {
  reportAnalysis(host, result);
  await vscode.commands.executeCommand('vscode.openWith', model, ModelEditor.viewType, { preview: false });
  await host.overlays.add(model, result, recipe);
  host.output.info(`${path.basename(model.fsPath)}, ${bytes((await vscode.workspace.fs.stat(model)).size)}: ${analyzeSummary(result)}`);
  void vscode.window.showInformationMessage(`${path.basename(model.fsPath)}: ${analyzeSummary(result)}`);
}
