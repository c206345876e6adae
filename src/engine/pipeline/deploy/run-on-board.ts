import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import type { BoardFigures, BoardRunner, RunPlan, RunRequest } from '../../targets/run-plan.ts';
import type { Board } from '../../transport/ssh/board.ts';
import type { ToolDeps } from '../jobs.ts';
import type { StepRecord } from './steps.ts';
import { stepTitles } from './step-titles.ts';

/** Of a runner's own results: times, names, notes. */
const resultBytes = 64 << 20;
/** Of one picture's outputs, where the model does not say how large they are. */
const unknownOutputBytes = 16 << 20;

export interface RunOnBoard {
  readonly board: Board;
  readonly runner: BoardRunner;
  readonly request: RunRequest;
  /** The runner's for this request. */
  readonly plan: RunPlan;
  /** The ONNX model, for what its outputs take. */
  readonly model: Model;
  /** Of this machine; results are fetched into it. */
  readonly folder: string;
}

/** Copies what the plan names, runs its steps and reads the results. `kept`: the model's name in our folder on the board. */
export async function runOnBoard(
  { board, runner, request, plan, model, folder }: RunOnBoard,
  record: StepRecord,
  { context }: ToolDeps,
): Promise<{ readonly figures: BoardFigures; readonly kept?: string }> {
  const { signal } = context;
  const kept = await record.do(stepTitles.copy, async (tell) => {
    const onBytes = (done: number, total: number): void => tell.progress(done, total, 'bytes');
    const models = plan.files.filter((file) => 'local' in file && file.local === request.model);
    let name: string | undefined;
    let sentBytes = 0;
    for (const file of models) {
      const sent = await board.putModel(request.model, file.name, { signal, onBytes });
      name = sent.kept;
      sentBytes += sent.sentBytes;
    }
    await board.put(plan.files.filter((file) => !models.includes(file)), { signal, onBytes }); // prettier-ignore
    const before = models.length && sentBytes === 0 ? '; the model was there already' : '';
    tell.detail(`${plan.files.length} files into ${board.folder}${before}`);
    return name;
  });
  const logs = await runSteps(board, plan, record, signal);
  const results = path.join(folder, 'results');
  const mostBytes = resultBytes + request.inputs.length * outputBytes(model);
  await record.do(stepTitles.fetch, async (tell) => {
    const onBytes = (done: number, total: number): void => tell.progress(done, total, 'bytes');
    // A runner that failed may have told why, and nothing else.
    const files = await board.get(plan.results, results, { signal, mostBytes, onBytes, ifThere: logs.failure !== undefined });
    tell.detail(`${files.length} files`);
  });
  const figures = await readResults(runner, results, logs, request);
  return { figures, ...(kept === undefined ? {} : { kept }) };
}

interface Logs {
  readonly texts: Readonly<Record<string, string>>;
  /** Of the step that failed; those behind it were not begun. */
  readonly failure?: LatheError;
}

async function runSteps(board: Board, plan: RunPlan, record: StepRecord, signal: AbortSignal): Promise<Logs> {
  const texts: Record<string, string> = {};
  for (const { title, command, limitMs, log } of plan.steps) {
    const failure = await record.do(title, async (tell) => {
      const onLine = (line: string): void => {
        const percent = Number(/^progress (\d{1,3})\b/.exec(line)?.[1] ?? NaN);
        if (percent <= 100) tell.progress(percent, 100, '%');
      };
      const finished = await board.run(command, { signal, limitMs, onLine });
      if (log !== undefined) texts[log] = `${finished.stdout}${finished.stderr}`;
      if (finished.exitCode === 0) return undefined;
      const how = finished.timedOut ? `it took longer than ${Math.round(limitMs / 1000)} s and was ended` : endOf(finished);
      tell.detail(how);
      return new LatheError('board.run', `${title} failed on ${board.title}: ${how}`, {}, 1);
    });
    if (failure) return { texts, failure };
  }
  return { texts };
}

function endOf({ stderr, stdout, exitCode }: { stderr: string; stdout: string; exitCode: number | null }): string {
  const said = (stderr.trim() || stdout.trim()).split('\n').at(-1)?.slice(0, 500);
  return exitCode === 137 ? 'it was killed (the board may have run out of memory)' : said || `exit code ${exitCode}`;
}

/** The runner's own account of a failure says more than an exit code. */
async function readResults(runner: BoardRunner, folder: string, { texts, failure }: Logs, request: RunRequest): Promise<BoardFigures> {
  try {
    const figures = await runner.read(folder, texts, request);
    if (failure) throw failure;
    return figures;
  } catch (error) {
    const told = error instanceof LatheError && error.code !== 'board.result';
    throw failure && !told ? failure : error;
  }
}

/** What the outputs of one picture take at most as arrays of 8 bytes, headers included. */
function outputBytes({ graph }: Model): number {
  let bytes = 0;
  for (const { type } of graph.outputs) {
    const dims = type?.kind === 'tensor' ? (type.shape ?? [null]) : [null];
    const known = dims.every((dim, i) => typeof dim === 'number' || i === 0) && dims.length > 0;
    const elements = dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
    bytes += known ? 8 * elements + 1024 : unknownOutputBytes;
  }
  return bytes;
}
