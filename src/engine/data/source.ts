import { Type, type Static } from '@sinclair/typebox';
import { oneOf } from '../base/declaration.ts';
import { augmentList } from './augment/index.ts';
import { degradationEntries, type Degradation } from './degradations/index.ts';

/** Declarations of `data` in a recipe: where pictures come from and how one becomes the model's input. Light: nothing here reads files. */

const closed = { additionalProperties: false };

const side = Type.Integer({ minimum: 1, maximum: 65536, unit: 'pixels' });
const heightAndWidth = Type.Tuple([side, side], { description: 'Height and width.' });

/** 0.00392, or a fraction as text so that it need not be rounded: 1/255. */
const numberOrFraction = Type.Union(
  [Type.Number(), Type.String({ pattern: '^\\s*-?\\d+(\\.\\d+)?\\s*(/\\s*\\d+(\\.\\d+)?\\s*)?$', description: 'A fraction: 1/255.' })],
  { description: 'A number or a fraction.', examples: ['1/255', 1, 0.0078125] },
);

const perChannel = (description: string, example: unknown) =>
  Type.Union([numberOrFraction, Type.Array(numberOrFraction, { minItems: 1, maxItems: 3 })], { description, examples: [example] });

export const resizeSettings = Type.Object(
  {
    size: Type.Optional(
      Type.Union([side, heightAndWidth], { description: 'Height and width, or one number for both. By default what the model takes.' }),
    ),
    mode: Type.Optional(
      oneOf(
        {
          nearest: 'The nearest pixel.',
          bilinear: 'By straight lines between the pixels around.',
          bicubic: 'By cubic curves through 4×4 pixels: sharper.',
        },
        {
          default: 'bilinear',
          description: 'Interpolation; sample positions are pixel centres.',
        },
      ),
    ),
    antialias: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'Widen the filter when making a picture smaller, as Pillow and torchvision do; without it, as OpenCV (bicubic with a = -0.75 then, else -0.5).',
      }),
    ),
    fit: Type.Optional(
      oneOf(
        {
          stretch: 'To the size exactly, proportions changed.',
          shorter: 'The shorter side gets its size, proportions kept; `crop` takes the middle.',
          longer: 'The longer side gets its size, proportions kept.',
          pad: 'The whole picture inside the size, the rest filled (letterbox).',
        },
        { default: 'stretch', description: 'How a picture of other proportions gets its size.' },
      ),
    ),
    align: Type.Optional(
      oneOf(
        { center: 'In the middle.', 'top-left': 'In the corner; the rest lies right or below.' },
        { default: 'center', description: 'Where the picture lies when `fit: pad` leaves room.' },
      ),
    ),
    value: Type.Optional(
      Type.Number({ minimum: 0, maximum: 255, default: 0, unit: 'grey levels', description: 'What `fit: pad` fills the rest with.' }),
    ),
  },
  closed,
);

export const inputSettings = Type.Object(
  {
    color: Type.Optional(
      oneOf(
        {
          rgb: 'Red first, as most training code has it.',
          bgr: 'Blue first, as OpenCV reads pictures.',
          gray: 'One channel: ITU-R 601 luma.',
        },
        { description: 'Order of the channels.' },
      ),
    ),
    scale: Type.Optional({ ...numberOrFraction, description: 'Samples (0 to 255) are multiplied by this first.' }),
    mean: Type.Optional(perChannel('Subtracted after scale, in the order of `color`; one number for all channels.', [0.485, 0.456, 0.406])),
    std: Type.Optional(perChannel('Divided by after mean.', [0.229, 0.224, 0.225])),
    resize: Type.Optional({ ...resizeSettings, description: 'By default pictures must have the size that the model takes.' }),
    crop: Type.Optional(
      Type.Union([side, heightAndWidth], { description: 'Centre crop after the resize: height and width, or one number for both.' }),
    ),
    layout: Type.Optional(
      oneOf(
        { nchw: 'Channels before height and width.', nhwc: 'Channels last.' },
        { description: "Order of the model's dimensions; read from the model where it can be." },
      ),
    ),
  },
  closed,
);

const ratio = (options: Record<string, unknown>) => Type.Number({ minimum: 0, maximum: 1, ...options });

export const dataSource = Type.Object(
  {
    path: Type.String({
      minLength: 1,
      format: 'path',
      description: 'A folder of pictures (read recursively, sorted by path), a text file of paths, or a .npy or .npz file.',
    }),
    labels: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          '`folders` (class folders, sorted by name), or a file: .csv with the columns file, class and perhaps split; .json or RetinaFace text with boxes. Looked for beside the recipe, then in `path`.',
        examples: ['folders', 'labels.csv', 'boxes.json'],
      }),
    ),
    split: Type.Optional(Type.String({ minLength: 1, description: 'Only the rows of the label file with this value of `split`.' })),
    count: Type.Optional(
      Type.Integer({ minimum: 1, unit: 'pictures', description: 'Use only this many, chosen by the seed and balanced over the classes.' }),
    ),
    pairs: Type.Optional(
      Type.Object(
        {
          input: Type.String({ minLength: 1, description: 'Pattern of the files that the model is given.', examples: ['*_noisy.*'] }),
          target: Type.String({ minLength: 1, description: 'Pattern of the files that it should make of them.', examples: ['*.*'] }),
        },
        { ...closed, description: 'For restoration: patterns of input and target files; what the first `*` stands for joins them.' },
      ),
    ),
    degrade: Type.Optional(
      Type.Unsafe<Degradation[]>(
        Type.Array(Type.Union([...degradationEntries]), {
          minItems: 1,
          description:
            'Makes the input from clean pictures, which are the target of a restoration; in this order. A range ([least, most]) is drawn once for each picture, by seed and file.',
        }),
      ),
    ),
    decode: Type.Optional(
      Type.Object(
        {
          kind: oneOf(
            {
              yunet: 'YuNet faces: class, object, box and landmark maps at three strides.',
              yolov5: 'One output of rows: box, object score, scores of the classes.',
              yolov8: 'One output of columns: box, scores of the classes.',
            },
            { description: "The detector whose outputs the model's are like." },
          ),
          score: Type.Optional(ratio({ default: 0.6, description: 'Boxes with a lower score are no detections.' })),
          nms: Type.Optional(
            ratio({ default: 0.45, description: 'Of boxes of a class that overlap by more than this IoU the best is kept.' }),
          ),
        },
        { ...closed, description: "How a detector's outputs become boxes." },
      ),
    ),
    match: Type.Optional(
      Type.Object(
        {
          iou: Type.Optional(
            ratio({ default: 0.4, description: 'A box counts as found when a detection overlaps it by at least this IoU.' }),
          ),
        },
        { ...closed, description: 'When a detection counts as found.' },
      ),
    ),
  },
  closed,
);

/** What training pictures may say beyond others. */
export const trainingSource = Type.Object(
  {
    ...dataSource.properties,
    augment: Type.Optional(augmentList),
    batch: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 4096,
        unit: 'pictures',
        description: 'Pictures of one training step, where the step does not say. By default 128.',
      }),
    ),
  },
  closed,
);

export type DataSource = Static<typeof dataSource>;
export type TrainingSource = Static<typeof trainingSource>;
/** `data.input` as written: what is missing comes from the model. */
export type InputDeclaration = Static<typeof inputSettings>;
export type DecodeDeclaration = NonNullable<DataSource['decode']>;
