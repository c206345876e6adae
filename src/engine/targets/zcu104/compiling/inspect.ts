import { LatheError } from '../../../base/errors.ts';
import { withFileSource } from '../../../onnx/file-source.ts';
import { aboutXir } from '../../../xir/about.ts';
import { scanXir } from '../../../xir/scan.ts';
import type { CompiledFile, ToolMessage } from '../../compile-plan.ts';
import { fingerprintDifference } from '../fingerprint.ts';
import type { WantedDpu } from './architecture.ts';

/** First bytes of HDF5, which `.h5` files of Keras are. */
const hdf5 = [0x89, 0x48, 0x44, 0x46];

/** Throws where a file is not what the compiler takes: `compile.compiled`, `compile.not-keras`, and what reading throws. */
export function checkQuantized(file: string): void {
  if (file.toLowerCase().endsWith('.h5')) {
    const begins = withFileSource(file, (source) => [...source.read(0, hdf5.length)]);
    if (hdf5.every((byte, i) => begins[i] === byte)) return;
    throw new LatheError('compile.not-keras', 'this is no .h5 file of Keras', {
      file,
      hint: 'Save the quantized model with model.save("name.h5").',
    });
  }
  const about = aboutXir(scanXir(file).graph);
  if (about.kind === 'quantized') return;
  const made = about.fingerprints[0];
  throw new LatheError('compile.compiled', `the model is compiled already${made ? `, for the DPU ${made.hex}` : ''}`, {
    file,
    hint: 'Compile the quantized graph that it was made from (*_int.xmodel), or the ONNX model.',
  });
}

/** Looks into a compiled file: is it one, for the DPU that was asked for, and what of the model did the DPU get? Throws what reading throws. */
export function inspectCompiled(file: string, wanted: WantedDpu, version: string | undefined): CompiledFile {
  const { graph } = scanXir(file);
  const about = aboutXir(graph);
  if (about.kind === 'quantized') {
    const message = 'what it made is a quantized graph, not a compiled one: it has no device sub-graphs';
    return { messages: [{ severity: 'error', code: 'vitis.not-compiled', message }] };
  }
  const accelerator = about.parts.filter(({ device }) => device === 'DPU').length;
  const fingerprint = about.fingerprints[0];
  const messages: ToolMessage[] = [];
  if (accelerator === 0) {
    messages.push({
      severity: 'error',
      code: 'vitis.nothing-on-dpu',
      message: 'nothing of the model runs on the DPU',
      hint: 'The reasons stand above; lathe check tells what can be done about each.',
    });
  } else if (accelerator > 1) {
    messages.push({
      severity: 'warning',
      code: 'vitis.split',
      message: `the model is cut into ${accelerator} parts on the DPU: between them data goes to the processor and back`,
      hint: 'What runs between them is listed; lathe check tells how to replace it.',
    });
  }
  for (const { hex } of about.fingerprints) {
    const difference = wanted.fingerprint === undefined ? undefined : fingerprintDifference(BigInt(hex), wanted.fingerprint);
    if (difference !== undefined) messages.push(otherDpu(difference, wanted));
  }
  if (version !== undefined && about.compiler !== undefined && !about.compiler.startsWith(`${version.split('.').slice(0, 2).join('.')}.`)) {
    const message = `the compiler says that it is ${about.compiler}, not ${version}`;
    messages.push({ severity: 'warning', code: 'vitis.version', message });
  }
  return {
    messages,
    subgraphs: { total: about.parts.length, accelerator },
    onCpu: about.fallbacks.map(({ op, type }) => ({ node: op, op: type })),
    ...(fingerprint === undefined ? {} : { fingerprint: fingerprint.hex }),
    toolVersions: Object.fromEntries(
      about.tools.map(([tool, commit]) => {
        // "xcompiler 3.0.0 : xir 3.0.0": a library behind those that brought it.
        const [, name = tool, number] = /^(?:.* : )?(.*) (\d+\.\d+\.\d+)$/.exec(tool) ?? [];
        return [name, number ?? commit];
      }),
    ),
  };
}

/** What follows from a version alone is a guess: tools from PATH may be of any. What was stated is not. */
const otherDpu = (difference: string, { asked, fingerprint }: WantedDpu): ToolMessage => ({
  severity: asked ? 'error' : 'warning',
  code: 'vitis.fingerprint',
  message: `the compiled file is for another DPU than wanted: ${difference.replace('the board has', 'wanted is')}`,
  hint: `Compile with the version of Vitis AI that the board’s image has (--version), or for its fingerprint: --architecture 0x${fingerprint!.toString(16)}.`,
});
