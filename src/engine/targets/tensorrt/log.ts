import type { CompileFindings } from '../compile-plan.ts';
import { readToolLog, type LogDialect } from '../tool-log.ts';

/** What trtexec 8 to 11 prints: "[04/07/2025-23:59:33] [I] [TRT] …", levels V, I, W, E. (NVIDIA/TensorRT, samples/common/logging.h and sampleReporting.cpp.) */
const dialect: LogDialect = {
  level: /^\[[\d/:-]+\] \[(?<level>[VIWEF])\] (?:\[TRT\] )?(?<text>.*)$/,
  levels: { W: 'warning', E: 'error', F: 'error' },
  figures: {
    TensorRT: /^&&&& RUNNING TensorRT\.trtexec \[TensorRT v([\d.]+)\]/,
    'build time, s': /Engine built in ([\d.]+) sec/,
    'engine, MiB': /(?:Created engine with size|Engine deserialized.*size): ([\d.]+) MiB/,
    'throughput, qps': /Throughput: ([\d.]+) qps/,
    'GPU compute median, ms': /GPU Compute Time: .*median = ([\d.]+) ms/,
  },
  known: [
    {
      pattern: /(?:UNSUPPORTED_NODE|No importer registered for op|Plugin not found)\D*?(?::\s*(?<op>\w+))?/,
      severity: 'error',
      code: 'tensorrt.unsupported',
      hint: 'lathe check --target tensorrt names the layers that its parser has not; a plugin of that name is the other way.',
    },
    {
      pattern: /[Zz]ero[_ -]?point.*(?:zero|0|not supported)|non-zero zero point|shiftIsAllZeros/,
      severity: 'error',
      code: 'tensorrt.zero-point',
      hint: 'TensorRT takes zero points of 0 only: quantize with --target tensorrt.',
    },
    {
      pattern: /Calibrator is not being used|missing scale and zero-point|calibrator.*random|Setting dynamic range/i,
      severity: 'warning',
      code: 'tensorrt.no-scales',
      hint: 'trtexec does not calibrate: without QuantizeLinear in the model its integers are made up.',
    },
    { pattern: /Unknown option: (\S+)/, severity: 'error', code: 'tensorrt.option', hint: 'Options of trtexec differ by version.' },
    {
      pattern: /(?:out of memory|OutOfMemory|Cuda failure: 2\b)/i,
      severity: 'error',
      code: 'tensorrt.memory',
      hint: 'Free memory on the device, or give --memPoolSize less.',
    },
    {
      pattern: /engine plan file is (?:generated on an incompatible device|not compatible)|Version tag does not match/i,
      severity: 'error',
      code: 'tensorrt.engine',
      hint: 'An engine runs on the kind of GPU and the version of TensorRT that built it: build it there.',
    },
    {
      pattern: /Dynamic dimensions required for input: (\S+), but no shapes were provided/,
      severity: 'info',
      code: 'tensorrt.batch',
      message: ([, input]) => `the size of ${input} that is left open is taken as 1`,
    },
    { pattern: /&&&& FAILED TensorRT\.trtexec/, severity: 'error', code: 'tensorrt.failed', message: () => 'trtexec failed' },
  ],
};

export const readTrtexecLog = (lines: readonly string[]): CompileFindings => readToolLog(lines, dialect);

/** "10.3.0" of the v100300 in the first line that trtexec prints, "8.6.2" of v8602. */
export function trtexecVersion(output: string): string | undefined {
  const said = /\[TensorRT v([\d.]+)\]/.exec(output)?.[1];
  if (said === undefined || said.includes('.')) return said;
  const number = Number(said);
  const unit = number >= 100_000 ? 10_000 : 1000;
  return `${Math.floor(number / unit)}.${Math.floor((number % unit) / 100)}.${number % 100}`;
}
