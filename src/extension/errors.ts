import * as vscode from 'vscode';
import { Cancelled, formatError, LatheError } from '../engine/base/errors.ts';

/** What went wrong, for people. */
export function describe(error: unknown): string {
  if (error instanceof LatheError) return formatError(error);
  return error instanceof Error ? error.message : String(error);
}

/** Runs what a command does; what goes wrong becomes one notification and the details in the output. Never rejects. */
export async function reporting<T>(output: vscode.LogOutputChannel, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    report(output, what, error);
    return undefined;
  }
}

function report(output: vscode.LogOutputChannel, what: string, error: unknown): void {
  if (error instanceof Cancelled) {
    output.info(`${what}: cancelled`);
    vscode.window.setStatusBarMessage(`$(circle-slash) ${what}: cancelled`, 5000);
    return;
  }
  const known = error instanceof LatheError;
  const text = describe(error);
  output.error(`${what}: ${known || !(error instanceof Error) ? text : (error.stack ?? text)}`);
  const show = 'Show Output';
  const shown = vscode.window.showErrorMessage(`${what}: ${text.replace(/\s*\n\s*/g, ' — ')}`, show);
  void shown.then((pressed) => pressed === show && output.show());
}
