import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { CompileJob } from '../../../protocol/job.ts';
import type { CompileDocument } from '../../../protocol/results/board.ts';
import { chainStages } from '../../chain/stages.ts';
import { compositionOf, splitChain } from '../../chain/split.ts';
import type { Composition } from '../../onnx/chain-metadata.ts';
import { cutGraph } from '../../onnx/cut.ts';
import { readModel, writeModel } from '../../onnx/file.ts';
import type { Model } from '../../onnx/graph.ts';
import { scanModel } from '../../onnx/scan.ts';
import { findChainTarget } from '../../targets/chain/index.ts';
import type { ToolDeps } from '../jobs.ts';
import { safeName } from '../run-folder.ts';
import { networkName } from './workspace.ts';

/** A chain whose models are compiled one by one. */
export interface ChainParts {
  readonly composition: Composition;
  readonly links: Composition['links'];
}

/** Undefined for a model that is none of a chain, and for a chain that goes to the compiler as one. Throws `chain.metadata`. */
export async function chainParts({ model, target, settings }: CompileJob): Promise<ChainParts | undefined> {
  if (!model.toLowerCase().endsWith('.onnx') || !existsSync(model)) return undefined;
  const { chain = 'auto' } = settings;
  const files = chain === 'auto' ? findChainTarget(target)?.files : chain;
  const composition = files === 'each' ? compositionOf(await scanModel(model)) : undefined;
  return composition && { composition, links: composition.links };
}

/** Compiles each model into a folder of its own, inside that of the job. Throws what compiling one throws, and `chain.split`. */
export async function compileParts(
  { composition, links }: ChainParts,
  job: CompileJob,
  deps: ToolDeps,
  compile: (job: CompileJob, deps: ToolDeps) => Promise<CompileDocument>,
): Promise<CompileDocument> {
  const folder = job.folder ?? path.join(path.dirname(job.model), `${networkName(job.model)}-${job.target}`);
  const whole = await readModel(job.model);
  const parts: NonNullable<CompileDocument['parts']> = [];
  for (const [at, link] of links.entries()) {
    const model = path.join(folder, safeName(`${link.alias}.onnx`));
    const through = await writePart(whole, composition, link, model, job);
    const own: CompileJob = {
      ...job,
      model,
      folder: path.join(folder, safeName(link.alias)),
      settings: { ...job.settings, chain: 'whole' },
      ...(through === undefined ? {} : { through }),
    };
    const onProgress: ToolDeps['onProgress'] = (one) =>
      deps.onProgress({ ...one, phase: `${link.alias}: ${one.phase}`, fraction: (at + one.fraction) / links.length });
    parts.push({ ...(await compile(own, { ...deps, onProgress })), alias: link.alias });
  }
  return together(parts, folder, job, betweenText(whole, composition));
}

/** Writes a model by itself, and what makes its input of the pictures where it is not the first; a dry run writes nothing. Returns the second. */
async function writePart(
  whole: Model,
  composition: Composition,
  { alias, inputs }: Composition['links'][number],
  file: string,
  { dryRun, calibration }: CompileJob,
): Promise<string | undefined> {
  const part = splitChain(whole, composition, alias);
  const [only, ...others] = inputs;
  const isFirst = inputs.every(({ value }) => whole.graph.isInput(value));
  const before = path.join(path.dirname(file), safeName(`${alias}.before.onnx`));
  if (!dryRun) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeModel(part, file);
  }
  // Of several inputs no compiler takes calibration pictures.
  if (isFirst || !calibration || !only || others.length) return undefined;
  const value = [only.value, only.source].find((name) => name !== undefined && whole.graph.defines(name));
  if (!dryRun) await writeModel(cutGraph(whole, whole.graph.inputs, [value!]), before);
  return before;
}

/** What the calling program has to compute between the models: it is in none of the files. */
function betweenText(whole: Model, composition: Composition): string[] {
  return chainStages(whole, composition).flatMap(({ alias, conversions }) => {
    const ops = conversions.filter(({ op }) => !/^(Quantize|Dequantize)Linear$/.test(op)).map(({ op }) => op);
    return ops.length ? [`In front of ${alias} the program that calls it computes ${ops.join(', ')}: none of the files has that.`] : [];
  });
}

function together(
  parts: NonNullable<CompileDocument['parts']>,
  folder: string,
  { target, dryRun }: CompileJob,
  between: readonly string[],
): CompileDocument {
  const sum = (of: (part: CompileDocument) => number): number => parts.reduce((all, part) => all + of(part), 0);
  const unique = <Item>(items: readonly Item[]): Item[] => [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
  const counted = parts.every(({ subgraphs }) => subgraphs);
  return {
    output: { path: folder, bytes: sum(({ output }) => output.bytes) },
    // That parts are not written yet goes without saying.
    warnings: dryRun ? [] : parts.flatMap(({ warnings, alias }) => warnings.map((one) => `${alias}: ${one}`)),
    target,
    plan: parts.flatMap(({ alias, plan }) => plan.map((one) => ({ ...one, title: `${alias}: ${one.title}` }))),
    findings: parts.flatMap(({ alias, findings }) =>
      findings.map((one) => ({ ...one, ...(one.layer === undefined ? {} : { layer: `${alias}:${one.layer}` }) })),
    ),
    ...(counted
      ? { subgraphs: { total: sum((part) => part.subgraphs!.total), accelerator: sum((part) => part.subgraphs!.accelerator) } }
      : {}),
    onCpu: parts.flatMap(({ alias, onCpu = [] }) =>
      onCpu.map((one) => ({ ...one, ...(one.layer === undefined ? {} : { layer: `${alias}:${one.layer}` }) })),
    ),
    notes: [...unique(parts.flatMap(({ notes }) => notes)), ...between],
    files: parts.flatMap(({ files }) => files),
    missing: unique(parts.flatMap(({ missing }) => missing)),
    seconds: sum(({ seconds }) => seconds),
    parts,
  };
}
