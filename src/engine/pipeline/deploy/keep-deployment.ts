import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { DeployDocument } from '../../../protocol/results/board.ts';
import { writeJsonAtomic } from '../atomic.ts';
import { runReport } from '../report-run.ts';
import { safeName } from '../run-folder.ts';
import { deploymentsFolder } from './read-deployments.ts';

/**
 * Keeps what was measured on a board in the folder of the run whose result it was, in the place of what was measured there before, and writes the
 * run's report anew. Returns the file.
 */
export async function keepDeployment(document: DeployDocument): Promise<string> {
  const folder = path.join(document.run, deploymentsFolder);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${safeName(`${document.target}-${document.host ?? 'planned'}`)}.json`);
  await writeJsonAtomic(file, document);
  await runReport({ kind: 'report', runs: [document.run] });
  return file;
}
