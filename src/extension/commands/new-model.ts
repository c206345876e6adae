import path from 'node:path';
import * as vscode from 'vscode';
import type { Architecture } from '../../engine/architectures/index.ts';
import type { NewModelSettings } from '../../engine/architectures/settings.ts';
import { ask, askAll, keep, type back } from '../compress/pick.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import type { Host } from '../host.ts';
import { requireTrust } from '../jobs/runner.ts';

interface Chosen {
  architecture?: Architecture;
  classes?: number;
  input?: [number, number, number];
  width?: number;
}

type Input = [number, number, number];

const title = 'New model';
const steps = 4;
/** Pictures that people train on: CIFAR, small crops, ImageNet. */
const usualInputs: readonly Input[] = [
  [3, 32, 32],
  [3, 64, 64],
  [3, 96, 96],
  [3, 224, 224],
];
const mostClasses = 1_000_000;
const mostPixels = 65_536;

/** Writes an untrained model of a named architecture, where the user wants it, and opens it. Throws LatheError. */
export async function newModel(host: Host): Promise<void> {
  requireTrust();
  const { architectures } = await import('../../engine/architectures/index.ts');
  const chosen = await askAll<Chosen>({}, [(asked) => which(asked, architectures), forClasses, ofInput, ofWidth]);
  if (!chosen?.architecture) return;
  const { name } = chosen.architecture;
  const [base] = vscode.workspace.workspaceFolders ?? [];
  const defaultUri = base ? vscode.Uri.joinPath(base.uri, `${name}.onnx`) : undefined;
  const file = await vscode.window.showSaveDialog({ title, filters: { 'ONNX models': ['onnx'] }, ...(defaultUri ? { defaultUri } : {}) });
  if (!file) return;
  const { classes, input, width } = chosen;
  const settings: NewModelSettings = {
    new: name,
    ...(classes === undefined ? {} : { classes }),
    ...(input ? { input } : {}),
    ...(width === undefined ? {} : { width }),
  };
  const { warnings } = await host.jobs.run(`New ${path.basename(file.fsPath)}`, { kind: 'new', settings, output: file.fsPath });
  for (const warning of warnings) void vscode.window.showWarningMessage(warning);
  await vscode.commands.executeCommand('vscode.openWith', file, ModelEditor.viewType, { preview: false });
}

async function which(chosen: Chosen, all: readonly Architecture[]): Promise<boolean | typeof back> {
  const items = all.map((architecture) => ({ label: architecture.name, detail: architecture.summary, architecture }));
  const answer = await ask({ title, step: 1, steps, placeholder: 'Which architecture?', items });
  return keep(answer, ({ architecture }) => (chosen.architecture = architecture));
}

async function forClasses(chosen: Chosen): Promise<boolean | typeof back> {
  const { usual } = chosen.architecture!;
  const published = usual.classes === undefined ? 'As many outputs as input channels' : `${usual.classes} classes`;
  const answer = await ask<vscode.QuickPickItem & { classes?: number }>({
    title,
    step: 2,
    steps,
    placeholder: 'For how many classes? Type a number, or take those of the published model.',
    items: [{ label: published, description: 'as published' }],
    typed: (text) => {
      const classes = wholeNumber(text, mostClasses);
      return classes === undefined ? undefined : { label: `${classes} classes`, description: 'as typed', classes };
    },
  });
  return keep(answer, ({ classes }) => (chosen.classes = classes));
}

async function ofInput(chosen: Chosen): Promise<boolean | typeof back> {
  const { usual } = chosen.architecture!;
  const own = usual.input.join('×');
  const others = usualInputs.filter((input) => input.join('×') !== own);
  const answer = await ask<vscode.QuickPickItem & { input?: Input }>({
    title,
    step: 3,
    steps,
    placeholder: 'Which input? Channels×height×width; others can be typed.',
    items: [{ label: own, description: 'as published' }, ...others.map((input) => ({ label: input.join('×'), input }))],
    typed: (text) => {
      const parts = text.split(/[×x*,\s]+/).map((part) => wholeNumber(part, mostPixels));
      const [channels, height, width] = parts;
      if (parts.length !== 3 || channels === undefined || height === undefined || width === undefined) return undefined;
      return { label: `${channels}×${height}×${width}`, description: 'as typed', input: [channels, height, width] };
    },
  });
  return keep(answer, ({ input }) => (chosen.input = input));
}

async function ofWidth(chosen: Chosen): Promise<boolean | typeof back> {
  const items = [
    { label: 'Full width', detail: 'The channels of the published model.', width: undefined },
    { label: 'Three quarters', detail: 'About 56 % of its multiply-adds.', width: 0.75 },
    { label: 'Half', detail: 'About a quarter of its multiply-adds: a student for distillation.', width: 0.5 },
    { label: 'A quarter', detail: 'About a sixteenth of its multiply-adds.', width: 0.25 },
  ];
  return keep(await ask({ title, step: 4, steps, placeholder: 'How wide?', items }), ({ width }) => (chosen.width = width));
}

function wholeNumber(text: string, most: number): number | undefined {
  const value = Number(text);
  return /^\s*\d+\s*$/.test(text) && value >= 1 && value <= most ? value : undefined;
}
