import { LatheError } from '../base/errors.ts';

/** What users can do about ONNX Runtime's commonest refusals, by a part of its message. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/Protobuf parsing failed|does not have a graph/, 'The file is not a complete ONNX model; export or download it again.'],
  [
    /Unsupported model IR version/,
    'The file was written by a newer ONNX than this ONNX Runtime reads; export it with an older IR version.',
  ],
  [/under development and support for this is limited/, 'Export the model with a lower opset; this ONNX Runtime does not know that one.'],
  [
    /is not a registered function\/op|No Op registered for/,
    'This ONNX Runtime has no such operator; export the model with standard ONNX operators.',
  ],
  [
    /Could not find an implementation/,
    'ONNX Runtime has no CPU kernel for this operator, type or version; a newer opset or another type may have one.',
  ],
  [/External data path|external data/i, 'Put the weights file beside the model, where the model says it is.'],
  [/Failed to allocate memory|bad_alloc|bad allocation/, 'There was not enough memory; use a smaller batch or close other programs.'],
  [
    /Invalid rank for input|Got invalid dimensions for input/,
    'The data does not fit the model’s input shape; check size, crop and layout of the input settings.',
  ],
  [/Unexpected input data type/, 'The data does not have the element type of the model’s input.'],
  [/File doesn't exist|system error number 2/, 'Check the path.'],
];

/** ONNX Runtime's message without C++ file names, signatures and prefixes: one sentence or two, at most 300 characters. */
export function shortReason(message: string): string {
  const text = message
    .replace(/\s+/g, ' ')
    .replace(/^Load model from .*? failed: ?/, '')
    .replace(/^This is an invalid model\. (?:In Node, .*?, )?Error:? /, 'the model is invalid: ')
    .replace(/\/\S*onnxruntime\S*\.(?:cc|h):\d+ /g, '')
    .replace(/(?:[\w:<>*&,~]+ )*onnxruntime::\S+\(.*?\)(?: const)?(?: \[.*?\])? (?=[A-Z])/g, '')
    .replace(/\S+\.(?:cc|h):\d+ \w+ /g, '')
    .replace(/^Non-zero status code returned while running (\w+) node\. Name:'(.*?)' Status Message: /, '$1 failed: ')
    .replace(
      /ONNX Runtime only \*guarantees\* .*?Opset (\d+) is under development.*?till opset (\d+)\./,
      'opset $1 is newer than opset $2, the last that ONNX Runtime supports.',
    )
    .trim();
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

/** Turns what onnxruntime-node threw into the engine's error, naming the node where the message does. */
export function runtimeError(code: 'runtime.load' | 'runtime.run', thrown: unknown, file?: string): LatheError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const node = /Name:'([^']+)'|node with name '([^']+)'|of node \(([^)]+)\)|In Node, \("([^"]+)"/.exec(message)?.slice(1);
  const hint = advice.find(([pattern]) => pattern.test(message))?.[1];
  const what = code === 'runtime.load' ? 'ONNX Runtime cannot load the model' : 'ONNX Runtime cannot run the model';
  return new LatheError(
    code,
    `${what}: ${shortReason(message)}`,
    { file, node: node?.find(Boolean), hint, cause: thrown },
    code === 'runtime.load' ? 2 : 1,
  );
}
