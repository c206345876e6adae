import { Type, type Static, type TObject, type TUnsafe } from '@sinclair/typebox';

/**
 * A method, step or target declares its parameters once, as TypeBox data: schema, completion, hover, flags, defaults and docs
 * are derived from it. Beside JSON Schema's own keys every property may carry `unit`, `source` (paper, equation, vendor
 * document), `example`, and `when` (`{ optimizer: ['sgd'] }`: other keys of the same map with the values at which it is read at all). `default` is required for optional behaviour: no default lives in code.
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
  /** Settings that a new step is written with in an editor: the ones that matter most. */
  readonly starts?: readonly string[];
  /** It works on the models of a chain only: recipes of one model are not offered it. */
  readonly chained?: true;
  /** Data that the step can't do without under these settings (defaults filled in). */
  needs?(settings: Static<Parameters>): readonly ('train' | 'calibration')[];
}

/** What each of some names means, one sentence each; in the order in which they are offered. */
export type Meanings<Name extends string = string> = Readonly<Record<Name, string>>;

/** A parameter that is one of these names, each with what it means: editors show that beside it. */
export const oneOf = <const Name extends string>(meanings: Meanings<Name>, options: Record<string, unknown>): TUnsafe<Name> =>
  Type.Unsafe<Name>(
    Type.Union(
      Object.entries<string>(meanings).map(([name, description]) => Type.Literal(name, { description })),
      options,
    ),
  );

/** What the methods of a list mean is their summary. */
export const summaries = <Name extends string>(methods: readonly { readonly name: Name; readonly summary: string }[]): Meanings<Name> =>
  Object.fromEntries(methods.map(({ name, summary }) => [name, summary])) as Meanings<Name>;
