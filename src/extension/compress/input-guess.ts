import { pictureInput, pictureShape, readInputMetadata, type PictureShape } from '../../engine/data/input-settings.ts';
import type { InputDeclaration } from '../../engine/data/source.ts';
import type { ModelInput } from '../../engine/data/types.ts';
import { DataType } from '../../engine/onnx/data-type.ts';
import type { Model } from '../../engine/onnx/graph.ts';
import type { InputChoice, InputPreset } from '../../protocol/webview.ts';

/** A model's picture input and what is known or guessed of how pictures become it. */
export interface InputGuess {
  input: ModelInput;
  shape: PictureShape;
  choice: InputChoice;
  /** Where the choice comes from, one sentence. */
  origin: string;
  /** Resize and crop as stated, of which `choice.fit` is only the kind. */
  stated: Pick<InputDeclaration, 'resize' | 'crop'>;
  /** False: nobody stated these settings, they are only the commonest. */
  certain: boolean;
}

export const presets: readonly InputPreset[] = [
  { label: '0 to 1', detail: 'x/255', choice: { scale: '1/255', mean: [0], std: [1] } },
  { label: '0 to 255', detail: 'as stored', choice: { scale: '1', mean: [0], std: [1] } },
  { label: '-1 to 1', detail: 'x/127.5 - 1', choice: { scale: '1/255', mean: [0.5], std: [0.5] } },
  {
    label: 'ImageNet',
    detail: 'torchvision',
    choice: { scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  },
];

/**
 * What to show for a check. `declared` is what a recipe of this workspace says for this model. Throws LatheError `data.inputs`,
 * `data.input`, `data.input-type` or `data.channels` where the model takes no picture.
 */
export function guessInput(model: Model, declared?: { input: InputDeclaration; file: string }): InputGuess {
  const input = pictureInput(model.graph.requiredInputs.map(modelInput));
  const carried = readInputMetadata(model);
  const known = carried ?? declared?.input;
  const shape = pictureShape(input, known?.layout);
  const certain = known !== undefined && known.scale !== undefined && known.mean !== undefined && known.std !== undefined;
  const raw = input.type === DataType.uint8;
  const origin = carried
    ? 'Stated in the model file.'
    : declared
      ? `As in ${declared.file}.`
      : raw
        ? 'The input takes bytes: pictures go in as they are.'
        : 'The model does not say: 0 to 1 is the commonest. Compare with how it was trained.';
  const choice: InputChoice = {
    color: known?.color ?? (shape.channels === 1 ? 'gray' : 'rgb'),
    scale: scaleText(known?.scale ?? (raw ? 1 : '1/255')),
    mean: list(known?.mean, 0),
    std: list(known?.std, 1),
    fit: fitOf(known, shape),
  };
  const stated = { ...(known?.resize && { resize: known.resize }), ...(known?.crop !== undefined && { crop: known.crop }) };
  return { input, shape, choice, origin, stated, certain: certain || raw };
}

/** `data.input` of a recipe for the settings that the user accepted. */
export function inputDeclaration(choice: InputChoice, guess: InputGuess): InputDeclaration {
  const scale = /^[\d.]+$/.test(choice.scale.trim()) ? Number(choice.scale) : choice.scale.trim();
  const compact = (values: number[]): number | number[] => (values.length === 1 ? values[0]! : values);
  return { color: choice.color, scale, mean: compact(choice.mean), std: compact(choice.std), ...geometry(choice.fit, guess) };
}

/** Resize and crop that bring any picture to the model's size in the chosen way: as stated where that is the way, else the plain form. */
export function geometry(fit: InputChoice['fit'], guess: InputGuess): Pick<InputDeclaration, 'resize' | 'crop'> {
  const { height, width } = guess.shape;
  if (height === null || width === null || fit === 'none') return {};
  if (fit === guess.choice.fit && Object.keys(guess.stated).length) return guess.stated;
  if (fit === 'crop') return { resize: { size: Math.max(height, width), fit: 'shorter' }, crop: [height, width] };
  return { resize: { fit } };
}

/** Model files keep a number; people know it as a fraction. */
function scaleText(scale: number | string): string {
  const known = ['1/255', '1/256', '1/127.5'].find((text) => Math.abs(Number(scale) * Number(text.slice(2)) - 1) < 1e-6);
  return known ?? String(scale);
}

function fitOf(known: InputDeclaration | undefined, shape: PictureShape): InputChoice['fit'] {
  if (shape.height === null || shape.width === null) return 'none';
  if (!known) return 'stretch';
  if (known.crop !== undefined) return 'crop';
  if (!known.resize) return 'none';
  return known.resize.fit === 'pad' ? 'pad' : 'stretch';
}

function list(value: InputDeclaration['mean'], fallback: number): number[] {
  if (value === undefined) return [fallback];
  const number = (one: number | string): number => {
    if (typeof one === 'number') return one;
    const [top, bottom = '1'] = one.split('/');
    return Number(top) / Number(bottom);
  };
  return Array.isArray(value) ? value.map(number) : [number(value)];
}

function modelInput({ name, type }: Model['graph']['inputs'][number]): ModelInput {
  if (type?.kind !== 'tensor') return { name, type: DataType.undefined, shape: [] };
  return { name, type: type.elementType, shape: type.shape ?? [] };
}
