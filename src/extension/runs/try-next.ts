import path from 'node:path';
import * as vscode from 'vscode';
import { withLayers } from '../../engine/recipe/set-layers.ts';
import type { LayerOverride } from '../../engine/recipe/types.ts';
import type { NextRung } from '../../protocol/results/run.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import { writeFree } from '../recipe/free-file.ts';
import { runsFolder } from '../settings.ts';

/** The recipe with what was advised, as a file of its own beside the runs, and run. The one that was run stays as it is. */
export async function tryNext(host: Host, recipe: vscode.Uri, next: NextRung): Promise<void> {
  await reporting(host.output, 'Try this', async () => {
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(recipe));
    const folder = runsFolder(recipe);
    const change = { entries: layerEntries(next), comment: `${next.text}.`, ...(next.set ? { overrides: next.set } : {}) };
    const json = recipe.path.endsWith('.json');
    const changed = withLayers(text, change, path.dirname(recipe.fsPath), folder, json);
    const name = path.basename(recipe.fsPath).replace(/(-next)?(-\d+)?\.compress\.(ya?ml|json)$/i, '');
    const file = await writeFree(folder, `${name}-next`, `.compress.${json ? 'json' : 'yaml'}`, changed);
    await vscode.commands.executeCommand('lathe.runRecipe', file);
  });
}

const layerEntries = ({ layers = [] }: NextRung): [string, LayerOverride][] =>
  layers.map(([name, override]) => [name, override as LayerOverride]);
