import { LatheError } from '../../../base/errors.ts';
import { fingerprintDifference, readFingerprint } from '../fingerprint.ts';
import { fields, list, shown, text, whole } from './foreign.ts';

type Details = Readonly<Record<string, unknown>>;
type Failure = (details: Details) => { readonly code: string; readonly message: string; readonly hint: string };

const image = 'AMD’s board image has it; on another one: dnf install packagegroup-petalinux-vitisai.';
const names = (value: unknown): string => list(value).flatMap((one) => text(one) ?? []).slice(0, 5).join(', ') || 'unknown'; // prettier-ignore

/** What keeps the runner from running the model, by its own code. */
const failures: Readonly<Record<string, Failure>> = {
  module: ({ name }) => ({
    code: 'board.runtime',
    message: `Python on the board has no module ${text(name) ?? 'xir or vart'}`,
    hint: image,
  }),
  fingerprint: ({ model, board }) => wrongFingerprint(names(model), names(board)),
  'no-dpu': () => ({
    code: 'board.model',
    message: 'no part of the model runs on the DPU',
    hint: 'Is it the compiled file? A quantized one (_int.xmodel) has yet to go through the compiler: lathe compile.',
  }),
  'graph-runner': ({ dpu }) => ({
    code: 'board.graph-runner',
    message: `the model has ${whole(dpu) ?? 'several'} sub-graphs on the DPU, and what runs them in turn is not on the board: Python’s module vitis_ai_library`,
    hint: `${image} Or keep the model in one sub-graph: lathe check MODEL tells what splits it.`,
  }),
  inputs: ({ names: all }) => ({
    code: 'board.inputs',
    message: `the model has ${list(all).length} inputs (${names(all)}), and only models with one are run`,
    hint: 'Cut the model so that it has one input.',
  }),
  input: ({ file, why }) => ({
    code: 'board.input',
    message: `the model can’t be given ${text(file) ?? 'an input'}: ${text(why) ?? 'it does not fit'}`,
    hint: 'Was the file compiled from another model than the recipe’s?',
  }),
  limit: ({ seconds }) => ({
    code: 'board.limit',
    message: `the model did not end within ${whole(seconds) ?? 'its'} seconds`,
    hint: 'Ask for fewer runs, pictures or seconds in the recipe’s deploy entry; xdputil status tells what the DPU is doing.',
  }),
};

/** Words in the vendor's log of a process that has ended, and what they mean (Vitis-AI 2.5 to 3.5; the first that is found counts). */
const signs: readonly (readonly [RegExp, (found: RegExpExecArray) => ReturnType<Failure>])[] = [
  [/model_fingerprint (0x[0-9a-f]+)\D.*?dpu_fingerprint (0x[0-9a-f]+)/i, ([, model, board]) => wrongFingerprint(model!, board!)],
  [
    /(?:dpu|cu) timeout!/i,
    () => ({
      code: 'board.timeout',
      message: 'the DPU did not answer within its time (10 s by default) and VART ended the process',
      hint: 'xdputil status tells where it hangs; load the DPU’s design again or restart the board.',
    }),
  ],
  [
    /resource busy|EBUSY|VART_OPEN_DEVICE_FAIL|VART_LOAD_XCLBIN_FAIL|cannot lock/i,
    () => ({
      code: 'board.busy',
      message: 'the DPU could not be opened: another program has it, or its design is not loaded',
      hint: 'End the other program (xdputil status), or load the design; only root may open the device on some images.',
    }),
  ],
  [
    /bad_alloc|Cannot allocate memory|out of memory|xrtBOAlloc|BO_ALLOC/i,
    () => ({
      code: 'board.memory',
      message: 'the board has too little memory for the model',
      hint: 'Use fewer threads: each has buffers of its own.',
    }),
  ],
];

function wrongFingerprint(model: string, board: string): ReturnType<Failure> {
  const [made, there] = [readFingerprint(model), readFingerprint(board)];
  const difference = made === undefined || there === undefined ? undefined : fingerprintDifference(made, there);
  return {
    code: 'board.fingerprint',
    message: `the model was compiled for another DPU: ${difference ?? `its fingerprint is ${model}, the board’s ${board}`}`,
    hint: `Compile it again for the board: compile: { architecture: '${board.split(', ')[0]}' } in the recipe’s deploy entry.`,
  };
}

/** What the runner said in its result's `error`, as an error for people. */
export function failureOf(error: unknown, model: string): LatheError {
  const details = fields(error);
  const [code, log] = [text(details['code']) ?? '', typeof details['log'] === 'string' ? details['log'] : ''];
  const { code: ours, message, hint } = (Object.hasOwn(failures, code) ? failures[code]!(details) : undefined) ?? fromLog(log, details);
  return new LatheError(ours, message, { file: model, hint }, 1);
}

function fromLog(log: string, { status }: Details): ReturnType<Failure> {
  // As many characters as are looked at: patterns run over what a board has sent.
  const last = log.slice(-16_384);
  for (const [sign, failure] of signs) {
    const found = sign.exec(last);
    if (found) return failure(found);
  }
  const ended = whole(status);
  const how = ended === undefined ? 'ended' : ended < 0 ? `was ended by signal ${-ended}` : `ended with exit code ${ended}`;
  const lines = last.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('progress ')); // prettier-ignore
  const said = lines.findLast((line) => /^(\[UNILOG\]\[(FATAL|ERROR)\]|F\d{4} |\w*(Error|Exception)\b)/.test(line)) ?? lines.at(-1);
  return {
    code: 'board.ended',
    message: `the runner on the board ${how}${said === undefined ? '' : `: ${shown(said)}`}`,
    hint: 'The whole log is with the results.',
  };
}
