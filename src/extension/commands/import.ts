import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { ImportJob } from '../../protocol/job.ts';
import type { ImportDocument } from '../../protocol/results/board.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import type { Host } from '../host.ts';
import { requireTrust } from '../jobs/runner.ts';
import { pythonPath } from '../settings.ts';

const title = 'Import model';
/** `pb`: of a SavedModel. */
const endings = ['pt', 'pth', 'pt2', 'safetensors', 'keras', 'h5', 'tflite', 'pb'];

/**
 * Turns a model of PyTorch, Keras, TensorFlow or TensorFlow Lite into ONNX by the user's Python, beside the file, and opens it. What the
 * file does not tell is asked for once the job says that it needs it. Throws LatheError.
 */
export async function importModel(host: Host, given?: vscode.Uri): Promise<void> {
  requireTrust();
  const found = given ?? (await picked());
  if (!found) return;
  // A SavedModel is the folder around this file.
  const file = path.basename(found.fsPath) === 'saved_model.pb' ? vscode.Uri.joinPath(found, '..') : found;
  const output = await vscode.window.showSaveDialog({
    title,
    defaultUri: vscode.Uri.file(`${file.fsPath.replace(/\.[^./\\]+$/, '')}.onnx`),
    filters: { 'ONNX models': ['onnx'] },
  });
  if (!output) return;
  const python = pythonPath();
  const job: ImportJob = { kind: 'import', file: file.fsPath, output: output.fsPath, ...(python === undefined ? {} : { python }) };
  const document = await attempt(host, job);
  if (!document) return;
  for (const warning of document.warnings) void vscode.window.showWarningMessage(warning);
  await vscode.commands.executeCommand('vscode.openWith', output, ModelEditor.viewType, { preview: false });
}

async function picked(): Promise<vscode.Uri | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ title, filters: { Models: endings } })) ?? [];
  return file;
}

/** What may be missing, by the code of the error that says so: asks for it; undefined: the user gave up. */
const questions: Readonly<Record<string, (job: ImportJob, error: LatheError) => Promise<ImportJob | undefined>>> = {
  'import.architecture': askArchitecture,
  'import.shape': askShape,
  'import.runs-code': askConsent,
};

async function attempt(host: Host, job: ImportJob): Promise<ImportDocument | undefined> {
  const asked = new Set<string>();
  for (;;) {
    try {
      return await host.jobs.run(`Import ${path.basename(job.file)}`, job);
    } catch (error) {
      const ask = error instanceof LatheError && !asked.has(error.code) ? questions[error.code] : undefined;
      if (!ask) throw error;
      asked.add((error as LatheError).code);
      const more = await ask(job, error as LatheError);
      if (!more) return undefined;
      job = more;
    }
  }
}

async function askArchitecture(job: ImportJob, { message }: LatheError): Promise<ImportJob | undefined> {
  const call = await vscode.window.showInputBox({
    title,
    prompt: `${message}. Which function makes it?`,
    placeHolder: 'torchvision.models:resnet18',
    ignoreFocusOut: true,
    validateInput: (text) => (/^[A-Za-z_][\w.]*:[A-Za-z_]\w*$/.test(text) ? undefined : 'module:function, as torchvision.models:resnet18'),
  });
  if (call === undefined) return undefined;
  const given = await vscode.window.showInputBox({
    title,
    prompt: 'With which arguments? A JSON map; empty for none.',
    placeHolder: '{"num_classes": 10}',
    ignoreFocusOut: true,
    validateInput: (text) => (argumentsIn(text) ? undefined : 'A JSON map, as {"num_classes": 10}'),
  });
  return given === undefined ? undefined : { ...job, architecture: { call, arguments: argumentsIn(given) ?? {} } };
}

function argumentsIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.trim() || '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // half typed
  }
}

async function askShape(job: ImportJob, { message }: LatheError): Promise<ImportJob | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: `${message}. Sizes of the input; of several inputs, one after another with a semicolon.`,
    value: '1,3,224,224',
    ignoreFocusOut: true,
    validateInput: (typed) =>
      /^\s*\d{1,6}(\s*,\s*\d{1,6})*(\s*;\s*\d{1,6}(\s*,\s*\d{1,6})*)*\s*$/.test(typed) ? undefined : '1,3,224,224',
  });
  return text === undefined ? undefined : { ...job, shapes: text.split(';').map((one) => one.split(',').map(Number)) };
}

async function askConsent(job: ImportJob, { message }: LatheError): Promise<ImportJob | undefined> {
  const agree = 'Run Its Code';
  const detail = 'Go on only where you trust the file as you would trust a program from the same place.';
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, agree);
  return answer === agree ? { ...job, trusted: true } : undefined;
}
