import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { decodeModel } from '../../../src/engine/onnx/codec.ts';
import { dataTypeName } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { isFixed } from '../../../src/engine/ops/shape/dims.ts';
import { produce, zeros, type Feed, type Produced } from '../../support/ort-shapes.ts';
import { itWithZoo, zoo } from '../../support/zoo.ts';

/** Free dimensions get 1 for the batch and this for the rest. */
const freeSize = 64;

/** Shapes for every input with free dimensions filled in. */
function bindings(model: Model): Record<string, number[]> {
  const bound: Record<string, number[]> = {};
  for (const { name, type } of model.graph.requiredInputs) {
    if (type?.kind !== 'tensor') continue;
    bound[name] = (type.shape ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : freeSize));
  }
  return bound;
}

function feedsFor(model: Model, bind: Record<string, number[]>): Record<string, Feed> | undefined {
  const feeds: Record<string, Feed> = {};
  for (const { name, type } of model.graph.requiredInputs) {
    const feed = type?.kind === 'tensor' ? zeros(type.elementType, bind[name]!) : undefined;
    if (!feed) return undefined;
    feeds[name] = feed;
  }
  return feeds;
}

/** Makes every value of the main graph an output. */
function exposeAll(model: Model): void {
  const known = new Set(model.graph.outputs.map((output) => output.name));
  for (const node of model.graph.nodes) {
    for (const name of node.outputs) if (name !== '' && !known.has(name)) model.graph.outputs = [...model.graph.outputs, { name }];
  }
}

const files = zoo
  ? readdirSync(zoo, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.onnx'))
      .sort()
  : [];

describe('shapes of real models', () => {
  if (!zoo) itWithZoo('equal what ONNX Runtime makes', () => undefined);
  let compared = 0;
  it.each(files)('%s', async (file) => {
    const bytes = readFileSync(path.join(zoo!, file));
    let model: Model;
    try {
      model = decodeModel(bytes, path.join(zoo!, file));
    } catch (error) {
      expect(error).toBeInstanceOf(LatheError);
      return;
    }
    const bind = bindings(model);
    let ours: ReturnType<typeof inferShapes> | undefined;
    let problem: unknown;
    try {
      ours = inferShapes(model, { bind });
    } catch (error) {
      expect(error).toBeInstanceOf(LatheError);
      problem = error;
    }
    const feeds = feedsFor(model, bind);
    if (!feeds) return;
    exposeAll(model);
    let theirs: Map<string, Produced>;
    try {
      theirs = await produce(model, feeds);
    } catch {
      return;
    }
    expect(problem, 'ONNX Runtime runs it').toBeUndefined();
    for (const [name, { type, dims }] of theirs) {
      const found = ours!.of(name);
      if (!found) expect(model.graph.producer(name)?.domain, name).not.toBe('');
      else expect({ name, type: dataTypeName(found.type), shape: found.shape }).toEqual({ name, type, shape: dims });
      if (isFixed(found?.shape)) compared++;
    }
  });
  itWithZoo('were compared value by value', () => expect(compared).toBeGreaterThan(13_000));
});
