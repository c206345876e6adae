import * as vscode from 'vscode';
import type { FixView } from '../../protocol/compare-messages.ts';

/** What may be written into the recipe for a layer that lost too much. */
export const fixes: FixView[] = [
  { label: 'Keep in float', value: 'float' },
  { label: '8 bits', value: '8' },
];

/** Lets the steering of the first model write a setting for one of its layers into the recipe. */
export async function fixLayer(model: vscode.Uri, layer: string, value: string): Promise<void> {
  await vscode.commands.executeCommand('lathe.setLayer', model, layer, value);
}
