import path from 'node:path';
import * as vscode from 'vscode';
import { Cancelled } from '../../../engine/base/errors.ts';
import { fileLink, green, plain, yellow } from '../text.ts';
import { placeOf, runJob, type Work } from './work.ts';

/** Files that are programs in disguise: reading them may run what somebody else has written. */
const canRunCode = /\.(pt|pth|pkl|keras|h5)$/i;

/** Task `import`: a file of another framework to ONNX, through the user's own Python. */
export async function importWork(work: Work): Promise<number> {
  const { task } = work;
  const file = placeOf(work, task.model!);
  const { dir, name } = path.parse(file);
  const output = task.output === undefined ? path.join(dir, `${name}.onnx`) : placeOf(work, task.output);
  const job = {
    kind: 'import',
    file,
    output,
    ...(task.shapes ? { shapes: Object.values(task.shapes).map((dims) => [...dims]) } : {}),
    ...(task.architecture === undefined ? {} : { architecture: { call: task.architecture } }),
  } as const;
  const title = `Import ${path.basename(file)}`;
  const document = await runJob(work, title, job).catch(async (error: unknown) => {
    // Without consent only what can't run code is read; the job says when that is not enough.
    if (!(error instanceof Error && 'code' in error && error.code === 'import.untrusted' && canRunCode.test(file))) throw error;
    const agree = 'Read It All the Same';
    const detail = `${file}\n\nFiles of this kind can hold programs, and reading it runs them as you. Do so only if you trust who made it.`;
    if ((await vscode.window.showWarningMessage('This file may run code of its own.', { modal: true, detail }, agree)) !== agree)
      throw new Cancelled();
    return runJob(work, title, { ...job, trusted: true });
  });
  const tools = Object.entries(document.tools).map(([tool, version]) => `${tool} ${version}`).join(', '); // prettier-ignore
  for (const warning of document.warnings) work.line(`${yellow('warning')} ${plain(warning)}`);
  work.line(`${green('imported')} ${plain(document.source)} as ${fileLink(document.output.path)}${tools ? ` (${plain(tools)})` : ''}`);
  return 0;
}
