import { LatheError } from '../base/errors.ts';
import type { Model } from '../onnx/graph.ts';
import type { Architecture, ArchitectureRequest } from './architecture.ts';
import { architectures, findArchitecture } from './index.ts';
import { Network, type NetworkOutput, type Value } from './network.ts';
import type { NewModelSettings } from './settings.ts';

export interface NewModel {
  readonly model: Model;
  /** What may not be wanted, as sentences. */
  readonly warnings: string[];
}

export interface NewModelOptions {
  readonly signal: AbortSignal;
  /** Where the settings have none. */
  readonly seed?: number;
}

/** More values are no picture. */
const mostInput = 2 ** 28;

/**
 * An untrained model of a named architecture: opset 21, float32, any number of pictures at once, `input` [N, channels, height, width] to
 * `output` [N, classes], of a detector to its outputs. Equal settings give equal bytes. Throws `architecture.name`, `architecture.stride`, `architecture.input`,
 * `architecture.landmarks`, `architecture.size`, Cancelled.
 */
export async function newModel(settings: NewModelSettings, { seed = 0, signal }: NewModelOptions): Promise<NewModel> {
  const { network, ...made } = build(settings);
  await network.fill(settings.seed ?? seed, signal);
  return made;
}

/** The same in a moment, with weights that can't be read: for names, shapes and costs. */
export function outlineOf(settings: NewModelSettings): NewModel {
  const { model, warnings } = build(settings);
  return { model, warnings };
}

function build(settings: NewModelSettings): NewModel & { network: Network } {
  const architecture = findArchitecture(settings.new);
  if (!architecture) {
    const names = architectures.map(({ name }) => name).join(', ');
    const message = `there is no architecture ${JSON.stringify(settings.new.slice(0, 80))}`;
    throw new LatheError('architecture.name', message, { hint: `There are ${names}.` });
  }
  const request = requestOf(architecture, settings);
  const network = new Network(architecture.name, architecture.normalization);
  const output = architecture.build(network, network.input(request.input), request);
  return {
    network,
    model: network.outline('channels' in output ? [onlyOutput(output, architecture)] : output),
    warnings: tinyFeatures(request, architecture),
  };
}

/** Of a classifier [N, classes], of others a picture or maps. */
function onlyOutput({ name, channels, height, width }: Value, { usual }: Architecture): NetworkOutput {
  return { name: 'output', value: name, shape: usual.classes === undefined ? ['N', channels, height, width] : ['N', channels] };
}

/** A network that halves a small picture down to one pixel sees little of it. */
function tinyFeatures({ input, stride }: ArchitectureRequest, { strides }: Architecture): string[] {
  const side = Math.min(input[1], input[2]);
  if (side >= 2 * stride) return [];
  const better = strides.findLast((one) => side >= 4 * one) ?? strides[0]!;
  return [`An input of ${input[1]} × ${input[2]} leaves hardly a pixel of its last features: with a stride of ${better} (--stride ${better}) more is left to learn from.`];
} // prettier-ignore

function requestOf(architecture: Architecture, { classes, landmarks, input, width, stride }: NewModelSettings): ArchitectureRequest {
  const { name, usual, strides } = architecture;
  const size = input ?? usual.input;
  if (size[0] * size[1] * size[2] > mostInput)
    throw new LatheError('architecture.input', `an input of ${size.join(' × ')} is too large`, { hint: `At most ${mostInput} values.` });
  if (stride !== undefined && !strides.includes(stride))
    throw new LatheError('architecture.stride', `${name} has no stride of ${stride}`, { hint: `It can be ${strides.join(', ')}.` });
  if (landmarks !== undefined && usual.landmarks === undefined)
    throw new LatheError('architecture.landmarks', `${name} finds no landmarks`, { hint: 'Only detectors do: leave landmarks out.' });
  return {
    classes: classes ?? usual.classes ?? size[0],
    landmarks: landmarks ?? usual.landmarks ?? 0,
    input: size,
    width: width ?? 1,
    stride: stride ?? usual.stride,
  };
}
