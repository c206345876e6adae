import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ImportJob } from '../../../protocol/job.ts';
import type { ImportDocument } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import { readModel, writeModel } from '../../onnx/file.ts';
import { createOrtRuntime } from '../../runtime/ort-node.ts';
import type { ToolDeps } from '../jobs.ts';
import { openForeign } from './foreign-file.ts';
import { compareWithOrigin, type ImportProof, type ProofFiles } from './proof.ts';
import { askPython, findPython, lacking, packageNames, type Python } from './python.ts';
import { importSources } from './sources/index.ts';
import type { ImportSource, Recognised } from './sources/source.ts';

/** Opset of the written model: the newest that ONNX Runtime, our engine and all three converters know. */
const usualOpset = 17;

/** Loading TensorFlow alone takes half a minute on a slow disk; a large network some minutes. */
const limitMs = 30 * 60_000;

/** Beyond this part of the largest output, something was converted wrongly; float32 sums in another order stay far below. */
const tolerance = 1e-3;

/** Modules whose functions make networks and do nothing else. */
const wellKnown = /^(torchvision\.models(\.\w+)*|timm):[A-Za-z_]\w*$/;
const callForm = /^[A-Za-z_][\w.]*:[A-Za-z_]\w*$/;

/**
 * Turns a file of another framework into ONNX by the user's own Python, in a process of its own, and proves the result: ONNX Runtime on it
 * against the framework on the same seeded inputs. Throws `import.*` with what to do.
 */
export async function runImport(job: ImportJob, deps: ToolDeps): Promise<ImportDocument> {
  const { source, recognised } = await recogniseFile(job.file);
  checkRequest(job, recognised);
  const python = await usablePython(job, recognised, deps);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-import-'));
  try {
    const { warnings, proof: files } = await convert(job, { source, recognised, python, folder }, deps);
    const model = await readModel(path.join(folder, 'model.onnx'));
    const proof = files ? await prove(folder, files, deps) : undefined;
    await writeModel(model, job.output, { externalData: 'never' });
    const { size } = await stat(job.output);
    const { version, packages } = python;
    return {
      output: { path: job.output, bytes: size },
      warnings: files
        ? proof
          ? warnings
          : [...warnings, 'the outputs could not be compared: not as many, or not of the same shape']
        : warnings,
      source: recognised.title,
      tools: { python: version, ...packages },
      ...(proof ? { proof } : {}),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function recogniseFile(name: string): Promise<{ source: ImportSource; recognised: Recognised }> {
  if (/\.onnx$/i.test(name)) throw new LatheError('import.kind', 'this is an ONNX model already', { file: name, hint: 'Use it as it is.' });
  const file = await openForeign(name);
  for (const source of importSources) {
    const recognised = await source.recognise(file);
    if (recognised) return { source, recognised };
  }
  throw new LatheError('import.kind', 'this is none of the files that can be turned into ONNX', {
    file: name,
    hint: 'Known are PyTorch (.pt, .pth, .pt2, .safetensors), Keras (.keras, .h5), TensorFlow Lite (.tflite) and SavedModel folders.',
  });
}

function checkRequest(
  { file, architecture, shapes, trusted }: ImportJob,
  { title, kind, danger, needsArchitecture, needsShape }: Recognised,
): void {
  const named = architecture?.call;
  if (named !== undefined && !callForm.test(named)) {
    throw new LatheError('import.architecture', `${JSON.stringify(named)} names no function`, {
      hint: 'Write module:function, as torchvision.models:resnet18.',
    });
  }
  if (needsArchitecture && named === undefined) {
    throw new LatheError('import.architecture', `${title}: it holds weights, but not the network they belong to`, {
      file,
      hint: 'Name the function that makes it: --architecture torchvision.models:resnet18.',
    });
  }
  if (needsShape && !shapes?.length) {
    throw new LatheError('import.shape', `${title}: it does not say how large its input is`, {
      file,
      hint: 'Say it: --shape 1,3,224,224.',
    });
  }
  const own = needsArchitecture && named !== undefined && !wellKnown.test(named) ? `${named} is code of yours that would run` : undefined;
  const reason = danger ?? own;
  if (reason !== undefined && !trusted) {
    throw new LatheError('import.runs-code', `${title}: ${reason}`, {
      file,
      hint: `Where you trust the file as you would trust a program, say so: --trust-code.${kind === 'pickle' ? ' Better: save the weights alone (state_dict).' : ''}`,
    });
  }
}

async function usablePython(job: ImportJob, { title, packages }: Recognised, { processes, context }: ToolDeps): Promise<Python> {
  const program = job.python ?? (await findPython(processes, process.env));
  if (program === undefined) {
    throw new LatheError('import.no-python', `${title}: there is no Python on this machine to convert it`, {
      file: job.file,
      hint: 'Install Python 3.8 or newer (https://www.python.org/downloads), or name one: --python PROGRAM.',
    });
  }
  const python = await askPython(processes, program, packageNames(packages), context.signal);
  const missing = lacking(python, packages);
  if (missing.length === 0) return python;
  const wanted = packages.map(({ name, least }) => `${name}>=${least}`);
  throw new LatheError('import.packages', `${title}: in ${program} ${missing.join(', and ')}`, {
    file: job.file,
    hint: `Install what is missing (${program} -m pip install "${wanted.join('" "')}"), or name another Python: --python PROGRAM.`,
  });
}

interface Conversion {
  readonly source: ImportSource;
  readonly recognised: Recognised;
  readonly python: Python;
  /** Absolute; of this job alone. */
  readonly folder: string;
}

interface ScriptResult {
  readonly warnings: string[];
  readonly proof: ProofFiles | null;
}

const phases: Readonly<Record<string, number>> = { load: 0, convert: 1 };

async function convert(job: ImportJob, { source, recognised, python, folder }: Conversion, deps: ToolDeps): Promise<ScriptResult> {
  const { context, processes, onProgress } = deps;
  const script = path.join(folder, 'convert.py');
  const result = path.join(folder, 'result.json');
  await writeFile(script, source.script);
  await writeFile(path.join(folder, 'request.json'), JSON.stringify(requestOf(job, recognised, folder, result)));
  const report = (line: string): void => {
    const done = phases[line.trim()];
    if (done !== undefined) onProgress({ phase: line.trim(), done, total: 2, unit: 'steps', fraction: done / 2 });
    else context.logger.debug(line);
  };
  const command = { program: python.program, arguments: [script, path.join(folder, 'request.json')], folder };
  const finished = await processes.run(command, { signal: context.signal, limitMs, onLine: report });
  const answer = await resultIn(result);
  if (answer && 'error' in answer) throw new LatheError(answer.error.code, answer.error.message, { file: job.file });
  if (answer && finished.exitCode === 0) return answer;
  const last = finished.stderr.trim().split('\n').pop() ?? '';
  const how = finished.timedOut ? 'took longer than half an hour' : `ended with ${finished.signal ?? `exit code ${finished.exitCode}`}`;
  throw new LatheError(
    'import.failed',
    `the conversion ${how}${last ? `: ${last.slice(0, 400)}` : ''}`,
    { file: job.file, hint: 'Try again with --verbose.' },
    1,
  );
}

const requestOf = (job: ImportJob, { kind }: Recognised, folder: string, result: string): object => ({
  kind,
  file: job.file,
  safetensors: /\.safetensors$/i.test(job.file),
  folder,
  result,
  output: path.join(folder, 'model.onnx'),
  call: job.architecture?.call ?? '',
  arguments: job.architecture?.arguments ?? {},
  shapes: job.shapes ?? [],
  opset: job.opset ?? usualOpset,
  trusted: job.trusted ?? false,
  // The user's own module lies beside the file; it is looked for there only with consent.
  searchPath: job.trusted ? path.dirname(job.file) : null,
});

async function resultIn(file: string): Promise<ScriptResult | { error: { code: string; message: string } } | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ScriptResult;
  } catch {
    return undefined; // the script ended before it could say anything
  }
}

async function prove(folder: string, files: ProofFiles, { context }: ToolDeps): Promise<ImportProof | undefined> {
  const runtime = await createOrtRuntime();
  const session = await runtime.load({ path: path.join(folder, 'model.onnx') }, { optimize: 'all', threads: context.threads });
  try {
    const proof = await compareWithOrigin(session, folder, files);
    if (proof && proof.maxAbs > tolerance * proof.largest) {
      throw new LatheError(
        'import.differs',
        `the converted model answers otherwise: outputs differ by ${proof.maxAbs.toPrecision(3)} of ${proof.largest.toPrecision(3)}`,
        { hint: 'The converter got something wrong; another version or --opset may help.' },
        1,
      );
    }
    return proof;
  } finally {
    await session.dispose();
  }
}
