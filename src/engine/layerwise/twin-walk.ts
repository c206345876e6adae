import type { Context } from '../base/context.ts';
import { throwIfCancelled } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import type { Model, Node } from '../onnx/graph.ts';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import { Segment } from './segment.ts';
import { Stages } from './stages.ts';
import { TensorStore, type MemoryBudget, type Tensors } from './tensor-store.ts';

/** Activations of all pictures that are kept in memory, in bytes; the rest waits in temporary files. */
const memoryBytes = 96 * 2 ** 20;

/** A place in both models where something is read: in `stage` all of it is known. */
export interface Stop {
  readonly stage: number;
  /** Values of the student and of the teacher. */
  readonly student: readonly string[];
  readonly teacher: readonly string[];
}

/** One of the two models, and in which stage a node's outputs are known, given the stage in which all that it reads is. */
export interface Twin {
  readonly model: Model;
  readonly stageOf: (node: Node, read: number) => number;
}

/** What is done at the stops of one stage. */
export interface StageVisit<S> {
  /** `index`: the picture's place in the dataset. */
  add(stop: S, student: Tensors, teacher: Tensors, index: number): Promise<void>;
  /** After all pictures: the student may be given other constants for what lies behind the stops. */
  finish(): Promise<void>;
  dispose(): Promise<void>;
}

export interface WalkRequest<S extends Stop> {
  readonly student: Twin;
  readonly teacher: Twin;
  readonly stops: readonly S[];
  readonly dataset: Dataset;
  readonly runtime: Runtime;
  readonly context: Context;
  /** What progress is reported as. */
  readonly phase: string;
  visit(stops: readonly S[]): StageVisit<S>;
}

/**
 * Runs two models side by side on the same pictures, stage by stage, so that the student can be changed stage after stage on what it makes of the
 * pictures by then. The activations of all pictures wait between two stages, so every node runs once a picture. Memory: `memoryBytes`, what the
 * visits hold, and a few pictures. Throws Cancelled.
 */
export async function walkTwins<S extends Stop>(request: WalkRequest<S>): Promise<void> {
  if (request.stops.length > 0) await new TwinWalk(request).run();
}

type Side = 'student' | 'teacher';

interface Part {
  readonly segment: Segment;
  /** Values that later stages need. */
  readonly kept: readonly string[];
}

class TwinWalk<S extends Stop> {
  readonly #request: WalkRequest<S>;
  readonly #stages: Readonly<Record<Side, Stages>>;
  readonly #budget: MemoryBudget = { left: memoryBytes };
  #store: TensorStore | undefined;

  constructor(request: WalkRequest<S>) {
    this.#request = request;
    const stages = (side: Side): Stages => {
      const { model, stageOf } = request[side];
      return new Stages(model.graph, this.#wanted(side, request.stops), stageOf);
    };
    this.#stages = { student: stages('student'), teacher: stages('teacher') };
  }

  async run(): Promise<void> {
    const { stops } = this.#request;
    const stages = 1 + stops.reduce((most, { stage }) => Math.max(most, stage), 0);
    try {
      for (let stage = 0; stage < stages; stage++) {
        const here = stops.filter((stop) => stop.stage === stage);
        const visit = this.#request.visit(here);
        try {
          await this.#stream(stage, stages, here, visit);
          await visit.finish();
        } finally {
          await visit.dispose();
        }
      }
    } finally {
      await this.#store?.dispose();
    }
  }

  /** Takes all pictures from one stage to the next. */
  async #stream(stage: number, stages: number, stops: readonly S[], visit: StageVisit<S>): Promise<void> {
    const { context, dataset, phase } = this.#request;
    const pictures = dataset.samples.length;
    const student = this.#part('student', stage, stops);
    const teacher = this.#part('teacher', stage, stops);
    const next = new TensorStore(this.#budget);
    try {
      let done = 0;
      for await (const { index, known } of this.#known()) {
        throwIfCancelled(context.signal);
        const ours = await student.segment.run(known('student'));
        const theirs = await teacher.segment.run(known('teacher'));
        for (const stop of stops) await visit.add(stop, ours, theirs, index);
        await next.add({ ...prefixed('student', ours, student.kept), ...prefixed('teacher', theirs, teacher.kept) });
        done++;
        context.progress.report({ phase, done: stage * pictures + done, total: stages * pictures, unit: 'pictures' });
      }
    } finally {
      await student.segment.dispose();
      await teacher.segment.dispose();
      await this.#store?.dispose();
      this.#store = next;
    }
  }

  /** What is known of each picture before the stage. */
  async *#known(): AsyncIterable<{ index: number; known: (side: Side) => Tensors }> {
    const { dataset, context, teacher } = this.#request;
    const store = this.#store;
    if (!store) {
      const toFeeds = pictureFeeder(teacher.model);
      for await (const sample of dataset.stream({ signal: context.signal })) {
        const feeds = toFeeds(sample);
        yield { index: sample.index, known: () => feeds };
      }
      return;
    }
    for (let index = 0; index < store.length; index++) {
      const tensors = await store.take(index);
      yield { index, known: (side) => unprefixed(side, tensors) };
    }
  }

  #part(side: Side, stage: number, stops: readonly S[]): Part {
    const { runtime, context } = this.#request;
    const { model } = this.#request[side];
    const inputs = stage === 0 ? model.graph.requiredInputs.map(({ name }) => name) : this.#frontier(side, stage - 1);
    const kept = this.#frontier(side, stage);
    const outputs = [...new Set([...this.#wanted(side, stops), ...kept])];
    return { segment: new Segment(model, inputs, outputs, runtime, context), kept };
  }

  #wanted(side: Side, stops: readonly S[]): string[] {
    return stops.flatMap((stop) => stop[side]);
  }

  /** Dequantized values are kept as codes: a quarter of the bytes. */
  #frontier(side: Side, stage: number): string[] {
    const stages = this.#stages[side];
    const compact = (value: string): string => {
      const maker = stages.graph.producer(value);
      return maker?.op === 'DequantizeLinear' ? maker.inputs[0]! : value;
    };
    // What a stop wants besides its layer's input may follow from nothing that a later layer reads.
    const later = this.#wanted(
      side,
      this.#request.stops.filter((stop) => stop.stage > stage),
    );
    return [...new Set([...stages.frontier(stage).map(compact), ...later.filter((value) => stages.of(value) <= stage)])];
  }
}

const prefixed = (side: Side, tensors: Tensors, names: readonly string[]): Record<string, RuntimeTensor> =>
  Object.fromEntries(names.map((name) => [`${side}/${name}`, tensors[name]!]));

function unprefixed(side: Side, tensors: Tensors): Tensors {
  const start = `${side}/`;
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(start))
      .map(([name, tensor]) => [name.slice(start.length), tensor]),
  );
}
