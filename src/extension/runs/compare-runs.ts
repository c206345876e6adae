import type { Host } from '../host.ts';
import { pickRuns } from './pick-runs.ts';

/** Puts the runs of these folders side by side; asks which where there are fewer than two. */
export async function compareRuns(host: Host, given: readonly string[]): Promise<void> {
  const folders = given.length >= 2 ? given : await pickRuns(host, given);
  if (!folders) return;
  (await import('./runs-panel.ts')).openRunsPanel(host, folders);
}
