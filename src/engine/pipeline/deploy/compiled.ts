import path from 'node:path';
import type { CheckDocument, CompileDocument } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import { findCompiler } from '../../targets/boards.ts';
import type { DeployEntry } from '../../targets/deploy-settings.ts';
import type { BoardRunner, BoardState, ChainRequest } from '../../targets/run-plan.ts';
import { runCheck } from '../check/index.ts';
import { runCompile } from '../compile/index.ts';
import type { ToolDeps } from '../jobs.ts';
import { safeName } from '../run-folder.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';

/** The part of the job's dependencies that its parts get: their progress is not the job's. */
const quietly = (deps: ToolDeps): ToolDeps => {
  const { onPartial: _, ...rest } = deps;
  return { ...rest, onProgress: () => {} };
};

/** Where each node would run; undefined where that can't be known, with the reason as a warning. */
export async function verdictFor(
  model: string,
  entry: DeployEntry,
  deps: ToolDeps,
  warn: (text: string) => void,
): Promise<CheckDocument | undefined> {
  const target = entry.target!;
  const architecture = entry.compile?.architecture;
  try {
    const check = await runCheck({ kind: 'check', model, target, ...(architecture === undefined ? {} : { architecture }) }, quietly(deps));
    for (const warning of check.warnings) warn(warning);
    for (const { node, message } of check.quantization.slice(0, 10)) warn(`${node}: ${message}`);
    return check;
  } catch (error) {
    if (!(error instanceof LatheError) || error.code === 'cancelled') throw error;
    warn(`what of the model runs on ${target} could not be checked: ${error.message}`);
    return undefined;
  }
}

/** Compiles for the entry's board, where its target needs that and the board does not do it by itself; in the run's folder. */
export async function compileFor(
  model: string,
  folder: string,
  { entry, recipe, state, dryRun }: { entry: DeployEntry; recipe: ResolvedRecipe; state?: BoardState; dryRun?: boolean },
  deps: ToolDeps,
): Promise<CompileDocument | undefined> {
  const target = entry.target!;
  const compiler = findCompiler(target);
  if (!compiler || compiler.onBoard) return undefined;
  const { calibration, input } = recipe.data;
  const request = calibration && { source: calibration, folder: recipe.folder, ...(input ? { input } : {}) };
  return runCompile(
    {
      kind: 'compile',
      model,
      target,
      settings: entry.compile ?? {},
      folder: path.join(folder, 'compiled', safeName(`${target}-${entry.host ?? 'planned'}`)),
      ...(request ? { calibration: request } : {}),
      ...(state?.fingerprint === undefined ? {} : { fingerprint: state.fingerprint }),
      ...(dryRun ? { dryRun } : {}),
    },
    quietly(deps),
  );
}

/** The files of a chain whose models were compiled one by one. Throws `deploy.chain` where the board is given one file only. */
export function compiledChain(compiled: CompileDocument | undefined, { takesParts, target }: BoardRunner): ChainRequest | undefined {
  if (!compiled?.parts) return undefined;
  if (!takesParts)
    throw new LatheError('deploy.chain', `on ${target} a chain is run from one file, and its models were compiled one by one`, {
      hint: 'Leave `chain: each` out of `compile:`.',
    });
  return {
    stages: compiled.parts.map(({ alias, output }) => ({ alias, model: output.path, inputs: [], outputs: [], passes: [] })),
    queue: 1,
  };
}

/** Before anything is copied: a board refuses, or hangs on, what was compiled for another accelerator. Throws `board.fingerprint`. */
export function checkFingerprint(compiled: CompileDocument | undefined, state: BoardState, title: string): void {
  const [ours, theirs] = [compiled?.fingerprint, state.fingerprint];
  if (ours === undefined || theirs === undefined || plain(ours) === plain(theirs)) return;
  throw new LatheError(
    'board.fingerprint',
    `the model was compiled for an accelerator with fingerprint ${ours}, ${title} has ${theirs}`,
    { hint: 'Leave `architecture` out of `compile:`, and the model is compiled for what the board has. Nothing was copied.' },
    1,
  );
}

const plain = (fingerprint: string): string => fingerprint.toLowerCase().replace(/^0x0*/, '');
