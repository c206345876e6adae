import { LatheError } from '../base/errors.ts';
import type { LoadedSample } from '../data/types.ts';
import type { Model, ValueInfo } from '../onnx/graph.ts';
import type { NumericArray } from '../onnx/tensor.ts';
import type { Feeds } from './observer.ts';

/**
 * How one picture is fed to the model. A free batch dimension becomes 1; a fixed one is filled with the same picture again and
 * again, which changes no range and scales every count alike. Throws LatheError `data.inputs` when the model needs several
 * inputs, `data.shape` when the picture's shape does not fit.
 */
export function pictureFeeder(model: Model): (sample: LoadedSample) => Feeds {
  const inputs = model.graph.requiredInputs;
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    const names = inputs.map(({ name }) => JSON.stringify(name)).join(', ') || 'none';
    throw new LatheError('data.inputs', `pictures can be fed to one input, and the model needs ${inputs.length} (${names})`, {
      file: model.path,
      hint: 'Make the other inputs constants of the model, or give them a default.',
    });
  }
  return (sample) => feed(input, sample, model.path);
}

function feed(input: ValueInfo, sample: LoadedSample, file: string | undefined): Feeds {
  const { dims, data, type } = sample.input;
  const declared = input.type?.kind === 'tensor' ? input.type.shape : undefined;
  if (declared && declared.length === dims.length) return { [input.name]: sample.input };
  const batch = typeof declared?.[0] === 'number' ? declared[0] : 1;
  const rest = declared?.slice(1);
  if (rest && (rest.length !== dims.length || rest.some((dim, i) => typeof dim === 'number' && dim !== dims[i]))) {
    throw new LatheError('data.shape', `a sample of shape ${dims.join('×')} does not fit the input ${declared!.join('×')}`, {
      file: sample.id,
      node: input.name,
      hint: `Check size, crop and layout of the input settings${file ? ` for ${file}` : ''}.`,
    });
  }
  return { [input.name]: { type, dims: [batch, ...dims], data: batch === 1 ? data : repeated(data, batch) } };
}

function repeated(data: NumericArray | readonly string[], times: number): NumericArray | string[] {
  if (!ArrayBuffer.isView(data)) return Array.from({ length: times }, () => data).flat();
  const all = new (data.constructor as new (length: number) => NumericArray)(data.length * times);
  for (let i = 0; i < times; i++) all.set(data as never, i * data.length);
  return all;
}
