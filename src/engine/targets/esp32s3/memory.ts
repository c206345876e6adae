import { peakBytes } from '../../ops/measure/memory.ts';
import { weightsOf } from '../../ops/measure/weights.ts';
import type { DataFlow } from '../verdict/data-flow.ts';

/** ESP32-S3 datasheet: 512 KB of SRAM, of which the system takes some. */
export const internalBytes = 512 * 1024;
/** Of the usual modules (ESP32-S3-WROOM-1 datasheet: up to 16 MB of flash and 8 MB of PSRAM, 16 MB on the R16V). */
export const largestFlashBytes = 16 << 20;
export const usualPsramBytes = 8 << 20;

/** What a model takes of the chip's memories, with 8-bit numbers and one picture; one clause each. */
export function memoryRemarks({ nodes, graph, shapes }: DataFlow): string[] {
  const { root } = shapes;
  const weights = nodes.reduce((sum, node) => weightsOf(root, node).reduce((all, { parameters }) => all + parameters, sum), 0);
  const peak = peakBytes(root);
  const found: string[] = [];
  if (weights > largestFlashBytes)
    found.push(`${megabytes(weights)} of weights do not fit the ${megabytes(largestFlashBytes)} of flash of an ESP32-S3 module`);
  if (peak === null) return found;
  // A float model will have a quarter of it.
  const bytes = graph.nodes.some(({ op }) => op === 'QuantizeLinear') ? peak : peak / 4;
  if (bytes > usualPsramBytes)
    found.push(`activations take ${megabytes(bytes)} at once, and modules have ${megabytes(usualPsramBytes)} of PSRAM`);
  else if (bytes > internalBytes)
    found.push(
      `activations take ${megabytes(bytes)} at once, more than the ${internalBytes / 1024} kB of memory on the chip: it takes a module with PSRAM, which is slower`,
    );
  return found;
}

const megabytes = (bytes: number): string => `${Number((bytes / (1 << 20)).toPrecision(3))} MB`;
