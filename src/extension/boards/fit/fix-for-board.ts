import path from 'node:path';
import * as vscode from 'vscode';
import { findTarget } from '../../../engine/targets/index.ts';
import type { CheckDocument } from '../../../protocol/results/board.ts';
import type { Host } from '../../host.ts';
import { pickModel } from '../../pick-file.ts';
import { fixedSummary, fixOffers, offerText, type FixOffer } from './offers.ts';

/**
 * Asks for which board, offers what can be rewritten of the layers that it refuses, writes a copy beside the model and opens it beside the
 * original. `layers`: names; only those. Throws LatheError.
 */
export async function fixForBoard(host: Host, given: vscode.Uri | undefined, layers: readonly string[] = []): Promise<void> {
  const model = await pickModel(given, 'Fix which model for a board?');
  const target = model && (await pickBoard());
  if (!model || !target) return;
  const name = path.basename(model.fsPath);
  const job = { kind: 'check', model: model.fsPath, target } as const;
  const document = await host.jobs.run(`Check ${name} for ${target}`, job, model.fsPath);
  const offers = fixOffers(document, layers);
  if (offers.length === 0) return tellNothing(document, layers.length > 0);
  const chosen = await pickFixes(offers);
  const output = chosen && (await pickOutput(model, target));
  if (!output) return;
  const fixes = { ids: chosen.map(({ id }) => id), ...(layers.length ? { nodes: [...layers] } : {}) };
  const { fixed } = await host.jobs.run(`Fix ${name} for ${target}`, { ...job, fixes, output: output.fsPath }, model.fsPath);
  if (!fixed) return;
  await vscode.commands.executeCommand('lathe.compare', model, output);
  const quantize = 'Quantize It';
  const pressed = await vscode.window.showInformationMessage(`${path.basename(output.fsPath)}: ${fixedSummary(fixed)}.`, quantize);
  if (pressed === quantize) await vscode.commands.executeCommand('lathe.compress', output, 'quantize');
}

/** Boards that rewritings are known for. */
async function pickBoard(): Promise<string | undefined> {
  const { fittedTargets } = await import('../../../engine/fit/boards.ts');
  const items = fittedTargets().map((name) => ({ label: findTarget(name)?.title ?? name, description: name, name }));
  const placeHolder = 'Fix for which board?';
  return (await vscode.window.showQuickPick(items, { ignoreFocusOut: true, placeHolder, matchOnDescription: true }))?.name;
}

/** What computes the same is marked; the rest has to be wanted. Cuts as well: of one file they make several. */
const isSafe = ({ id, effect }: FixOffer): boolean => effect === 'exact' && !id.startsWith('cut-');

async function pickFixes(offers: readonly FixOffer[]): Promise<readonly FixOffer[] | undefined> {
  const items = offers.map((offer) => ({ label: offer.title, ...offerText(offer), picked: isSafe(offer), offer }));
  const placeHolder = 'What may be rewritten in a copy?';
  const chosen = await vscode.window.showQuickPick(items, { canPickMany: true, ignoreFocusOut: true, placeHolder, matchOnDetail: true });
  return chosen?.length ? chosen.map(({ offer }) => offer) : undefined;
}

async function pickOutput(model: vscode.Uri, target: string): Promise<vscode.Uri | undefined> {
  const beside = path.join(path.dirname(model.fsPath), `${path.basename(model.fsPath).replace(/\.onnx$/i, '')}.${target}.onnx`);
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(beside),
    filters: { ONNX: ['onnx'] },
    title: 'Write the fixed copy to',
  });
}

function tellNothing({ nodes, title }: CheckDocument, some: boolean): void {
  const refused = nodes.filter(({ verdict }) => verdict === 'no').length;
  const of = some ? 'these layers' : 'this model';
  const text = refused === 0 && !some ? `${title} takes every layer of this model.` : `There is nothing to rewrite of ${of} for ${title}.`;
  void vscode.window.showInformationMessage(text);
}
