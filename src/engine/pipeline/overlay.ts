import { Type, type Static } from '@sinclair/typebox';

const closed = { additionalProperties: false };

const scale = Type.Union(
  [
    Type.Object(
      { thresholds: Type.Array(Type.Number(), { minItems: 1, description: 'Ascending borders between the steps of colour.' }) },
      closed,
    ),
    Type.Object(
      { gradient: Type.Tuple([Type.Number(), Type.Number()], { description: 'Values at the two ends of the colours.' }) },
      closed,
    ),
  ],
  { description: 'How values become colours.' },
);

const overlay = Type.Object(
  {
    id: Type.String({ minLength: 1, examples: ['sqnr'] }),
    label: Type.String({ minLength: 1, examples: ['Quantization error (SQNR)'] }),
    unit: Type.String({ examples: ['dB'] }),
    better: Type.Union([Type.Literal('high'), Type.Literal('low')]),
    values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]), {
      description: 'By node name, an unnamed node by its first output; null: measured, and without error.',
    }),
    scale,
  },
  closed,
);

/** `*.overlay.json`: figures by layer that any tool may write and the graph view draws. */
export const overlayFile = Type.Object(
  {
    version: Type.Literal(1),
    models: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), {
      minItems: 1,
      description: 'sha256 of the model files whose nodes have these names.',
    }),
    graph: Type.Optional(Type.String({ description: 'Name of the graph; absent: the main graph.' })),
    run: Type.Optional(Type.String({ description: 'Hash of the recipe that the figures come from.' })),
    overlays: Type.Array(overlay),
  },
  { ...closed, $id: 'lathe-overlay', title: 'Lathe overlay', description: 'Figures by layer of a model, to be drawn over its graph.' },
);

export type OverlayFile = Static<typeof overlayFile>;
export type Overlay = Static<typeof overlay>;
