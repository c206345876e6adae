import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { CompareDocument, ComparedXir } from '../../protocol/results/compare.ts';
import type { Host } from '../host.ts';
import { runPictures } from './pictures.ts';
import { xirComparisonPage } from './xir-page.ts';

/** Pictures that are run where a run knows some; more hardly move an error in dB. */
const samples = 16;

/**
 * A model and the `.xmodel` that was made from it, node by node: as a page of its own. Numbers are computed where jobs may run: on the pictures of the run that
 * made the file, else on a random one. Throws LatheError as reading the files, `compare.virtual` where they are not on a disk.
 */
export async function compareWithXmodel(host: Host, a: vscode.Uri, b: vscode.Uri): Promise<void> {
  if (a.scheme !== 'file' || b.scheme !== 'file')
    throw new LatheError('compare.virtual', 'an .xmodel is compared where both files lie on a disk', {
      hint: 'Copy them to this machine.',
    });
  const document = await compared(host, a, b);
  const names = { a: path.basename(a.fsPath), b: path.basename(b.fsPath) };
  const page = await vscode.workspace.openTextDocument({ content: xirComparisonPage(document, names), language: 'markdown' });
  await vscode.commands.executeCommand('markdown.showPreview', page.uri);
}

async function compared(host: Host, a: vscode.Uri, b: vscode.Uri): Promise<CompareDocument & { xir: ComparedXir }> {
  if (vscode.workspace.isTrusted) {
    const title = `Compare ${path.basename(a.fsPath)} and ${path.basename(b.fsPath)}`;
    const pictures = await runPictures([b, a], undefined);
    const document = await host.jobs.run(title, { kind: 'compare', a: a.fsPath, b: b.fsPath, seed: 0, samples, ...pictures }, a.fsPath);
    if (document.xir) return { ...document, xir: document.xir };
  }
  const { xirStructure } = await import('../../engine/drawing/xir/structure.ts');
  return (await xirStructure({ a: a.fsPath, b: b.fsPath })).document;
}
