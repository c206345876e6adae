import type { CompileFindings } from '../compile-plan.ts';
import { readToolLog, type LogDialect } from '../tool-log.ts';

/**
 * What the Dataflow Compiler prints: "[info] …", "[warning] …", "[error] …", and Python exceptions. (Logs that users have published:
 * ankandrew/fast-plate-ocr issue 44, hailo-ai/Hailo-Application-Code-Examples issue 364, community.hailo.ai topics 2174 and 2384.)
 */
const dialect: LogDialect = {
  level: /^\[(?<level>info|warning|error|critical)\]\s*(?<text>.*)$/,
  levels: { warning: 'warning', error: 'error', critical: 'error' },
  figures: {
    'end nodes': /recommendations? for end node names: (\[.*?\])/,
    contexts: /(?:Using|Found|Multi-context flow is used, with) (\d+) contexts?/i,
    'compilation time': /Successful Compilation \(compilation time: ([^)]*)\)/,
  },
  known: [
    {
      pattern: /Parsing failed with recommendations for end node names: (\[.*?\])/,
      severity: 'warning',
      code: 'hailo.end-nodes',
      message: ([, nodes]) => `the parser takes the model up to ${nodes} only, and ends it there`,
      hint: 'What comes behind these nodes is yours to compute: post-processing runs on the host.',
    },
    {
      pattern: /(?<op>Unsupported\w+Error) in op (?<node>[^:\s]+)\s*:?\s*(.*)$/,
      severity: 'error',
      code: 'hailo.unsupported',
      message: ({ groups, 3: why }) => `${groups!['op']}${why ? `: ${why}` : ''}`,
      hint: 'lathe check tells what is known of the operator; end the model before it, or replace it.',
    },
    {
      pattern: /Reducing optimization level to \d+/,
      severity: 'warning',
      code: 'hailo.optimization-level',
      hint: 'The full optimization takes at least 1024 calibration pictures and a GPU: data.calibration.count.',
    },
    {
      pattern: /Unable to find a GPU|no available GPU|No GPU chosen/i,
      severity: 'info',
      code: 'hailo.gpu',
    },
    {
      pattern: /(?:Mapping|Compilation) [Ff]ailed|BackendAllocatorException/,
      severity: 'error',
      code: 'hailo.allocation',
      hint: 'The model does not fit the chip as it is: prune it, or end it earlier.',
    },
    {
      pattern: /Invalid kernel shape|Calibration dataset shape|BadInputsShape/,
      severity: 'error',
      code: 'hailo.calibration-shape',
      hint: 'Pictures are written as N, H, W, C; a model whose input is not a picture takes --use-random-calib-set.',
    },
  ],
};

export const readHailoLog = (lines: readonly string[]): CompileFindings => readToolLog(lines, dialect);
