import { encodeModel } from '../onnx/codec.ts';
import type { Model, ValueInfo } from '../onnx/graph.ts';
import type { Shapes } from '../ops/infer.ts';
import { writeVariants, type LayerVariant } from '../quantize/variant.ts';
import type { RuntimeTensor, Session } from '../runtime/runtime.ts';
import type { Cuts } from './cuts.ts';
import type { AnalyzeDependencies } from './types.ts';

/** Values of one picture by name. */
export type Values = ReadonlyMap<string, RuntimeTensor>;

/** A stretch of the model, some of its layers perhaps quantized, ready to run. */
export class PartSession {
  private constructor(
    readonly session: Session | undefined,
    readonly reads: readonly string[],
  ) {}

  /**
   * `values`: those of any picture at `from`, which say the types. Elementwise reordering and fusion are left to the runtime, as in the
   * user's program.
   */
  static async open(
    { cuts, shapes, runtime, context }: AnalyzeDependencies & { cuts: Cuts; shapes: Shapes },
    place: { readonly from: number; readonly to: number | readonly number[] },
    layers: readonly LayerVariant[],
    values: Values,
  ): Promise<PartSession> {
    const typeOf = (name: string): ValueInfo => {
      const elementType = values.get(name)!.type;
      return { name, type: { kind: 'tensor', elementType, shape: shapes.of(name)?.shape } };
    };
    const part: Model | undefined = cuts.between(place.from, [place.to].flat(), typeOf);
    if (!part) return new PartSession(undefined, []);
    writeVariants(part, layers);
    // Else ONNX Runtime would round the float weights between quantized values itself, to 8 bits.
    const session = await runtime.load(encodeModel(part), { optimize: 'all', keepQdq: true, threads: context.threads });
    return new PartSession(
      session,
      part.graph.inputs.map(({ name }) => name),
    );
  }

  /** What it makes of one picture's values. */
  async run(values: Values): Promise<Record<string, RuntimeTensor>> {
    if (!this.session) return {};
    return this.session.run(Object.fromEntries(this.reads.map((name) => [name, values.get(name)!])));
  }

  async dispose(): Promise<void> {
    await this.session?.dispose();
  }
}
