import type * as Ort from 'onnxruntime-node';
import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeName, type DataTypeName } from '../onnx/data-type.ts';
import type { NumericArray } from '../onnx/tensor.ts';
import { runtimeError } from './ort-error.ts';
import type { Runtime, RuntimeTensor, Session, SessionOptions, SessionValue } from './runtime.ts';

const levels = { none: 'disabled', basic: 'basic', extended: 'extended', all: 'all' } as const;

/** The types that onnxruntime-node can carry across; 4-bit, bfloat16, float8 and complex tensors it cannot. */
const carried = new Set<DataTypeName>([
  'float32', 'float64', 'float16', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'bool', 'string',
]); // prettier-ignore

/**
 * ONNX Runtime through onnxruntime-node, loaded on the first call of this function and nowhere else. Its own log is off: what
 * goes wrong comes back as a LatheError. Throws `runtime.missing` when the package or its native library cannot be loaded.
 */
export async function createOrtRuntime(): Promise<Runtime> {
  const ort = await importOrt();
  ort.env.logLevel = 'fatal';
  return {
    name: 'onnxruntime-node',
    version: ort.env.versions.node ?? ort.env.versions.common,
    load: (model, options) => load(ort, model, options),
  };
}

/** The package itself, for this folder only. It is CommonJS: bundlers and Node differ in whether its exports sit under `default`. */
export async function importOrt(): Promise<typeof Ort> {
  try {
    const loaded: typeof Ort & { default?: typeof Ort } = await import('onnxruntime-node');
    return loaded.default ?? loaded;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const place = {
      hint: `Install the build of Lathe for ${process.platform}-${process.arch}; on Linux it needs glibc 2.28 or later.`,
      cause,
    };
    throw new LatheError('runtime.missing', `ONNX Runtime cannot be started: ${reason}`, place, 1);
  }
}

async function load(ort: typeof Ort, model: Uint8Array | { readonly path: string }, options: SessionOptions): Promise<Session> {
  const file = model instanceof Uint8Array ? undefined : model.path;
  const settings: Ort.InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    graphOptimizationLevel: levels[options.optimize],
    intraOpNumThreads: Math.max(1, options.threads),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableMemPattern: !options.unplannedMemory,
    logSeverityLevel: 4,
    extra: {
      session: { intra_op: { allow_spinning: options.spinning ? '1' : '0' }, ...(options.keepQdq && { disable_quant_qdq: '1' }) },
    },
    ...(options.optimizedModelPath !== undefined && { optimizedModelFilePath: options.optimizedModelPath }),
    ...(options.profilePrefix !== undefined && { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
  };
  try {
    const session = await (model instanceof Uint8Array
      ? ort.InferenceSession.create(model, settings)
      : ort.InferenceSession.create(model.path, settings));
    return wrap(ort, session, options.profilePrefix !== undefined, file);
  } catch (thrown) {
    const unknownType = /^Unsupported data type: (\d+)/.exec(thrown instanceof Error ? thrown.message : '');
    if (!unknownType) throw runtimeError('runtime.load', thrown, file);
    throw new LatheError('runtime.load', `an input or output of the model is ${dataTypeName(Number(unknownType[1]))}`, {
      file,
      hint: 'ONNX Runtime’s Node binding cannot pass such tensors; put a Cast to float32 at the model’s border.',
    });
  }
}

function wrap(ort: typeof Ort, session: Ort.InferenceSession, profiling: boolean, file: string | undefined): Session {
  let disposed = false;
  return {
    inputs: session.inputMetadata.map(describe),
    outputs: session.outputMetadata.map(describe),
    async run(feeds, fetches) {
      try {
        const given: Record<string, Ort.Tensor> = {};
        for (const [name, tensor] of Object.entries(feeds)) given[name] = toOrt(ort, tensor);
        const found = await (fetches ? session.run(given, fetches) : session.run(given));
        const results: Record<string, RuntimeTensor> = {};
        for (const [name, value] of Object.entries(found)) results[name] = fromOrt(name, value as Ort.Tensor);
        return results;
      } catch (thrown) {
        throw thrown instanceof LatheError ? thrown : runtimeError('runtime.run', thrown, file);
      }
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      if (profiling) session.endProfiling();
      await session.release();
    },
  };
}

function describe(value: Ort.InferenceSession.ValueMetadata): SessionValue {
  if (!value.isTensor) return { name: value.name, type: DataType.undefined, shape: [] };
  return { name: value.name, type: DataType[value.type as DataTypeName], shape: value.shape };
}

function toOrt(ort: typeof Ort, tensor: RuntimeTensor): Ort.Tensor {
  const name = dataTypeName(tensor.type) as DataTypeName;
  if (!carried.has(name)) throw notCarried(name);
  const Tensor = ort.Tensor as unknown as new (type: string, data: RuntimeTensor['data'], dims: readonly number[]) => Ort.Tensor;
  return new Tensor(name, tensor.data, tensor.dims);
}

function fromOrt(name: string, value: Ort.Tensor): RuntimeTensor {
  // Sequences and maps come back as arrays and plain objects.
  if (!(value.type in DataType)) throw notCarried(`not a tensor (output ${JSON.stringify(name)})`);
  const data = value.data as NumericArray | string[];
  const type = DataType[value.type as DataTypeName];
  // Newer Node versions have Float16Array and get float16 in it; the engine keeps the bits.
  const bits = type === DataType.float16 && !(data instanceof Uint16Array) && !Array.isArray(data);
  return { type, dims: value.dims, data: bits ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data };
}

const notCarried = (what: string): LatheError =>
  new LatheError('runtime.run', `ONNX Runtime’s Node binding cannot pass a value that is ${what}`, {
    hint: 'Put a Cast to float32 at the model’s border, or leave that output out.',
  });
