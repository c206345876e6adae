import type { ChainTarget } from '../chain/types.ts';
import { internalBytes, largestFlashBytes, usualPsramBytes } from './memory.ts';

/** ESP32-S3 datasheet and technical reference, "Processor Instruction Extensions": 16 products of 8 bits in an instruction, 240 MHz, two cores. */
const macsPerSecond = 2 * 16 * 240e6;

/** Several models on one chip without an operating system. */
export const chain: ChainTarget = {
  target: 'esp32s3',
  files: 'each',
  schedule:
    'A .espdl for each model, run one after another by the same task; both cores share the work of a layer (RUNTIME_MODE_MULTI_CORE), so a pipeline gains nothing. A model that is built keeps its arena: delete it before the next is built, and the memory need hold the larger only; keep all, and it holds the sum.',
  source: 'espressif/esp-dl, dl_model_base.hpp (build, run, param_copy); ESP32-S3 and ESP32-S3-WROOM-1 datasheets',
  elementBytes: 1,
  memory: [
    {
      name: 'flash of a module, weights of all models',
      holds: 'weights',
      limit: largestFlashBytes,
      beyond: 'error',
      hint: 'Prune, or round weights narrower; nothing else makes the files smaller.',
    },
    {
      name: 'memory on the chip, activations in series',
      holds: 'largest',
      limit: internalBytes,
      beyond: 'info',
      hint: 'It takes a module with PSRAM, which is slower; a smaller input needs less.',
    },
    {
      name: 'PSRAM of a module, activations in series',
      holds: 'largest',
      limit: usualPsramBytes,
      beyond: 'error',
      hint: 'A smaller input, or a stride earlier in the model, is what needs less.',
    },
    {
      name: 'PSRAM of a module, all models built',
      holds: 'all',
      limit: usualPsramBytes,
      beyond: 'warning',
      hint: 'Delete a model before the next is built.',
    },
  ],
  peak: () => ({ macsPerSecond, units: 1, text: '16 multiply-adds an instruction and core at 240 MHz, 2 cores' }),
};
