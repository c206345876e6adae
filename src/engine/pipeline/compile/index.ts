import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CompileJob } from '../../../protocol/job.ts';
import type { CompileDocument, PlannedCommand, ToolFinding } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import { fillDefaults } from '../../recipe/defaults.ts';
import { compilers, findCompiler } from '../../targets/boards.ts';
import type { CompiledFile, CompilePlan, Compiler, CompileRequest, ToolAnswer } from '../../targets/compile-plan.ts';
import { compileSettings, type CompileSettings } from '../../targets/deploy-settings.ts';
import { writeFileAtomic } from '../atomic.ts';
import { runExport } from '../export/index.ts';
import type { ToolDeps } from '../jobs.ts';
import { BoundedLog } from './bounded-log.ts';
import { calibrationName, writeCalibration } from './calibration.ts';
import { chainParts, compileParts } from './chain.ts';
import { commandText } from './command-text.ts';
import { layersOfFile } from './layers.ts';
import { failureOf, findingsOf, onCpuOf } from './outcome.ts';
import { cleanUp, runStep } from './run-step.ts';
import { copyModel, deliver, folderId, madeFile, networkName, openWorkspace, workFolder, writeFiles } from './workspace.ts';

const logFile = 'compile.log';
const questionLimitMs = 20_000;
/** Endings of exported files that are not their format's name. */
const exportedEndings: Readonly<Record<string, string>> = { xmodel: '_int.xmodel', float: '.onnx' };

/**
 * Runs a vendor's compiler on a model: exports it where the compiler takes another container, works in a folder of its own, and delivers the
 * file only where it is what was asked for. `dryRun` says what would be done and neither runs nor writes anything. Throws `compile.*`, what the
 * export throws, Cancelled.
 */
export async function runCompile(job: CompileJob, deps: ToolDeps): Promise<CompileDocument> {
  const parts = await chainParts(job);
  return parts ? compileParts(parts, job, deps, compileOne) : compileOne(job, deps);
}

async function compileOne(job: CompileJob, deps: ToolDeps): Promise<CompileDocument> {
  const work = await prepared(job, deps);
  if (job.dryRun) {
    const plan = work.compiler.plan(work.request);
    const absent = existsSync(job.model) ? [] : [`${job.model} is not there yet`];
    return { ...documentOf(work, plan, job), warnings: absent };
  }
  return compileIn(work, job, deps);
}

/** What is known before anything is written. */
interface Prepared {
  readonly compiler: Compiler;
  /** Where the result goes. */
  readonly folder: string;
  readonly request: CompileRequest;
  /** The model is written in the compiler's container first. */
  readonly exported: boolean;
}

async function prepared(job: CompileJob, { processes, context }: ToolDeps): Promise<Prepared> {
  const compiler = compilerFor(job.target);
  const settings = fillDefaults(compileSettings, job.settings) as CompileSettings;
  const ending = path.extname(job.model).toLowerCase();
  const exported = !compiler.takes.includes(ending);
  if (exported && ending !== '.onnx') throw unknownEnding(compiler, job.model, ending);
  const name = networkName(job.model);
  const model = exported ? `${name}${exportedEndings[compiler.format] ?? `.${compiler.format}`}` : `${name}${ending}`;
  const folder = job.folder ?? path.join(path.dirname(job.model), `${name}-${job.target}`);
  const tools: Record<string, string> = {};
  for (const { name: program } of compiler.programs) {
    const found = await processes.find(program);
    if (found !== undefined) tools[program] = found;
  }
  // A board that was asked says what is compiled for, where nobody has.
  const architecture = settings.architecture ?? job.fingerprint;
  const chosen = { ...settings, ...(architecture === undefined ? {} : { architecture }) };
  const answers: Record<string, ToolAnswer> = {};
  for (const { name: question, command } of job.dryRun ? [] : (compiler.questions?.(chosen, tools, model) ?? []))
    answers[question] = await answerTo(processes.run(command, { signal: context.signal, limitMs: questionLimitMs, keptBytes: 1 << 18 }));
  const request: CompileRequest = {
    model,
    name,
    folder: workFolder(folder),
    settings: chosen,
    tools,
    answers,
    ...(compiler.calibration && job.calibration ? { calibration: calibrationName(compiler.calibration) } : {}),
    ...(job.fingerprint === undefined ? {} : { fingerprint: job.fingerprint }),
    ...(process.getuid && process.getgid ? { user: { uid: process.getuid(), gid: process.getgid() } } : {}),
    id: folderId(folder),
  };
  return { compiler, folder, request, exported };
}

async function answerTo(asked: Promise<ToolAnswer>): Promise<ToolAnswer> {
  try {
    const { exitCode, stdout, stderr } = await asked;
    return { exitCode, stdout, stderr };
  } catch (error) {
    if (!(error instanceof LatheError) || error.code === 'cancelled') throw error;
    return { exitCode: null, stdout: '', stderr: error.message };
  }
}

function compilerFor(target: string): Compiler {
  const found = findCompiler(target);
  if (found) return found;
  const there = compilers.map((compiler) => compiler.target).join(', ');
  throw new LatheError(
    'compile.target',
    `there is no compiler for ${JSON.stringify(target)}; there are compilers for ${there || 'no target'}`,
    {
      hint: 'The targets cpu, cpu-arm64 and cpu-x64-vnni run ONNX files as they are.',
    },
  );
}

function unknownEnding({ takes, format, target }: Compiler, model: string, ending: string): LatheError {
  const all = ['.onnx', ...takes].join(', ');
  return new LatheError(
    'compile.format',
    `the compiler for ${target} takes ${all}, not ${ending === '' ? 'a file without an ending' : ending}`,
    {
      file: model,
      hint: `Convert it to ONNX first (lathe import), quantize it for ${target}; it is written as ${format} by itself then.`,
    },
  );
}

async function compileIn(work: Prepared, job: CompileJob, deps: ToolDeps): Promise<CompileDocument> {
  const { compiler, request, folder } = work;
  const { context, processes } = deps;
  const began = context.clock.monotonic();
  const plan = compiler.plan(request);
  const [lacking] = plan.missing;
  if (lacking)
    throw new LatheError('compile.tool-missing', `compiling for ${job.target} needs ${lacking.what}`, { hint: lacking.advice }, 1);
  for (const note of plan.notes) context.logger.info(note);
  const isNew = !existsSync(path.join(folder, logFile));
  const workspace = await openWorkspace(folder);
  try {
    if (workspace.leftBehind) for (const step of plan.steps) await cleanUp(step.cleanUp, processes, context);
    const warnings = await placeModel(work, job, deps);
    await writeFiles(workspace.folder, plan.files);
    const layerOf = await layersOfFile(job.model);
    const tell = (findings: readonly ToolFinding[]): void => deps.onPartial?.({ findings });
    const made = await runSteps({ work, plan, deps, layerOf, tell });
    warnings.push(...made.warnings);
    const output = await deliver(workspace.folder, plan, folder);
    const document = documentOf(work, plan, job, isNew);
    const { subgraphs = made.log.subgraphs, fingerprint, toolVersions } = made.file;
    return {
      ...document,
      output: { path: output, bytes: made.bytes },
      warnings,
      findings: made.findings,
      ...(subgraphs ? { subgraphs } : {}),
      onCpu: onCpuOf(made.log, made.file, layerOf),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(toolVersions ? { toolVersions: { ...toolVersions } } : {}),
      log: path.join(folder, logFile),
      seconds: (context.clock.monotonic() - began) / 1000,
    };
  } finally {
    await workspace.close();
  }
}

/** The model, and pictures where the compiler wants some, in the job's folder. Returns what the export warns of. */
async function placeModel({ compiler, request, exported }: Prepared, job: CompileJob, { context }: ToolDeps): Promise<string[]> {
  const to = path.join(request.folder, request.model);
  const warnings = exported ? (await runExport({ kind: 'export', model: job.model, format: compiler.format, output: to })).warnings : [];
  if (!exported) {
    compiler.checkModel?.(job.model);
    await copyModel(job.model, to);
  }
  if (compiler.calibration && job.calibration)
    await writeCalibration(job.model, job.calibration, compiler.calibration, request.folder, context, job.through);
  return [...warnings];
}

interface Steps {
  readonly work: Prepared;
  readonly plan: CompilePlan;
  readonly deps: ToolDeps;
  readonly layerOf: (name: string) => string | undefined;
  readonly tell: (findings: readonly ToolFinding[]) => void;
}

interface Made {
  readonly log: ReturnType<Compiler['readLog']>;
  readonly file: CompiledFile;
  readonly findings: ToolFinding[];
  readonly bytes: number;
  readonly warnings: string[];
}

/** Runs the plan; the log is kept however it ends. */
async function runSteps({ work, plan, deps, layerOf, tell }: Steps): Promise<Made> {
  const { compiler, request, folder } = work;
  const log = new BoundedLog();
  const kept = path.join(folder, logFile);
  const warnings: string[] = [];
  try {
    for (const [i, step] of plan.steps.entries()) {
      deps.onProgress({ phase: step.title, done: i, total: plan.steps.length, unit: 'steps', fraction: i / plan.steps.length });
      const finished = await runStep(step, { ...deps, folder: request.folder, log });
      log.add(`exit code ${finished.exitCode ?? finished.signal}`);
      const done = step.makes === undefined ? finished.exitCode === 0 : madeFile(request.folder, step.makes) !== undefined;
      if (!done) {
        const findings = findingsOf(compiler.readLog(log.lines()).messages, layerOf);
        tell(findings);
        throw failureOf(step, finished, findings, lastWords(log), kept);
      }
      if (finished.exitCode !== 0)
        warnings.push(`${step.title}: it ended with exit code ${finished.exitCode ?? finished.signal}, but its file is there`);
    }
    const bytes = madeFile(request.folder, plan.output);
    if (bytes === undefined)
      throw new LatheError('compile.failed', `no file ${plan.output} was made`, { hint: `All that was printed: ${kept}` }, 1);
    const read = compiler.readLog(log.lines());
    const file = compiler.inspect?.(path.join(request.folder, plan.output), request) ?? { messages: [] };
    const findings = findingsOf([...read.messages, ...file.messages], layerOf);
    tell(findings);
    const wrong = file.messages.find(({ severity }) => severity === 'error');
    if (wrong)
      throw new LatheError('compile.wrong-output', wrong.message, { ...(wrong.hint === undefined ? {} : { hint: wrong.hint }) }, 1);
    return { log: read, file, findings, bytes, warnings };
  } finally {
    await writeFileAtomic(kept, `${log.lines().join('\n')}\n`);
  }
}

/** The last line of a tool that is none of ours. */
const lastWords = (log: BoundedLog): string =>
  log.lines().findLast((line) => line.trim() !== '' && !/^(?:\$ |exit code )/.test(line)) ?? '';

function documentOf(work: Prepared, plan: CompilePlan, job: CompileJob, isNew = true): CompileDocument {
  const { request, folder, exported, compiler } = work;
  const own: PlannedCommand[] = exported
    ? [
        {
          title: `Write the model as ${compiler.format}`,
          where: 'here',
          text: commandText(
            {
              program: 'lathe',
              arguments: ['export', job.model, '--format', compiler.format, '-o', path.join(request.folder, request.model)],
            },
            folder,
          ),
        },
      ]
    : [];
  return {
    output: { path: path.join(folder, path.basename(plan.output)), bytes: 0 },
    warnings: [],
    target: job.target,
    plan: [...own, ...plan.steps.map(({ title, command }) => ({ title, where: 'here', text: commandText(command, request.folder) }))],
    findings: [],
    notes: [...plan.notes, ...(isNew && plan.licence !== undefined ? [plan.licence] : [])],
    files: plan.files.map(({ name, text }) => ({ path: path.join(request.folder, name), text })),
    missing: [...plan.missing],
    seconds: 0,
  };
}
