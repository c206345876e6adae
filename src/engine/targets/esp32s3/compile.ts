import { LatheError } from '../../base/errors.ts';
import type { CompilePlan, Compiler, CompileRequest } from '../compile-plan.ts';
import { readToolLog, type LogDialect } from '../tool-log.ts';
import script from './quantize.py';

const scriptName = 'quantize.py';
const advice = 'Install esp-ppq into the Python that is called: python3 -m pip install esp-ppq torch';

/** Targets of esp-ppq 1.3, api/espdl_interface.py. `c`: the plain ESP32. */
const chips: Readonly<Record<string, string>> = { ESP32S3: 'esp32s3', ESP32P4: 'esp32p4', ESP32S31: 'esp32s31', ESP32: 'c' };

/** What quantize.py and esp-ppq 1.3 print. */
const dialect: LogDialect = {
  level: /^(?:lathe: (?<level>error|warning): |\[(?<prefix>Warning|Error)\]\s*)(?<text>.*)$/,
  levels: { error: 'error', warning: 'warning' },
  figures: {
    'esp-ppq': /^lathe: esp-ppq (\S+?),/,
    'exponents taken over': /^lathe: (\d+) of \d+ exponents taken over/,
    bytes: /^lathe: wrote .*, (\d+) bytes$/,
    'quantized operators': /^Num of Quantized Op:\s*\[(\d+)\]/,
  },
  known: [
    { pattern: /No module named .(?:esp_ppq|torch|onnx)/, severity: 'error', code: 'esp-dl.missing', hint: advice },
    {
      pattern: /EspdlQuantizer do not support operation platform|has no implementation|not supported? (?:op|operator|operation)/i,
      severity: 'error',
      code: 'esp-dl.unsupported',
      hint: 'lathe check --target esp32s3 names the layers that ESP-DL has not.',
    },
    { pattern: /ONNX simplifier skipped/, severity: 'warning', code: 'esp-dl.simplifier' },
    { pattern: /num_of_bits:.* will return TargetPlatform\.FP32/, severity: 'error', code: 'esp-dl.bits' },
  ],
};

/** esp-ppq, by a script of ours: what Lathe has quantized keeps its exponents; a float model is quantized by esp-ppq on the pictures. */
export const esp32s3Compiler: Compiler = {
  target: 'esp32s3',
  format: 'onnx',
  takes: ['.onnx'],
  programs: [
    { name: 'python3', advice: 'https://www.python.org/downloads' },
    { name: 'python', advice: 'https://www.python.org/downloads' },
  ],
  calibration: { layout: 'nchw', form: 'folder', pictures: 512 },
  questions: (_settings, tools) => {
    const program = tools['python3'] ?? tools['python'];
    const ask =
      'import importlib.util as u, importlib.metadata as m; print(*(f"{n}={m.version(n)}" for n in ("esp-ppq", "torch", "onnx") if u.find_spec(n.replace("-", "_"))))';
    return program === undefined ? [] : [{ name: 'packages', command: { program, arguments: ['-c', ask] } }];
  },
  plan,
  readLog: (lines) => readToolLog(lines, dialect),
};

function plan({ model, name, settings, tools, answers, calibration }: CompileRequest): CompilePlan {
  const output = `${name}.espdl`;
  const program = tools['python3'] ?? tools['python'] ?? 'python3';
  const chip = chipOf(settings.architecture);
  return {
    files: [{ name: scriptName, text: script }],
    steps: [
      {
        title: 'Write the .espdl with esp-ppq',
        limitMs: (settings.limit ?? 60) * 60_000,
        makes: output,
        command: { program, arguments: [scriptName, model, calibration ?? '-', output, '--target', chip] },
      },
    ],
    output,
    beside: [`${name}.info`, `${name}.json`],
    notes: [
      ...(calibration === undefined ? ['Without data.calibration only a model that is quantized already can be written.'] : []),
      `To run it: put ${output} into an ESP-IDF project with the component espressif/esp-dl, in a partition “model, data, spiffs, , 4000K”; then idf.py set-target esp32s3 && idf.py -p PORT flash monitor. model->test() there compares with values that are stored in the file, model->profile() times each layer.`,
    ],
    missing: missingOf(tools, answers['packages']?.stdout),
  };
}

function missingOf(tools: CompileRequest['tools'], said: string | undefined): CompilePlan['missing'] {
  if (tools['python3'] === undefined && tools['python'] === undefined)
    return [{ what: 'python3', advice: 'https://www.python.org/downloads' }];
  const absent = said === undefined ? [] : ['esp-ppq', 'torch', 'onnx'].filter((one) => !said.includes(`${one}=`));
  return absent.length ? [{ what: `the Python package${absent.length > 1 ? 's' : ''} ${absent.join(', ')}`, advice }] : [];
}

function chipOf(architecture = 'ESP32S3'): string {
  const found = chips[architecture.toUpperCase()];
  if (found) return found;
  throw new LatheError('compile.architecture', `${JSON.stringify(architecture)} is no chip that esp-ppq knows`, {
    hint: `There are ${Object.keys(chips).join(', ')}.`,
  });
}
