import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CheckDocument, CompileDocument, DeployDocument, PlannedCommand } from '../../../protocol/results/board.ts';
import type { LatheError } from '../../base/errors.ts';
import { scanModel } from '../../onnx/scan.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import type { DeployEntry } from '../../targets/deploy-settings.ts';
import type { BoardFigures, RunPlan } from '../../targets/run-plan.ts';
import type { Board } from '../../transport/ssh/board.ts';
import { openHere } from '../../transport/here.ts';
import { openBoard } from '../../transport/ssh/open-board.ts';
import { checkedPlace } from '../../transport/ssh/place.ts';
import type { ToolDeps } from '../jobs.ts';
import { askBoard, requireAll, runnerFor } from './ask-board.ts';
import { writeChainFiles } from './chain-files.ts';
import { checkFingerprint, compiledChain, compileFor, verdictFor } from './compiled.ts';
import type { DeployedRun } from './final-model.ts';
import { measureBoard } from './measure-board.ts';
import { modelOutputs } from './model-outputs.ts';
import { picturesFor, writePictures } from './pictures.ts';
import { plannedCommands, plannedHere } from './planned.ts';
import { runOnBoard } from './run-on-board.ts';
import { stepTitles } from './step-titles.ts';
import { StepRecord } from './steps.ts';

export interface EntryRequest {
  readonly recipe: ResolvedRecipe;
  readonly run: DeployedRun;
  /** Its defaults filled in. */
  readonly entry: DeployEntry & { readonly target: string; readonly host: string };
  readonly ask?: boolean;
  /** On this machine instead of its host, without ssh. */
  readonly here?: boolean;
  /** Which of the job's entries it is. */
  readonly position: { readonly index: number; readonly of: number };
}

/**
 * One entry of `deploy:` on its board. What has been found out stands in `document` also when it throws; the board is cleared away in any
 * case. Throws LatheErrors and Cancelled.
 */
export async function deployEntry(request: EntryRequest, document: DeployDocument, deps: ToolDeps): Promise<void> {
  const { position } = request;
  const record = new StepRecord(Object.values(stepTitles), deps.context.clock, deps.onProgress, position);
  document.steps = record.steps;
  const folder = await mkdtemp(path.join(tmpdir(), 'lathe-deploy-'));
  let board: Board | undefined;
  try {
    const connect = async (): Promise<Board> => (board = await connectTo(request, record, deps));
    await work(request, document, record, { deps, folder, connect });
    await record.do(stepTitles.clear, async () => board?.close());
  } catch (error) {
    document.steps = [...record.steps, ...record.rest()];
    throw error;
  } finally {
    await board?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const connectTo = ({ entry, ask, here }: EntryRequest, record: StepRecord, { processes, context }: ToolDeps): Promise<Board> =>
  record.do(stepTitles.connect, () =>
    here
      ? openHere(processes)
      : openBoard(entry, processes, { folder: entry.folder ?? 'lathe', signal: context.signal, ...(ask ? { ask: true } : {}) }),
  );

interface Work {
  readonly deps: ToolDeps;
  /** Of this machine, for what is prepared and what comes back. */
  readonly folder: string;
  readonly connect: () => Promise<Board>;
}

async function work(request: EntryRequest, document: DeployDocument, record: StepRecord, { deps, folder, connect }: Work): Promise<void> {
  const { entry, run, recipe } = request;
  const { context } = deps;
  const runner = runnerFor(entry.target);
  const warn = (text: string): void => void document.warnings.push(text);
  addCheck(document, await record.do(stepTitles.check, () => verdictFor(run.model, entry, deps, warn)));
  const board = await connect();
  const state = await record.do(stepTitles.ask, async (tell) => {
    const found = await askBoard(runner, board, context.signal);
    tell.detail(found.summary);
    document.board = found.summary;
    requireAll(found, board.title);
    return found;
  });
  const compiled = await record.do(stepTitles.compile, async (tell) => {
    const made = await compileFor(run.model, run.folder, { entry, recipe, state }, deps);
    if (!made) tell.detail('not needed');
    else checkFingerprint(made, state, board.title);
    return made;
  });
  await addFile(document, compiled, run.model);
  const model = await scanModel(run.model);
  const pictures = await picturesFor(model, recipe, entry.pictures, context);
  const written = await record.do(stepTitles.pictures, (tell) =>
    writePictures(model, pictures, path.join(folder, 'inputs'), context.signal, (done) => tell.progress(done, pictures.count, 'pictures')),
  );
  const outputs = modelOutputs(model);
  const chain =
    compiledChain(compiled, runner) ?? (runner.onAnyComputer ? await writeChainFiles(run.model, path.join(folder, 'chain')) : undefined);
  const runRequest = {
    model: document.model.path,
    inputs: written.files,
    entry,
    board: state,
    ...(outputs ? { outputs } : {}),
    ...(chain ? { chain } : {}),
  };
  const plan = runner.plan(runRequest);
  // As it is done: by now it is known what the board has.
  document.plan = [...(compiled?.plan ?? []), ...plannedOn(request, path.basename(document.model.path), plan)];
  const { figures, kept } = await runOnBoard({ board, runner, request: runRequest, plan, model, folder }, record, deps);
  addFigures(document, figures);
  document.measured = new Date(context.clock.now()).toISOString();
  await record.do(stepTitles.measure, async (tell) => {
    if (!figures.outputs || written.files.length === 0) return tell.detail('there are no outputs to compare');
    const measured = { run, recipe, target: entry.target, pictures, written, outputs: figures.outputs };
    Object.assign(document, await measureBoard(measured, deps, warn));
  });
  if (entry.keep === false && kept !== undefined) await board.removeModel(kept, context.signal);
}

const plannedOn = ({ entry, here }: EntryRequest, model: string, plan: RunPlan): PlannedCommand[] =>
  here ? plannedHere(plan) : plannedCommands(entry, checkedPlace(entry), model, plan);

function addCheck(document: DeployDocument, check: CheckDocument | undefined): void {
  if (!check) return;
  document.model.macs = check.macs.all;
  document.model.acceleratorMacs = check.macs.accelerator;
  if (check.chain) document.chain = { plan: check.chain };
  const refused = check.nodes.filter(({ verdict }) => verdict === 'no');
  if (refused.length === 0) return;
  const [first] = refused;
  const others = refused.length === 1 ? '' : `, and ${refused.length - 1} more`;
  document.warnings.push(
    `${check.title} leaves ${first!.name} (${first!.op}) to the CPU: ${first!.reason}${others}; \`lathe check\` tells all of it`,
  );
}

async function addFile(document: DeployDocument, compiled: CompileDocument | undefined, model: string): Promise<void> {
  const file = compiled?.output.path ?? model;
  document.model.path = file;
  document.model.bytes = compiled?.parts ? compiled.output.bytes : (await stat(file)).size;
  if (!compiled) return;
  if (compiled.subgraphs) document.model.subgraphs = compiled.subgraphs;
  document.findings = compiled.findings;
  document.warnings.push(...compiled.warnings);
}

function addFigures(document: DeployDocument, { latencyMs, fps, power, chain, notes }: BoardFigures): void {
  if (document.chain && chain) document.chain.measured = chain;
  if (latencyMs) document.latencyMs = { ...latencyMs };
  if (fps) document.fps = fps.map((one) => ({ ...one }));
  if (power) document.power = { ...power };
  document.warnings.push(...notes);
}

/** Why an entry failed, as plain data. */
export const plainFailure = (error: LatheError): NonNullable<DeployDocument['error']> => ({
  code: error.code,
  message: error.message,
  ...(error.place.hint === undefined ? {} : { hint: error.place.hint }),
  exitCode: error.exitCode,
});
