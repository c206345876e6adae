import * as vscode from 'vscode';
import { modelFileOf } from '../../../engine/recipe/composed-file.ts';
import { modelMessages } from '../../../protocol/webview.ts';
import { runsFolder } from '../../settings.ts';
import { ModelDocument } from '../model-document.ts';
import type { FileReader } from '../file-reader.ts';
import type { OriginRun } from '../run-origin.ts';
import type { ViewPart } from '../view-part.ts';
import { answerWeights } from '../weights-reader.ts';

/** Looks into the tensors of a layer, and what a run did to it. */
export const weights: ViewPart = {
  attach({ document, channel }) {
    let original: Promise<FileReader | undefined> | undefined;
    channel.onQuestion(modelMessages.origin, async ({ node }) => {
      const run = await runOf(document);
      if (!run) return null;
      const { layerOrigin } = await import('../run-origin.ts');
      const { name } = await document.detail(node);
      return (await layerOrigin(run, name)) ?? null;
    });
    return [
      answerWeights(channel, {
        reader: () => document.reader(),
        original: () => (original ??= originalOf(document)),
      }),
    ];
  },
};

async function runOf({ uri }: ModelDocument): Promise<OriginRun | undefined> {
  if (uri.scheme !== 'file') return undefined;
  const { originRun } = await import('../run-origin.ts');
  return originRun(uri.fsPath, runsFolder(uri));
}

/** The model that the run began with, as it is now. */
async function originalOf(document: ModelDocument): Promise<FileReader | undefined> {
  const run = await runOf(document);
  const model = run?.made ? modelFileOf(run.record.recipe) : undefined;
  return model === undefined ? undefined : new ModelDocument(vscode.Uri.file(model)).reader();
}
