import { expect, it } from 'vitest';
import {
  contradictions,
  pictureInput,
  readInputMetadata,
  resolveInputSettings,
  writeInputMetadata,
} from '../../../src/engine/data/input-settings.ts';
import type { InputDeclaration } from '../../../src/engine/data/source.ts';
import type { ModelInput } from '../../../src/engine/data/types.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Model } from '../../../src/engine/onnx/graph.ts';

const declared: InputDeclaration = { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const input = (shape: ModelInput['shape'], type: DataType = DataType.float32): ModelInput => ({ name: 'image', type, shape });

it('reads fractions, layout and channels', () => {
  expect(resolveInputSettings(declared, input(['N', 3, 224, 224]))).toEqual({ ...declared, scale: 1 / 255, layout: 'nchw' });
  expect(resolveInputSettings(declared, input([1, 224, 224, 3])).layout).toBe('nhwc');
  expect(resolveInputSettings({ scale: 1, mean: 0, std: 1 }, input([1, 1, 28, 28]))).toMatchObject({ color: 'gray', mean: [0], std: [1] });
});

it('takes the size from the model and the rest of a resize from its defaults', () => {
  const { resize } = resolveInputSettings({ ...declared, resize: { fit: 'pad' } }, input([1, 3, 320, 640]));
  expect(resize).toEqual({ size: [320, 640], mode: 'bilinear', antialias: true, fit: 'pad', align: 'center', value: 0 });
  expect(resolveInputSettings({ ...declared, crop: 224 }, input([1, 3, 224, 224])).crop).toEqual([224, 224]);
});

it('gives uint8 inputs raw samples', () => {
  expect(resolveInputSettings({ color: 'bgr' }, input([1, 3, 8, 8], DataType.uint8))).toMatchObject({
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  });
  expect(() => resolveInputSettings(declared, input([1, 3, 8, 8], DataType.uint8))).toThrow(/uint8/);
});

it.each([
  ['nothing', {}, [1, 3, 8, 8], /color, scale, mean, std missing/],
  ['no std', { ...declared, std: undefined }, [1, 3, 8, 8], /: std missing/],
  ['colour for a gray model', declared, [1, 1, 8, 8], /3 channels, the model's input "image" has 1/],
  ['gray for a colour model', { ...declared, color: 'gray' }, [1, 3, 8, 8], /1 channel, the model's input "image" has 3/],
  ['four channels', declared, [1, 4, 8, 8], /does not say where its channels are/],
  ['four channels, stated', { ...declared, layout: 'nchw' }, [1, 4, 8, 8], /has 4 channels/],
  ['two means', { ...declared, mean: [1, 2] }, [1, 3, 8, 8], /mean has 2 values/],
  ['std 0', { ...declared, std: 0 }, [1, 3, 8, 8], /std is 0/],
  ['1/0', { ...declared, scale: '1/0' }, [1, 3, 8, 8], /neither a number nor a fraction/],
  ['no picture', declared, [1, 10], /a picture needs batch/],
  ['a resize to nowhere', { ...declared, resize: {} }, [1, 3, 'H', 'W'], /resize needs a size/],
] as [string, InputDeclaration, ModelInput['shape'], RegExp][])('refuses %s', (_, declaration, shape, message) => {
  expect(() => resolveInputSettings(declaration, input(shape))).toThrow(message);
});

it('names the inputs of a model that has several', () => {
  expect(() => pictureInput([input([1]), { ...input([1]), name: 'mask' }])).toThrow(/2 inputs \("image", "mask"\)/);
});

it('a model carries its settings, which declared ones replace key by key', () => {
  const model = new Model();
  const settings = resolveInputSettings({ ...declared, resize: { size: 256, fit: 'shorter' }, crop: 224 }, input([1, 3, 224, 224]));
  writeInputMetadata(model, settings);
  expect(resolveInputSettings(undefined, input([1, 3, 224, 224]), model.metadata)).toEqual(settings);
  expect(resolveInputSettings({ color: 'bgr' }, input([1, 3, 224, 224]), model.metadata)).toEqual({ ...settings, color: 'bgr' });
  expect(contradictions({ scale: 1, color: 'rgb' }, input([1, 3, 224, 224]), model.metadata)).toEqual(['scale']);
  expect(contradictions({ scale: '1/255' }, input([1, 3, 224, 224]), model.metadata)).toEqual([]);
});

it('an entry with only some of the keys contradicts in these alone', () => {
  const metadata = new Map([['lathe.input', '{"color": "bgr"}']]);
  expect(contradictions(declared, input([1, 3, 8, 8]), metadata)).toEqual(['color']);
});

it.each(['{', '[]', '{"scale": "x"}', '{"unknown": 1}', 'null'])('a broken entry %s counts as none', (text) => {
  const model = new Model();
  model.metadata.set('lathe.input', text);
  expect(readInputMetadata(model)).toBeUndefined();
});
