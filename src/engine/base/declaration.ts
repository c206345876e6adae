import { Type, type Static, type TObject } from '@sinclair/typebox';

/**
 * A method, step or target declares its parameters once, as TypeBox data: schema, completion, hover, flags, defaults and docs
 * are derived from it. Beside JSON Schema's own keys every property may carry `unit`, `source` (paper, equation, vendor
 * document) and `example`. `default` is required for optional behaviour: no default lives in code.
 */
export interface Declaration<Parameters extends TObject = TObject> {
  /** As written in the recipe: `minmax`, `quantize`. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly source?: string;
  readonly parameters: Parameters;
}

export type ParametersOf<D extends Declaration> = Static<D['parameters']>;

/**
 * A step of a recipe (`steps:`). Properties that may differ by layer (`layers:`) carry `layer: true` in their schema; leaving a layer
 * out (`quantize: false`) works for every step.
 */
export interface StepDeclaration<Parameters extends TObject = TObject> extends Declaration<Parameters> {
  /** Data that the step can't do without under these settings (defaults filled in). */
  needs?(settings: Static<Parameters>): readonly ('train' | 'calibration')[];
}

/** A parameter that is one of these names. */
export const oneOf = <const Names extends readonly string[]>(names: Names, options: Record<string, unknown>) =>
  Type.Unsafe<Names[number]>(
    Type.Union(
      names.map((name) => Type.Literal(name)),
      options,
    ),
  );
