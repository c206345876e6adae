import { describe, expect, it } from 'vitest';
import type { Composition } from '../../../src/engine/onnx/chain-metadata.ts';
import { ownerOf } from '../../../src/engine/chain/owner.ts';
import { paceOf } from '../../../src/engine/joint/pace.ts';
import { placeOf, valueIn } from '../../../src/engine/joint/places.ts';
import { takingTurns } from '../../../src/engine/joint/taking-turns.ts';
import type { Parameter } from '../../../src/engine/train/parameters.ts';
import { buildModel } from '../../support/model-builder.ts';

const composition: Composition = {
  links: [
    { alias: 'a', inputs: [{ name: 'x', value: 'x' }], outputs: [{ name: 'y', value: 'a:y' }] },
    {
      alias: 'a2',
      inputs: [{ name: 'image', value: 'a2:image', source: 'a:y' }],
      outputs: [
        { name: 'boxes', value: 'boxes' },
        { name: 'scores', value: 'a2:scores' },
      ],
    },
  ],
};

describe('what belongs to which model', () => {
  it.each([
    ['a:conv', 'a'],
    ['a2:conv/relu', 'a2'],
    ['a2', 'a2'],
    ['seam:a2/image', 'a2'],
    ['seam:a2/image/Mul', 'a2'],
    ['x', 'a'],
    ['x/scale', 'a'],
    ['boxes', 'a2'],
    ['xy', undefined],
    ['other:conv', undefined],
  ])('%s', (name, alias) => expect(ownerOf(name, composition)).toBe(alias));
});

describe('places of losses', () => {
  it('are all outputs of a model, or one', () => {
    expect(placeOf('a2', composition)).toMatchObject({ alias: 'a2', values: ['boxes', 'a2:scores'] });
    expect(placeOf('a2.scores', composition)).toMatchObject({ output: 'scores', values: ['a2:scores'] });
  });

  it.each([
    ['b', /no model "b"/],
    ['a.z', /no output "z"; it has y/],
  ])('refuses %s', (key, words) => expect(() => placeOf(key, composition)).toThrow(words));

  it('are found where the node between two models fell away', () => {
    const make = (value: string) => buildModel({ inputs: [{ name: 'x', shape: [1] }], outputs: ['o'], nodes: [['Relu', ['x'], [value]], ['Relu', [value], ['o']]] }).graph; // prettier-ignore
    expect(valueIn(make('a:y'), 'a:y', composition)).toBe('a:y');
    expect(valueIn(make('a2:image'), 'a:y', composition)).toBe('a2:image');
    expect(() => valueIn(make('z'), 'a:y', composition)).toThrow(/no longer a value/);
  });
});

const parameter = (name: string, layer: string, offset: number): Parameter => ({ name, layer, dims: [2], size: 2, offset, decays: true });
const parameters = [parameter('w', 'a:conv', 0), parameter('v', 'a2:conv', 2), parameter('u', 'loss/adapter', 4)];

it('rates go by model, on top of those of the way of training', () => {
  const pace = paceOf({ a: 0.5, a2: 0 }, composition, ({ name }) => (name === 'w' ? { rate: 4, decay: 0 } : {}));
  expect(parameters.map(pace)).toEqual([{ rate: 2, decay: 0 }, { rate: 0 }, {}]);
});

describe('taking turns', () => {
  const place = (step: number) => ({ step, stepsPerEpoch: 2, epochs: 4 });
  /** The optimizer adds 1 to all. */
  const goOn = (turns: ReturnType<typeof takingTurns>, flat: Float32Array, from: number, to: number): void => {
    for (let step = from; step <= to; step++) {
      for (let i = 0; i < flat.length; i++) flat[i]! += 1;
      turns.apply(flat, place(step));
    }
  };

  it('changes one model an epoch and what belongs to none with each', () => {
    const turns = takingTurns(parameters, ['a', 'a2'], composition);
    const flat = new Float32Array(6);
    turns.apply(flat, place(0));
    goOn(turns, flat, 1, 3);
    expect([...flat]).toEqual([2, 2, 1, 1, 3, 3]);
    goOn(turns, flat, 4, 6);
    expect([...flat]).toEqual([4, 4, 2, 2, 6, 6]);
  });

  it('goes on from a checkpoint as if it had not stopped', () => {
    const whole = takingTurns(parameters, ['a', 'a2'], composition);
    const flat = new Float32Array(6);
    whole.apply(flat, place(0));
    goOn(whole, flat, 1, 3);
    const again = takingTurns(parameters, ['a', 'a2'], composition);
    again.restore(structuredClone(whole.state()));
    const copy = flat.slice();
    goOn(whole, flat, 4, 7);
    goOn(again, copy, 4, 7);
    expect(copy).toEqual(flat);
  });
});
