import { Type, type Static } from '@sinclair/typebox';
import { oneOf, summaries } from '../base/declaration.ts';
import { architectures } from './index.ts';

const size = (most: number, description: string) => Type.Integer({ minimum: 1, maximum: most, description });

/** What can be said of a new model, in a recipe (`models: { alias: { new: … } }`) and on the command line (`lathe new`). */
export const newModelSettings = Type.Object({
  new: oneOf(summaries(architectures), { description: 'Architecture of a new, untrained model.', examples: ['resnet20'] }),
  classes: Type.Optional(
    size(1e6, 'Classes of the last layer; of `unet` the channels of its output. By default those of the published model.'),
  ),
  landmarks: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 100,
      description: 'Points of each object that a detector finds beside its box. By default those of the published model; 0: only the box.',
      examples: [0],
    }),
  ),
  input: Type.Optional(
    Type.Tuple([size(4096, 'Channels.'), size(65536, 'Height.'), size(65536, 'Width.')], {
      description: 'Channels, height and width of the input. By default those of the published model.',
      examples: [[3, 32, 32]],
    }),
  ),
  width: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 16,
      default: 1,
      description: 'Factor of the channels: 0.5 makes a network of half the width, with about a quarter of the multiply-adds.',
    }),
  ),
  stride: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 32,
      unit: 'pixels',
      description:
        'Input pixels for one of the last feature map, in each direction: 1, 2, 4 … as the architecture allows. By default as published (32, CIFAR ResNets 4). With less the first halvings are left out, which small pictures need: 8 suits 32 pixels. Weights stay the same; a U-Net has as many levels.',
      examples: [8],
    }),
  ),
  seed: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 0xffffffff, description: "Its first weights follow from it. By default the recipe's seed, or 0." }),
  ),
});

export type NewModelSettings = Static<typeof newModelSettings>;
