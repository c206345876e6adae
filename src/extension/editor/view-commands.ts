import * as vscode from 'vscode';
import { count, shape, visible } from '../../protocol/format.ts';
import { modelMessages } from '../../protocol/webview.ts';
import type { Host } from '../host.ts';

/** Commands of the window that a model view does itself, by what they are called in package.json: the same as its own menus and keys. */
const ofTheView: Readonly<Record<string, [what: string, id: string]>> = {
  'lathe.find': ['Find', 'find'],
  'lathe.nextWorst': ['Next worst layer', 'next-worst'],
  'lathe.previousWorst': ['Previous worst layer', 'previous-worst'],
  'lathe.fitGraph': ['Fit graph', 'fit'],
  'lathe.expandGroups': ['Expand all groups', 'expand-all'],
  'lathe.collapseGroups': ['Collapse all groups', 'collapse-all'],
  'lathe.nextMode': ['Switch graph and table', 'next-mode'],
  'lathe.toggleDetails': ['Toggle side panel', 'panel'],
  'lathe.aboutModel': ['About this model', 'about'],
  'lathe.exportSvg': ['Export graph as SVG', 'save-svg'],
  'lathe.exportPng': ['Export graph as PNG', 'save-png'],
  'lathe.showKeys': ['Show keys', 'help'],
};

export const viewCommands: Readonly<Record<string, [what: string, run: (host: Host) => Promise<void>]>> = {
  ...Object.fromEntries(
    Object.entries(ofTheView).map(([command, [what, id]]) => [
      command,
      [what, async ({ steering }: Host) => steering.active?.channel.tell(modelMessages.command, { id })] as const,
    ]),
  ),
  'lathe.goToLayer': ['Go to layer', goToLayer],
};

/** Longer names are cut in the list. */
const shownName = 200;

/** Chooses a layer of the active model by typing a part of its name, operator or shape. */
async function goToLayer({ steering }: Host): Promise<void> {
  const view = steering.active;
  if (!view) return;
  const { layers } = await view.document.view();
  const items = layers.map(({ index, name, op, outputShape, macs }) => ({
    label: visible(name.slice(0, shownName)),
    description: [visible(op.slice(0, shownName)), shape(outputShape), macs ? `${count(macs)} MACs` : ''].filter(Boolean).join(' · '),
    index,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    placeHolder: 'Go to layer: name, operator or shape',
    matchOnDescription: true,
  });
  if (chosen) view.channel.tell(modelMessages.reveal, { layers: [chosen.index] });
}
