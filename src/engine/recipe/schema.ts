import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import { oneOf, summaries } from '../base/declaration.ts';
import { dataSource, inputSettings, trainingSource } from '../data/source.ts';
import { deployEntry } from '../targets/deploy-settings.ts';
import { targets } from '../targets/index.ts';
import { modelsSchema, onSetting } from './models.ts';
import { steps } from './steps.ts';

/** A model, a data set, a folder: relative to the recipe's file. */
const file = (description: string, example: string): TSchema =>
  Type.String({ minLength: 1, format: 'path', description, examples: [example] });

const closed = { additionalProperties: false };

/** Parameters that may differ by layer: those marked `layer: true` where their step declares them. */
export function layerSettings(): TObject {
  const properties: Record<string, TSchema> = {};
  for (const step of steps) {
    properties[step.name] = Type.Optional(Type.Literal(false, { description: `Leaves the layer out of the step "${step.name}".` }));
    for (const [key, schema] of Object.entries(step.parameters.properties)) {
      if (schema['layer'] === true) properties[key] ??= Type.Optional(withoutDefault(schema));
    }
  }
  return Type.Object(properties, closed);
}

/** A layer's override has no default: what is not written stays as the step has it. */
function withoutDefault(schema: TSchema): TSchema {
  const { default: _, ...rest } = schema;
  return rest as TSchema;
}

function stepsSchema(): TSchema {
  const one = steps.map((step) =>
    Type.Object(
      { [step.name]: { ...withOn(strict(step.parameters)), description: step.summary, ...(step.source ? { source: step.source } : {}) } },
      { ...closed, title: step.name, description: step.summary },
    ),
  );
  return Type.Array(one.length === 1 ? one[0]! : Type.Union(one), {
    description: 'Run in order; each works on what the one before produced.',
  });
}

const withOn = (schema: TObject): TObject => ({ ...schema, properties: { on: onSetting, ...schema.properties } }) as TObject;

/** As a recipe may write it: unknown keys are errors, and whatever has a default may be left out. */
function strict(schema: TObject): TObject {
  const required = ((schema['required'] as string[] | undefined) ?? []).filter((key) => !('default' in schema.properties[key]!));
  const { required: _, ...rest } = schema;
  return { ...rest, ...(required.length ? { required } : {}), ...closed } as TObject;
}

function dataSchema(): TSchema {
  const source = strict(dataSource as TObject);
  const input = strict(inputSettings as TObject);
  const part = Type.Object(
    {
      fraction: Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description: 'Share of `train` (or `calibration`) cut off by the seed.',
      }),
    },
    closed,
  );
  const use = (description: string): TSchema => Type.Optional({ ...source, description } as TSchema);
  return Type.Object(
    {
      input: Type.Optional(
        Type.Union([input, Type.Record(Type.String(), input)], {
          description: "How a picture becomes the model's input; a map by input name if there are several.",
        }),
      ),
      train: Type.Optional({ ...strict(trainingSource as TObject), description: 'Pictures to learn from.' } as TSchema),
      validation: Type.Optional(
        Type.Union([source, part], { description: 'Pictures that choices look at; by default a seeded tenth of `train`.' }),
      ),
      calibration: use('Pictures to take the ranges of activations from; no labels needed. By default those of `train`.'),
      test: use('Pictures for the final figures; never looked at for a choice.'),
    },
    { ...closed, description: 'Pictures, and how one becomes the input.' },
  );
}

/** What a recipe may hold, as TypeBox data (which is JSON Schema), put together from the declarations of all rooms. */
export function recipeShape(): TObject {
  const model = file('The ONNX model to compress.', 'resnet20.onnx');
  return Type.Object(
    {
      version: Type.Literal(1, { description: 'Version of the recipe format.' }),
      model: Type.Optional(model),
      models: Type.Optional(modelsSchema(model, strict)),
      chain: Type.Optional(
        Type.Array(Type.String({ minLength: 1 }), {
          minItems: 2,
          description: 'Models of `models` that run one after another, in this order: measured, compressed and tuned as one.',
          examples: [['enhance', 'detect']],
        }),
      ),
      target: Type.Optional(
        oneOf(summaries(targets), {
          default: targets[0]!.name,
          description: 'What the result has to run on; sets defaults and limits of everything below.',
        }),
      ),
      task: Type.Optional(
        oneOf(
          {
            classification: 'Names the class of a picture: per cent of right answers.',
            detection: 'Finds boxes: average precision in per cent.',
            restoration: 'Makes a better picture: PSNR in dB.',
            none: 'Nothing is measured but how far the result is from the model as it was.',
          },
          {
            description: 'What the model does, so how it is measured. By default what the data sources say: labels, boxes or pairs.',
          },
        ),
      ),
      seed: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 0xffffffff,
          default: 0,
          description: 'Every random choice follows from it; equal seeds give equal files.',
        }),
      ),
      data: Type.Optional(dataSchema()),
      steps: Type.Optional(stepsSchema()),
      layers: Type.Optional(
        Type.Record(Type.String(), layerSettings(), {
          description: 'Exceptions by layer name; `*` stands for any characters. Later entries win.',
        }),
      ),
      gate: Type.Optional(
        Type.Object(
          {
            drop: Type.Number({
              minimum: 0,
              description: 'Allowed loss of the task metric, in its own unit (per cent points, dB). Missing it is exit code 3.',
            }),
            'lost-boxes': Type.Optional(
              Type.Integer({
                minimum: 0,
                description:
                  'Of detections: labelled boxes that may be found no longer, at `match.iou` and `decode.score` of the test pictures.',
              }),
            ),
            'false-boxes': Type.Optional(
              Type.Integer({
                minimum: 0,
                description: 'Of detections: boxes that are none of those labelled, at most, on all test pictures together.',
              }),
            ),
          },
          { ...closed, description: 'What the result may cost.' },
        ),
      ),
      output: Type.Optional(
        Type.Object(
          {
            folder: Type.Optional(
              file('Where run folders are made. By default `lathe-runs` in the workspace or the current folder.', 'out'),
            ),
            formats: Type.Optional(
              Type.Array(oneOf({ onnx: 'An ONNX model.', xmodel: 'A quantized XIR graph, as the compiler of a DPU takes it.' }, {}), {
                minItems: 1,
                default: ['onnx'],
                description: 'Containers to write of the last model; ONNX always is.',
              }),
            ),
            name: Type.Optional(
              Type.String({
                pattern: '^[^/\\\\]+$',
                default: '{model}_{step}',
                description: 'Name of the files without ending; `{model}` and `{step}` are filled in.',
              }),
            ),
          },
          { ...closed, description: 'Where results go and what they are called.' },
        ),
      ),
      deploy: Type.Optional(
        Type.Union([deployEntry, Type.Array(deployEntry, { minItems: 1 })], {
          description: 'Boards that the result is compiled for, copied to and measured on (`lathe deploy`): one, or a list.',
        }),
      ),
    },
    {
      ...closed,
      oneOf: [{ required: ['model'] }, { required: ['models'] }],
      title: 'Lathe recipe',
      description: 'A compression job: model, data, target, steps.',
    },
  );
}

/** Editors know this version best, and TypeBox writes it. */
export const draft7 = 'http://json-schema.org/draft-07/schema#';

/**
 * The recipe's JSON Schema for other tools: that which recipes are checked against, and besides it takes maps that are left empty, as the
 * checker does: `- quantize:`. Plain data.
 */
export function recipeSchema(): Record<string, unknown> {
  const schema = JSON.parse(JSON.stringify(recipeShape()), (_, value: unknown) =>
    isOptionalMap(value) ? orEmpty(value) : value,
  ) as object;
  return { $schema: draft7, ...schema };
}

interface MapSchema {
  readonly type: 'object';
  readonly required?: readonly string[];
}

const isOptionalMap = (value: unknown): value is MapSchema =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'object' && !('required' in value);

const orEmpty = (schema: MapSchema): object => ({ ...schema, type: ['object', 'null'] });
