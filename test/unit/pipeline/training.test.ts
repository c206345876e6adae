import { describe, expect, it } from 'vitest';
import { plainContext, silentLogger } from '../../../src/engine/base/context.ts';
import type { Dataset } from '../../../src/engine/data/types.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { trainedParameters } from '../../../src/engine/pipeline/training/frozen.ts';
import { lossWiring, taskLosses } from '../../../src/engine/pipeline/training/losses.ts';
import { openTrainingBatches, trainingPictures } from '../../../src/engine/pipeline/training/pictures.ts';
import { usualBatch } from '../../../src/engine/train/usual-batch.ts';
import { untieVectors } from '../../../src/engine/train/untie.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { learnableBatches, trainSettings } from '../../support/learnable-batches.ts';
import { buildModel } from '../../support/model-builder.ts';
import { residualNetwork } from '../../support/trained-networks.ts';

const unlabelled = noiseDataset(20, [3, 16, 16]);
const labelled = (classes: number): Dataset => ({
  ...unlabelled,
  samples: unlabelled.samples.map((sample, i) => ({ ...sample, label: i % classes })),
});
const targets: Dataset = { ...unlabelled, hasTargets: true };
const step = (layers = {}) => ({ step: 'train', index: 0, settings: {}, layers });

describe('what a step learns from', () => {
  it('are training pictures, or those for calibration where it needs no labels', () => {
    expect(trainingPictures({ train: labelled(5), calibration: unlabelled }, 'optional').truth).toBe('labels');
    expect(trainingPictures({ train: targets }, 'needed').truth).toBe('targets');
    expect(trainingPictures({ calibration: unlabelled }, 'optional')).toEqual({ dataset: unlabelled, truth: 'none' });
    expect(() => trainingPictures({ calibration: labelled(5) }, 'needed')).toThrow(/no pictures to train on/);
    expect(() => trainingPictures({ train: unlabelled }, 'needed')).toThrow(/neither labels, boxes nor targets/);
  });

  it('decides the losses', () => {
    const batches = learnableBatches({ count: 20, batch: 4 });
    const losses = (dataset: Dataset, truth: 'labels' | 'targets' | 'none') => taskLosses({ dataset, truth }, batches, trainSettings());
    expect(losses(labelled(5), 'labels').map(({ loss }) => loss.name)).toEqual(['cross-entropy']);
    expect(losses(targets, 'targets').map(({ loss }) => loss.name)).toEqual(['charbonnier']);
    expect(losses(unlabelled, 'none')).toEqual([]);
  });

  it('are boxes where somebody says how outputs become some', () => {
    const boxes = (label: number) => [{ x: 1, y: 1, width: 4, height: 4, label }];
    const samples = unlabelled.samples.map((sample, i) => ({ ...sample, boxes: i % 4 ? [] : [...boxes(0), ...boxes(i === 0 ? 2 : 0)] }));
    const boxed: Dataset = { ...unlabelled, samples, hasTargets: true };
    const decode = { kind: 'yunet' } as const;
    expect(trainingPictures({ train: boxed, decode }, 'needed').truth).toBe('boxes');
    expect(trainingPictures({ train: { ...boxed, hasTargets: false } }, 'optional').truth).toBe('none');
    const needed = (): unknown => trainingPictures({ train: { ...boxed, hasTargets: false } }, 'needed');
    expect(needed).toThrow(/have boxes, but how the outputs become boxes is not known/);
    const empty = { ...boxed, hasTargets: false, samples: samples.map((sample) => ({ ...sample, boxes: [] })) };
    expect(() => trainingPictures({ train: empty, decode }, 'needed')).toThrow(/neither labels, boxes nor targets/);

    const batches = learnableBatches({ count: 20, batch: 4 });
    const pictures = trainingPictures({ train: boxed, decode }, 'needed');
    expect(taskLosses(pictures, batches, trainSettings()).map(({ loss }) => loss.name)).toEqual(['detection']);
    const { boxes: wiring } = lossWiring(pictures, batches, trainSettings({ 'class-weights': 'balanced' }));
    // Four pictures of a batch may be those that have two boxes each; nine boxes of one class, one of another, none of the third.
    expect(wiring).toMatchObject({ decode: 'yunet', rows: 8, classes: 3, landmarks: 0, layout: 'nchw' });
    expect(wiring!.classWeights!.map((weight) => Math.round(100 * weight))).toEqual([56, 0, 500]);
  });

  it('weighs classes so that all count alike and a picture one in the mean', () => {
    const batches = { ...learnableBatches({ count: 20, batch: 4, classes: 3 }), classCounts: [30, 10, 0] };
    const pictures = { dataset: unlabelled, truth: 'labels' } as const;
    const weights = lossWiring(pictures, batches, trainSettings({ 'class-weights': 'balanced' })).classWeights!;
    expect(weights[0]! * 30).toBeCloseTo(weights[1]! * 10, 9);
    expect((weights[0]! * 30 + weights[1]! * 10) / 40).toBeCloseTo(1, 9);
    expect(weights[2]).toBe(0);
    expect(lossWiring(pictures, batches, trainSettings({ 'class-weights': [1, 2, 3] })).classWeights).toEqual([1, 2, 3]);
    expect(() => lossWiring(pictures, batches, trainSettings({ 'class-weights': [1, 2] }))).toThrow(/2 class-weights for 3 classes/);
  });

  it.each([
    [1, 8],
    [100, 8],
    [200, 16],
    [500, 32],
    [1023, 64],
    [1024, 128],
    [1e6, 128],
  ])('of %i pictures takes batches of %i where nothing is said', (pictures, batch) => expect(usualBatch(pictures)).toBe(batch));

  it('warns of a batch that is larger than the data, and of labels that the model does not know', async () => {
    const warned: string[] = [];
    const context = plainContext({ logger: { ...silentLogger, warn: (message) => warned.push(message) } });
    const open = (classes: number) =>
      openTrainingBatches(
        {
          pictures: trainingPictures({ train: labelled(classes) }, 'needed'),
          model: residualNetwork(1, [8]),
          settings: trainSettings({ batch: 64 }),
          seed: 0,
        },
        context,
      );
    const batches = open(5);
    expect(batches.size).toBe(20);
    await batches.close();
    expect(warned).toEqual([expect.stringMatching(/a batch of 64 is more than the 20 training pictures/)]);
    expect(() => open(7)).toThrow(
      expect.objectContaining({
        code: 'training.classes',
        place: expect.objectContaining({ hint: 'Give the model a new head: classes: 7.' }),
      }),
    );
  });
});

describe('what is trained', () => {
  const model = residualNetwork(1, [8]);
  const layersOf = (freeze: string[], layers = {}): string[] => [
    ...new Set(trainedParameters(model, step(layers), freeze).map(({ layer }) => layer)),
  ];

  it('is all but what is frozen by name, pattern, operator or layer', () => {
    const all = layersOf([]);
    const convs = all.filter((layer) => layer.startsWith('Conv'));
    expect(layersOf([convs[0]!])).toEqual(all.slice(1));
    expect(layersOf(['Conv*'])).toEqual(all.filter((layer) => !convs.includes(layer)));
    expect(layersOf(['BatchNormalization', 'Gemm'])).toEqual(convs);
    expect(layersOf([], { [convs[1]!]: { train: false } })).toEqual(all.filter((layer) => layer !== convs[1]));
  });

  it('cannot be nothing, and entries mean something', () => {
    expect(() => layersOf(['*'])).toThrow(/no layer is left/);
    expect(() => layersOf(['/backbone/*'])).toThrow(/is no layer, operator or pattern/);
  });
});

describe('vectors that an exporter has stored once', () => {
  const ones = Tensor.float32([4], [1, 1, 1, 1]);
  const filter = Tensor.float32([4, 4, 1, 1], new Float32Array(16));

  it('become those of their layers; tied layers stay tied', () => {
    const { graph } = buildModel({
      inputs: [{ name: 'x', shape: [1, 4, 2, 2] }],
      outputs: ['y'],
      nodes: [
        ['BatchNormalization', ['x', 'ones', 'zeros', 'zeros', 'ones'], ['a']],
        ['BatchNormalization', ['a', 'ones', 'zeros', 'zeros', 'ones'], ['b']],
        ['Conv', ['b', 'shared', 'bias'], ['c']],
        ['Conv', ['c', 'shared', 'bias'], ['d']],
        ['Conv', ['d', 'own', 'bias'], ['y']],
      ],
      initializers: { ones, zeros: ones, bias: ones, shared: filter, own: filter },
    });
    untieVectors(graph);
    const norms = graph.nodes.slice(0, 2).flatMap(({ inputs }) => inputs.slice(1));
    expect(new Set(norms).size).toBe(8);
    const [first, second, third] = graph.nodes.slice(2).map(({ inputs }) => inputs[2]);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    for (const name of [...norms, third!]) expect(graph.initializers.get(name)).toBe(ones);
  });

  it('are parted where they hold one number too: the biases of scores', () => {
    const filters = Tensor.float32([1, 4, 1, 1], [1, 2, 3, 4]);
    const { graph } = buildModel({
      inputs: [{ name: 'x', shape: [1, 4, 2, 2] }],
      outputs: ['class', 'object'],
      nodes: [
        ['Conv', ['x', 'first', 'bias'], ['class']],
        ['Conv', ['x', 'second', 'bias'], ['object']],
      ],
      initializers: { first: filters, second: Tensor.float32([1, 4, 1, 1], [4, 3, 2, 1]), bias: Tensor.float32([1], [-4.6]) },
    });
    untieVectors(graph);
    expect(new Set(graph.nodes.map(({ inputs }) => inputs[2])).size).toBe(2);
  });
});
