import { Type, type TSchema } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { dataSource, inputSettings } from '../../../src/engine/data/source.ts';
import { quantizeStep } from '../../../src/engine/quantize/step.ts';
import { readValue } from '../../../src/cli/options/value.ts';

const source = dataSource.properties as Record<string, TSchema>;
const input = inputSettings.properties as Record<string, TSchema>;
const quantize = quantizeStep.parameters.properties as Record<string, TSchema>;

describe('readValue', () => {
  it.each<[string, TSchema, string, unknown]>([
    ['a number', quantize['weights']!, '4', 4],
    ['a word', quantize['weights']!, 'float', 'float'],
    ['a word of a list', quantize['calibrate']!, 'entropy', 'entropy'],
    ['a list by comma', quantize['include']!, '/layer1/*,Gemm', ['/layer1/*', 'Gemm']],
    ['a list of one', quantize['exclude']!, '/fc/Gemm', ['/fc/Gemm']],
    ['a list of one pattern', quantize['exclude']!, '*fc*', ['*fc*']],
    ['a fraction', input['scale']!, '1/255', '1/255'],
    ['numbers by comma', input['mean']!, '.485,.456,.406', [0.485, 0.456, 0.406]],
    ['one number for all channels', input['std']!, '1', 1],
    ['a size', input['resize']!, '256', { size: 256 }],
    ['height and width', input['resize']!, '240,320', { size: [240, 320] }],
    ['a map', input['resize']!, '{ size: 8, fit: pad }', { size: 8, fit: 'pad' }],
    ['a map without braces', input['resize']!, 'size: 8, fit: pad', { size: 8, fit: 'pad' }],
    ['a crop', input['crop']!, '224', 224],
    ['the first key of a map', source['decode']!, 'yunet', { kind: 'yunet' }],
    ['all required keys of a map', source['pairs']!, '*_noisy.*,*.*', { input: '*_noisy.*', target: '*.*' }],
    ['a list of maps', source['degrade']!, 'noise: { sigma: 25 }, jpeg: 40', [{ noise: { sigma: 25 } }, { jpeg: 40 }]],
    ['a number that is text', source['labels']!, '2024', '2024'],
    ['text that is no YAML', source['labels']!, 'a: b: [', 'a: b: ['],
    ['a count', source['count']!, '100', 100],
  ])('%s', (_, schema, text, expected) => {
    expect(readValue(schema, text)).toEqual({ value: expected, issues: [] });
  });

  it.each<[string, TSchema, string, string]>([
    ['outside its range', quantize['weights']!, '9', 'the recipe must be a whole number from 2 to 8, 16, ternary, binary or float, not 9'],
    ['a misspelt word', quantize['calibrate']!, 'entorpy', 'did you mean "entropy"'],
    ['too many numbers', input['mean']!, '1,2,3,4', 'must have 1 to 3 items, not 4'],
    ['no number', source['count']!, 'many', 'must be a whole number of at least 1, not "many"'],
  ])('refuses %s', (_, schema, text, message) => {
    expect(readValue(schema, text).issues[0]?.message).toContain(message);
  });

  it('is not fooled by aliases and tags', () => {
    expect(readValue(Type.String(), '*x').value).toBe('*x');
    expect(readValue(Type.String(), '!!js/function x').value).toBe('!!js/function x');
  });
});
