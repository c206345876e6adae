import { LatheError } from '../../base/errors.ts';
import type { CompilePlan, Compiler, CompileRequest, CompileStep } from '../compile-plan.ts';
import { readHailoLog } from './log.ts';

const advice =
  'Hailo’s Dataflow Compiler 3.x for the Hailo-8 comes from hailo.ai (Developer Zone, after registration), for x86-64 Linux; start Lathe in its Python environment.';
/** 5.x serves the Hailo-10 and 15 only. (hailo-ai/hailo_model_zoo, README.) */
const newestMajor = 3;
/** The Model Zoo recommends as many. (hailo_model_zoo v2.18, docs/OPTIMIZATION.rst.) */
const pictures = 1024;

/** Hailo's parser, optimizer and compiler, one after another. They take the float model: integers are theirs to choose. */
export const hailo8Compiler: Compiler = {
  target: 'hailo8',
  format: 'float',
  takes: ['.har'],
  programs: [{ name: 'hailo', advice }],
  calibration: { layout: 'nhwc', form: 'array', pictures },
  questions: (_settings, tools) =>
    tools['hailo'] === undefined ? [] : [{ name: 'version', command: { program: tools['hailo'], arguments: ['--version'] } }],
  plan,
  readLog: readHailoLog,
};

function plan(request: CompileRequest): CompilePlan {
  const { model, name, tools, calibration, settings, answers } = request;
  const program = tools['hailo'] ?? 'hailo';
  const limitMs = (settings.limit ?? 60) * 60_000;
  const chip = chipOf(settings.architecture);
  const step = (title: string, makes: string, ...rest: string[]): CompileStep => ({
    title,
    limitMs,
    makes,
    command: { program, arguments: rest },
  });
  const [parsed, optimized, output] = [`${name}.har`, `${name}_optimized.har`, `${name}.hef`];
  const parse = step('Parse the model', parsed, 'parser', 'onnx', model, '--hw-arch', chip, '--net-name', name, '--har-path', parsed, '-y');
  const pictureSet = calibration === undefined ? ['--use-random-calib-set'] : ['--calib-set-path', calibration];
  const har = model.endsWith('.har') ? model : parsed;
  const optimize = step('Quantize it', optimized, 'optimize', har, '--hw-arch', chip, ...pictureSet, '--output-har-path', optimized);
  const compile = step('Compile it', output, 'compiler', optimized, '--hw-arch', chip, '--output-dir', '.');
  return {
    files: [],
    steps: har === model ? [optimize, compile] : [parse, optimize, compile],
    output,
    beside: [optimized],
    notes: [
      'The Dataflow Compiler rounds the float model by itself: the integers of a model that Lathe has quantized are given up, its weights and what training made of them are kept.',
      ...(calibration === undefined
        ? ['Without data.calibration it is calibrated on random numbers: its speed is right, its answers are not.']
        : []),
      ...versionNote(answers['version']?.stdout),
    ],
    missing: tools['hailo'] === undefined ? [{ what: 'hailo', advice }] : [],
  };
}

const chips = ['hailo8', 'hailo8l', 'hailo8r'];

function chipOf(architecture = 'HAILO8'): string {
  const found = chips.find((chip) => chip === architecture.toLowerCase());
  if (found) return found;
  throw new LatheError('compile.architecture', `${JSON.stringify(architecture)} is no chip of the Hailo-8 family`, {
    hint: `There are ${chips.map((chip) => chip.toUpperCase()).join(', ')}.`,
  });
}

/** "Current Hailo Dataflow Compiler v3.33.0". */
function versionNote(said = ''): string[] {
  const version = /v?(\d+)\.(\d+)(?:\.\d+)*/.exec(said);
  if (!version || Number(version[1]) <= newestMajor) return [];
  return [`The Dataflow Compiler here is ${version[0]}; the Hailo-8 stays with 3.x, newer ones are for other chips.`];
}
