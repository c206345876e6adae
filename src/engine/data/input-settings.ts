import type { Static } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeName } from '../onnx/data-type.ts';
import type { Dim, Model } from '../onnx/graph.ts';
import { inputSettings, resizeSettings, type InputDeclaration } from './source.ts';
import type { InputSettings, ModelInput } from './types.ts';

/** Key of metadata_props under which models carry their preprocessing. */
export const inputMetadataKey = 'lathe.input';

/** Height, width and channels of a picture input; null where the model leaves them free. */
export interface PictureShape {
  readonly layout: 'nchw' | 'nhwc';
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: 1 | 3 | null;
}

/** The one input of a model that pictures go to. Throws `data.inputs` for models with none or several, which it names. */
export function pictureInput(inputs: readonly ModelInput[]): ModelInput {
  if (inputs.length === 1) return inputs[0]!;
  const names = inputs.map(({ name }) => JSON.stringify(name)).join(', ');
  throw new LatheError(
    'data.inputs',
    inputs.length === 0
      ? 'the model takes no input'
      : `the model takes ${inputs.length} inputs (${names}); a picture can be only one of them`,
    { hint: 'Make the other inputs constants of the model.' },
  );
}

/**
 * How pictures become the input of this model: what is declared, else what the model itself carries (`metadata`), else its shape
 * (layout, size, channels). Throws `data.input` naming the keys that stay unknown: scale, mean, std and color are never guessed.
 */
export function resolveInputSettings(
  declared: InputDeclaration | undefined,
  modelInput: ModelInput,
  metadata: ReadonlyMap<string, string> = new Map(),
): InputSettings {
  const known: InputDeclaration = { ...parseInputMetadata(metadata), ...defined(declared ?? {}) };
  const shape = pictureShape(modelInput, known.layout);
  const raw = modelInput.type === DataType.uint8;
  const color = known.color ?? (shape.channels === 1 ? 'gray' : undefined);
  const missing = [color ? '' : 'color', ...(raw ? [] : (['scale', 'mean', 'std'] as const).filter((key) => known[key] === undefined))];
  const unknown = missing.filter((key) => key !== '');
  if (!color || unknown.length) throw missingKeys(unknown, modelInput.name);
  const channels = color === 'gray' ? 1 : 3;
  if ((shape.channels ?? channels) !== channels) {
    throw new LatheError(
      'data.channels',
      `color: ${color} has ${channels} channel${channels > 1 ? 's' : ''}, the model's input ${JSON.stringify(modelInput.name)} has ${shape.channels}`,
      {
        hint:
          shape.channels === 1
            ? 'Set color: gray.'
            : 'Set color: rgb or bgr, whichever the model was trained with; gray pictures are repeated.',
      },
    );
  }
  const settings: InputSettings = {
    ...(known.resize && { resize: resolveResize(known.resize, shape, modelInput.name) }),
    ...(known.crop !== undefined && { crop: pair(known.crop) }),
    color,
    scale: number(known.scale ?? 1, 'scale'),
    mean: numbers(known.mean ?? 0, channels, 'mean'),
    std: numbers(known.std ?? 1, channels, 'std'),
    layout: shape.layout,
  };
  checkNumbers(settings, raw, modelInput.name);
  return settings;
}

const defined = (declaration: InputDeclaration): InputDeclaration =>
  Object.fromEntries(Object.entries(declaration).filter(([, value]) => value !== undefined)) as InputDeclaration;

function missingKeys(keys: readonly string[], input: string): LatheError {
  const list = keys.join(', ');
  return new LatheError('data.input', `how pictures become the input ${JSON.stringify(input)} is not known: ${list} missing`, {
    hint: `Set ${list} under data.input (or ${keys.map((key) => `--${key}`).join(', ')}) as the model was trained: scale first, then mean and std; a model that takes raw 0..255 has scale: 1, mean: 0, std: 1.`,
  });
}

function checkNumbers(settings: InputSettings, raw: boolean, input: string): void {
  if (settings.std.some((value) => value === 0)) throw new LatheError('data.input', 'std is 0', { hint: 'Without a division std is 1.' });
  const identity = settings.scale === 1 && settings.mean.every((v) => v === 0) && settings.std.every((v) => v === 1);
  if (raw && !identity) {
    throw new LatheError('data.input', `the input ${JSON.stringify(input)} is uint8: it gets the samples 0..255 as they are`, {
      hint: 'Remove scale, mean and std.',
    });
  }
}

/**
 * Layout, size and channels of a picture input. Throws `data.input-type` and `data.input` where the input is no picture, or where
 * its layout cannot be seen in the shape and is not given.
 */
export function pictureShape(modelInput: ModelInput, declared?: 'nchw' | 'nhwc'): PictureShape {
  const { name, shape, type } = modelInput;
  if (type !== DataType.float32 && type !== DataType.float16 && type !== DataType.uint8) {
    throw new LatheError('data.input-type', `pictures cannot be fed to the ${dataTypeName(type)} input ${JSON.stringify(name)}`, {
      hint: 'Models with float32, float16 or uint8 inputs take pictures; for others give a .npy file of ready inputs.',
    });
  }
  const text = `[${shape.map((dim) => dim ?? '?').join(', ')}]`;
  if (shape.length !== 4) {
    throw new LatheError(
      'data.input',
      `the input ${JSON.stringify(name)} has the shape ${text}; a picture needs batch, channels, height and width`,
      {
        hint: 'For other inputs give a .npy file.',
      },
    );
  }
  const like = (dim: Dim | undefined): boolean => dim === 1 || dim === 3;
  const layout = declared ?? (like(shape[1]) ? 'nchw' : like(shape[3]) ? 'nhwc' : undefined);
  if (!layout) {
    throw new LatheError('data.input', `the shape ${text} of input ${JSON.stringify(name)} does not say where its channels are`, {
      hint: 'Set layout: nchw or nhwc. Pictures have 1 or 3 channels.',
    });
  }
  const fixed = (dim: Dim | undefined): number | null => (typeof dim === 'number' && dim > 0 ? dim : null);
  const [channels, height, width] = (layout === 'nchw' ? [1, 2, 3] : [3, 1, 2]).map((axis) => fixed(shape[axis]));
  if (channels !== null && channels !== 1 && channels !== 3) {
    throw new LatheError('data.channels', `the input ${JSON.stringify(name)} has ${channels} channels; pictures have 1 or 3`, {
      hint: 'Set layout: nchw or nhwc if the shape was misread; for other inputs give a .npy file.',
    });
  }
  return { layout, height: height!, width: width!, channels: channels as 1 | 3 | null };
}

/** With what is not written. Throws `data.input` where there is no size to be had. */
export function resolveResize(
  declared: Static<typeof resizeSettings>,
  shape: Pick<PictureShape, 'height' | 'width'>,
  input: string,
): NonNullable<InputSettings['resize']> {
  const fallback = resizeSettings.properties;
  const { size = shape.height && shape.width ? ([shape.height, shape.width] as const) : undefined } = declared;
  if (size === undefined) {
    throw new LatheError('data.input', `resize needs a size: the input ${JSON.stringify(input)} takes pictures of any`, {
      hint: 'Set resize.size: [height, width].',
    });
  }
  return {
    size: pair(size),
    mode: declared.mode ?? fallback.mode.default,
    antialias: declared.antialias ?? fallback.antialias.default,
    fit: declared.fit ?? fallback.fit.default,
    align: declared.align ?? fallback.align.default,
    value: declared.value ?? fallback.value.default,
  };
}

/** One number is height and width. */
export const pair = (size: number | readonly [number, number]): readonly [number, number] =>
  typeof size === 'number' ? [size, size] : size;

/** A number, or a fraction as text: "1/255". */
export function number(value: number | string, key: string): number {
  if (typeof value === 'number') return value;
  const [top, bottom = '1'] = value.split('/');
  const result = Number(top) / Number(bottom);
  if (Number.isFinite(result)) return result;
  throw new LatheError('data.input', `${key}: ${JSON.stringify(value)} is neither a number nor a fraction`, {
    hint: 'Write 0.00392 or 1/255.',
  });
}

function numbers(value: number | string | readonly (number | string)[], channels: number, key: string): number[] {
  if (typeof value === 'number' || typeof value === 'string') return Array.from({ length: channels }, () => number(value, key));
  if (value.length !== channels) {
    throw new LatheError('data.channels', `${key} has ${value.length} values, the picture ${channels} channel${channels > 1 ? 's' : ''}`, {
      hint: 'Give one number for all channels or one for each.',
    });
  }
  return value.map((one) => number(one, key));
}

/** Writes the settings into the model, where evaluate, compare and the editor find them. */
export function writeInputMetadata(model: Model, settings: InputSettings): void {
  model.metadata.set(inputMetadataKey, JSON.stringify(settings));
}

/** The settings that the model carries; undefined where it has none or they cannot be read. */
export function readInputMetadata(model: Pick<Model, 'metadata'>): InputDeclaration | undefined {
  return parseInputMetadata(model.metadata);
}

function parseInputMetadata(metadata: ReadonlyMap<string, string>): InputDeclaration | undefined {
  const text = metadata.get(inputMetadataKey);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Check(inputSettings, value) ? value : undefined;
  } catch (thrown) {
    // A foreign or broken entry is no reason to refuse the model: the settings are asked for instead.
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** Keys in which declared settings contradict what the model says of itself: the doubled or wrong normalisation. */
export function contradictions(declared: InputDeclaration, modelInput: ModelInput, metadata: ReadonlyMap<string, string>): string[] {
  const carried = parseInputMetadata(metadata);
  if (!carried) return [];
  const asked = resolveInputSettings(declared, modelInput, metadata);
  // A foreign entry may hold only some of the keys: what it leaves open contradicts nothing.
  const own = resolveInputSettings({ ...defined(declared), ...carried }, modelInput);
  const keys = ['color', 'scale', 'mean', 'std', 'resize', 'crop'] as const;
  return keys.filter((key) => JSON.stringify(own[key]) !== JSON.stringify(asked[key]));
}
