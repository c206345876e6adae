import * as vscode from 'vscode';
import { Cancelled, formatError, LatheError } from '../../engine/base/errors.ts';
import type { Job, JobResult } from '../../protocol/job.ts';
import type { AnalyzeDocument } from '../../protocol/results/analyze.ts';
import type { EvaluateDocument } from '../../protocol/results/evaluate.ts';
import type { RunDocument, SearchDocument } from '../../protocol/results/run.ts';
import type { OutcomeView } from '../../protocol/view.ts';
import type { JobRunner } from './runner.ts';
import type { JobEnd } from './running-job.ts';
import { analyzeSummary, evaluateSummary, runSummary, searchSummary } from './wording.ts';

/** More than these nobody looks back at; the runs view keeps all. */
const mostOutcomes = 3;

/** Where the buttons of an outcome lead. */
interface Follow {
  /** Absolute paths. */
  readonly output?: string;
  readonly run?: string;
  readonly report?: string;
  readonly recipe?: string;
}

interface Outcome {
  readonly model: string;
  readonly view: OutcomeView;
  readonly follow: Follow;
}

/** How the last jobs for each model ended, until somebody looked at it. What was cancelled has no outcome. */
export class JobOutcomes implements vscode.Disposable {
  #outcomes: Outcome[] = [];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listener: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(
    jobs: JobRunner,
    private readonly output: vscode.LogOutputChannel,
  ) {
    this.#listener = jobs.onDidEnd((end) => this.#take(end));
  }

  of(model: vscode.Uri): OutcomeView[] {
    return this.#outcomes.filter((outcome) => outcome.model === model.fsPath).map(({ view }) => view);
  }

  /** Goes where a button leads, and takes the outcome from the list. */
  async follow(id: number, to: OutcomeView['next'][number]['id'] | 'dismiss'): Promise<void> {
    const found = this.#outcomes.find(({ view }) => view.id === id);
    if (!found) return;
    this.#outcomes = this.#outcomes.filter((outcome) => outcome !== found);
    this.#changed.fire();
    const { model, follow } = found;
    if (to === 'compare' && follow.output !== undefined) {
      const [a, b] = [vscode.Uri.file(model), vscode.Uri.file(follow.output)];
      await vscode.commands.executeCommand('lathe.compare', a, b, follow.run);
    }
    if (to === 'report' && follow.report !== undefined)
      await (await import('../runs/report.ts')).openReport(vscode.Uri.file(follow.report));
    if (to === 'recipe' && follow.recipe !== undefined) {
      await vscode.window.showTextDocument(vscode.Uri.file(follow.recipe), { viewColumn: vscode.ViewColumn.Beside, preview: false });
    }
    if (to === 'output') this.output.show();
  }

  #take(end: JobEnd): void {
    const { job } = end;
    if (job.model === undefined || ('error' in end && end.error instanceof Cancelled)) return;
    const told = 'error' in end ? failure(end.error) : success(job.kind, end.result);
    if (!told) return;
    const view: OutcomeView = { id: job.id, title: job.title, text: told.text, failed: 'error' in end, next: told.next };
    const own = this.#outcomes.filter(({ model }) => model === job.model);
    // A job that is run again replaces what it said before.
    const kept = own.filter((outcome) => outcome.view.title !== job.title).slice(-(mostOutcomes - 1));
    const others = this.#outcomes.filter(({ model }) => model !== job.model);
    this.#outcomes = [...others, ...kept, { model: job.model, view, follow: told.follow }];
    this.#changed.fire();
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }
}

interface Told {
  readonly text: string;
  readonly next: OutcomeView['next'];
  readonly follow: Follow;
}

function failure(error: unknown): Told {
  const text = error instanceof LatheError ? formatError(error).replace(/\s*\n\s*/g, ': ') : String(error);
  return { text, next: [{ id: 'output', label: 'Show output' }], follow: {} };
}

/** undefined for a document that has nothing to look at. */
function success(kind: Job['kind'], result: JobResult): Told | undefined {
  switch (kind) {
    case 'run':
      return 'run' in result && 'models' in result ? runTold(result as RunDocument) : undefined;
    case 'search': {
      const { recipe, report } = result as SearchDocument;
      const next: OutcomeView['next'] = [
        { id: 'recipe', label: 'Open recipe' },
        { id: 'report', label: 'Report' },
      ];
      return { text: searchSummary(result as SearchDocument), next, follow: { recipe, report } };
    }
    case 'analyze':
      return 'layers' in result ? { text: analyzeSummary(result as AnalyzeDocument), next: [], follow: {} } : undefined;
    case 'evaluate':
      return 'metric' in result ? { text: evaluateSummary(result as EvaluateDocument), next: [], follow: {} } : undefined;
    default:
      return undefined;
  }
}

function runTold(run: RunDocument): Told {
  const output = run.models.findLast(({ role }) => role === 'output')?.path;
  const report = { id: 'report', label: 'Report' } as const;
  if (output === undefined) return { text: runSummary(run), next: [report], follow: { run: run.run, report: run.report } };
  const follow = { run: run.run, report: run.report, output };
  return { text: runSummary(run), next: [{ id: 'compare', label: 'Compare' }, report], follow };
}
