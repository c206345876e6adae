import type { Logger } from '../../base/context.ts';
import { LatheError } from '../../base/errors.ts';
import { countOf } from '../parameters.ts';
import type { StepGraph } from '../step-graph.ts';
import type { MemoryLimit } from '../task.ts';

/**
 * ONNX Runtime asks for memory in powers of two and needs room of its own inside operators: its peak is this many times what is alive at once. In 18 measurements
 * (six networks, both forms of the step) it was 1.3 to 2.8 times, mostly about 1.5; the factor was chosen on these.
 */
const overhead = 1.7;
/** Copies of the weights beside the step: moments, the best until then, gradients of ONNX Runtime and of JavaScript, what is being saved. */
const copies = 8;
/** From so many times what is free on no program gives back enough. */
const farBeyond = 2;
/** Node with ONNX Runtime and the step's code. */
const program = 150 * 2 ** 20;

/** What a training will take at its peak, in bytes. */
export function expectedBytes({ peakBytes, parameters }: StepGraph): { readonly fixed: number; readonly ofBatch: number } {
  return { fixed: program + 4 * copies * countOf(parameters), ofBatch: overhead * peakBytes };
}

/** Throws `training.memory` where a step needs more than `limit`, with a batch that fits; only warns where the limit is what seems free and is not far exceeded. */
export function checkMemory(
  step: StepGraph,
  batch: number,
  limit: MemoryLimit,
  { logger, file }: { readonly logger: Logger; readonly file?: string },
): void {
  const { fixed, ofBatch } = expectedBytes(step);
  const needed = fixed + ofBatch;
  logger.debug('memory expected', { needed, limit: limit.bytes });
  if (needed <= limit.bytes) return;
  const fits = batchThatFits(batch, ofBatch, limit.bytes - fixed);
  const message = `a training step with a batch of ${batch} needs about ${mebibytes(needed)}; ${limit.kind === 'limit' ? 'the limit is' : 'free are'} ${mebibytes(limit.bytes)}`;
  const hint =
    fits === 0
      ? 'Not even a batch of 1 fits: take smaller pictures or a smaller network.'
      : `Set batch: ${fits}${fits < batch ? ` and accumulate: ${Math.ceil(batch / fits)}, which makes steps of the same size` : ''}.`;
  if (limit.kind === 'free' && needed < farBeyond * limit.bytes) logger.warn(`${message}. ${hint}`);
  else throw new LatheError('training.memory', message, { ...(file === undefined ? {} : { file }), hint }, 1);
}

/** A multiple of 8 where it is large enough for that: blocks of the blocked layout fill then. */
function batchThatFits(batch: number, ofBatch: number, room: number): number {
  const most = Math.max(0, Math.floor((batch * room) / ofBatch));
  return most >= 8 ? most - (most % 8) : most;
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;
