import { describe, expect, it } from 'vitest';
import { presets } from '../../../src/extension/compress/input-guess.ts';
import { applyPreset, normalized, readFields, type Fields } from '../../../webview/input/arithmetic.ts';

const fields: Fields = { color: 'rgb', scale: '1/255', mean: '0', std: '1', fit: 'stretch' };
const imagenet = presets.find(({ label }) => label === 'ImageNet')!;

describe('the fields of the input settings', () => {
  it('become a choice', () => {
    expect(readFields({ ...fields, mean: '0.485, 0.456,0.406', std: ' 0.25 ' })).toEqual({
      choice: { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.25], fit: 'stretch' },
    });
  });

  it.each([
    ['scale', 'a'],
    ['scale', '1/0'],
    ['mean', '1, 2'],
    ['mean', ''],
    ['std', '0'],
    ['std', '1, 0, 1'],
  ] as const)('%s: %j is marked', (key, value) => {
    expect(readFields({ ...fields, [key]: value })).toHaveProperty(`wrong.${key}`);
  });

  it('take a preset in the order of the colours', () => {
    expect(applyPreset(fields, imagenet).mean).toBe('0.485, 0.456, 0.406');
    expect(applyPreset({ ...fields, color: 'bgr' }, imagenet).mean).toBe('0.406, 0.456, 0.485');
    expect(readFields(applyPreset({ ...fields, color: 'gray' }, imagenet))).toHaveProperty('choice');
  });

  it('say what reaches the model', () => {
    const read = readFields({ ...fields, mean: '0.5', std: '0.5' });
    if (!('choice' in read)) throw new Error('these fields are right');
    expect(normalized(0, read.choice, 2)).toBe(-1);
    expect(normalized(255, read.choice, 0)).toBe(1);
  });
});
