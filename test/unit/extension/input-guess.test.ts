import { describe, expect, it } from 'vitest';
import { geometry, guessInput, inputDeclaration } from '../../../src/extension/compress/input-guess.ts';
import { writeInputMetadata } from '../../../src/engine/data/input-settings.ts';
import { buildModel } from '../../support/model-builder.ts';

const model = (shape: readonly (number | string)[], type: 'float32' | 'uint8' = 'float32') =>
  buildModel({ inputs: [{ name: 'x', shape, type }], outputs: ['y'], nodes: [['Identity', ['x'], ['y']]] });

describe('the guess at how pictures become the input', () => {
  it('takes what the model file states', () => {
    const stated = model([1, 3, 224, 224]);
    writeInputMetadata(stated, { color: 'bgr', scale: 1, mean: [104, 117, 123], std: [1, 1, 1], layout: 'nchw', crop: [224, 224] });
    const guess = guessInput(stated);
    expect(guess).toMatchObject({ certain: true, origin: 'Stated in the model file.' });
    expect(guess.choice).toEqual({ color: 'bgr', scale: '1', mean: [104, 117, 123], std: [1, 1, 1], fit: 'crop' });
    expect(inputDeclaration(guess.choice, guess)).toEqual({
      color: 'bgr',
      scale: 1,
      mean: [104, 117, 123],
      std: [1, 1, 1],
      crop: [224, 224],
    });
  });

  it('shows a stored 0.00392… as the fraction it is', () => {
    const stated = model([1, 3, 8, 8]);
    writeInputMetadata(stated, { color: 'rgb', scale: Math.fround(1 / 255), mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' });
    expect(guessInput(stated).choice.scale).toBe('1/255');
  });

  it('takes what a recipe says, before the commonest', () => {
    const declared = { input: { color: 'rgb' as const, scale: '1/255', mean: '1/2', std: 0.25 }, file: 'a.compress.yaml' };
    const guess = guessInput(model([1, 3, 32, 32]), declared);
    expect(guess).toMatchObject({ certain: true, origin: 'As in a.compress.yaml.' });
    expect(guess.choice).toMatchObject({ scale: '1/255', mean: [0.5], std: [0.25], fit: 'none' });
  });

  it('says when it is only a guess', () => {
    const guess = guessInput(model(['N', 28, 28, 1]));
    expect(guess.certain).toBe(false);
    expect(guess.choice).toMatchObject({ color: 'gray', scale: '1/255', mean: [0], std: [1] });
    expect(guess.shape.layout).toBe('nhwc');
  });

  it('gives bytes to a model that takes bytes', () => {
    expect(guessInput(model([1, 3, 8, 8], 'uint8'))).toMatchObject({ certain: true, choice: { scale: '1' } });
  });

  it('resizes in the chosen way, and not where any size goes', () => {
    const fixed = guessInput(model([1, 3, 20, 30]));
    expect(geometry('stretch', fixed)).toEqual({ resize: { fit: 'stretch' } });
    expect(geometry('pad', fixed)).toEqual({ resize: { fit: 'pad' } });
    expect(geometry('crop', fixed)).toEqual({ resize: { size: 30, fit: 'shorter' }, crop: [20, 30] });
    expect(geometry('none', guessInput(model([1, 3, 'h', 'w'])))).toEqual({});
  });

  it('refuses a model that takes no picture', () => {
    expect(() => guessInput(model([1, 10]))).toThrow(/picture/);
  });
});
