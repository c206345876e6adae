import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import type { RunningJob } from '../jobs/running-job.ts';

interface JobItem extends vscode.QuickPickItem {
  readonly job: RunningJob;
}

const cancel: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('debug-stop'), tooltip: 'Cancel' };
const output: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('output'), tooltip: 'Show output' };

/** The jobs that run or wait, with their progress as it goes on: choosing one shows it among the runs, its button ends it. */
export async function showJobs({ jobs, output: log }: Host): Promise<void> {
  if (jobs.jobs.length === 0) {
    void vscode.window.showInformationMessage('No job of Lathe is running.');
    return;
  }
  const pick = vscode.window.createQuickPick<JobItem>();
  pick.placeholder = 'Running jobs. Enter shows one among the runs; its button ends it.';
  pick.buttons = [output];
  pick.keepScrollPosition = true;
  const draw = (): void => {
    if (jobs.jobs.length === 0) return pick.hide();
    const [active] = pick.activeItems;
    pick.items = jobs.jobs.map((job) => {
      const share = job.fraction === undefined ? '' : `${Math.floor(job.fraction * 100)} %`;
      return { label: job.title, description: share, detail: job.text, buttons: [cancel], alwaysShow: true, job };
    });
    if (active) pick.activeItems = pick.items.filter(({ job }) => job.id === active.job.id);
  };
  const listener = jobs.onDidChange(draw);
  const chosen = await new Promise<RunningJob | undefined>((resolve) => {
    pick.onDidTriggerItemButton(({ item }) => item.job.cancel());
    pick.onDidTriggerButton(() => {
      log.show();
      pick.hide();
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.job);
      pick.hide();
    });
    pick.onDidHide(() => resolve(undefined));
    draw();
    pick.show();
  });
  listener.dispose();
  pick.dispose();
  if (chosen) await vscode.commands.executeCommand('lathe.runs.focus');
}
