import path from 'node:path';
import type * as vscode from 'vscode';
import type { InputDeclaration } from '../../engine/data/source.ts';
import { scanModel } from '../../engine/onnx/scan.ts';
import type { InputQuestion } from '../../protocol/webview.ts';
import { previewPictures, type Host } from '../host.ts';
import { declaredInput } from '../recipe/declared-input.ts';
import { geometry, guessInput, inputDeclaration, presets, type InputGuess } from './input-guess.ts';
import { askInput } from './input-panel.ts';
import type { FoundPictures } from './pictures.ts';

const previewCount = 4;

/**
 * Shows sample pictures as the model will get them and returns the accepted settings as a recipe has them; undefined when the user
 * turned away. Throws LatheError where the model takes no picture.
 */
export async function checkInput(host: Host, model: vscode.Uri, pictures: FoundPictures): Promise<InputDeclaration | undefined> {
  const guess = guessInput(await scanModel(model.fsPath), await declaredInput(model));
  const choice = await askInput(host.context.extensionUri, {
    question: questionOf(path.basename(model.fsPath), guess),
    preview: ({ color, fit }) => previewPictures(host, spread(pictures.files), guess.input, { color, ...geometry(fit, guess) }),
  });
  return choice && inputDeclaration(choice, guess);
}

/** A few files, evenly over all: of different classes where folders are classes. */
function spread(files: readonly string[]): string[] {
  const step = Math.max(1, Math.floor(files.length / previewCount));
  return files.filter((_, i) => i % step === 0).slice(0, previewCount);
}

function questionOf(model: string, { input, shape, choice, origin, certain }: InputGuess): InputQuestion {
  const fixed = shape.height !== null && shape.width !== null;
  const channels = shape.channels === 1 ? 'gray' : shape.channels === 3 ? 'three channels' : 'gray or colour';
  return {
    model,
    input: `Its input ${JSON.stringify(input.name)}: ${fixed ? `${shape.width}×${shape.height}` : 'any size'}, ${channels}, ${shape.layout.toUpperCase()}`,
    colors: shape.channels === 1 ? ['gray'] : shape.channels === 3 ? ['rgb', 'bgr'] : ['rgb', 'bgr', 'gray'],
    fits: fixed ? ['none', 'stretch', 'crop', 'pad'] : ['none'],
    choice,
    origin,
    certain,
    presets,
  };
}
