import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { itWithZoo } from '../../support/zoo.ts';

/** Files that no reader should accept: their own tests are in oddities.test.ts. */
const broken = /oddities\/(bad\/(?!bitflips)|invalid\/(no_graph|duplicate_output_name|initializer_negative_dim|initializer_wrong_type))/;

const onnxFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => !broken.test(file))
    .sort();

describe('real models', () => {
  itWithZoo('come out byte for byte', (zoo) => {
    const files = onnxFiles(zoo);
    expect(files.length).toBeGreaterThan(80);
    const changed = files.filter((file) => {
      const bytes = readFileSync(path.join(zoo, file));
      return Buffer.compare(encodeModel(decodeModel(bytes, file)), bytes) !== 0;
    });
    expect(changed).toEqual([]);
  });
});
