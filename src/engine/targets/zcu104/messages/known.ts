import { fingerprintDifference, readFingerprint } from '../fingerprint.ts';

/** Something that Vitis AI's tools are known to say, what is behind it, and what to do. */
export interface KnownMessage {
  /** On the text behind `[UNILOG][…]`. Groups named `node` and `op` say what it is about. */
  readonly pattern: RegExp;
  /** Ours: `vitis.batch`. A code that the tool printed goes before. */
  readonly code: string;
  /** Where the tool's own level misleads. */
  readonly severity?: 'error' | 'warning' | 'info';
  readonly explain: (match: RegExpExecArray) => string;
  readonly advice: string;
}

const op = String.raw`xir::Op\s?\{name = (?<node>.*?), type = (?<op>[\w:.-]+)\}`;

/**
 * What users of Vitis AI run into, as its issues tell (github.com/Xilinx/Vitis-AI: 263, 276, 593, 673, 911, 975, 1072, 1149, 1195 and others); the first that
 * matches is told. Wordings of 2.5 to 3.5.
 */
export const knownMessages: readonly KnownMessage[] = [
  {
    pattern: /fingerprint.*?model_fingerprint\s+(0x[0-9a-f]+)\D.*?dpu_fingerprint\s+(0x[0-9a-f]+)/i,
    code: 'vitis.fingerprint',
    severity: 'error',
    explain: ([, model = '', board = '']) => {
      const [made, there] = [readFingerprint(model), readFingerprint(board)];
      const difference = made === undefined || there === undefined ? undefined : fingerprintDifference(made, there);
      return `the model was compiled for another DPU${difference === undefined ? '' : `: ${difference}`}`;
    },
    advice: 'Compile again for the board’s fingerprint: --architecture 0x….',
  },
  {
    pattern: /fingerprint check fail/i,
    code: 'vitis.fingerprint',
    severity: 'error',
    explain: () => 'the model was compiled for another DPU',
    advice: 'Compile again for the fingerprint that `xdputil query` prints on the board: --architecture 0x….',
  },
  {
    pattern: new RegExp(`DPU prefers ${op}'?s? input batch to be (\\d+), but it'?s (\\d+)`),
    code: 'vitis.batch',
    severity: 'warning',
    explain: ([, , , wanted, is]) => `it runs on the processor: its batch is ${is}, and the DPU of this board takes ${wanted}`,
    advice: 'Export the model with a batch of 1.',
  },
  {
    pattern: /activation type: LEAKYRELU\. Its alpha is ([0-9.]+), but DPU only support ([0-9.]+)/,
    code: 'vitis.leaky-relu',
    explain: ([, is, wanted]) => `the slope of its LeakyReLU is ${is}, the DPU has ${wanted} (26/256) only`,
    advice: 'Set the slope to 26/256 and train briefly: lathe check --fix. After a depthwise convolution no slope helps: use ReLU.',
  },
  {
    pattern: /negative slope for LeakyRelu must be ([0-9.]+): actual:? ([0-9.]+)/i,
    code: 'vitis.leaky-relu',
    severity: 'error',
    explain: ([, wanted, is]) => `the slope of a LeakyReLU is ${is}, the DPU has ${wanted} (26/256) only`,
    advice: 'Set the slope to 26/256 and train briefly: lathe check --fix.',
  },
  {
    pattern: /The operator named (?<node>.+?), type: (?<op>[\w:.-]+), is not defined in XIR/,
    code: 'vitis.unknown-operator',
    severity: 'warning',
    explain: ({ groups }) => `XIR has no operator ${groups?.['op']}: it stays in float and becomes a sub-graph of the processor`,
    advice: 'Replace it with one that the DPU has (hard swish or ReLU for SiLU), then train briefly.',
  },
  {
    pattern: /recognize new op '(?<op>[\w:.-]+)' as a float operator/,
    code: 'vitis.unknown-operator',
    severity: 'warning',
    explain: ({ groups }) => `the quantizer does not know ${groups?.['op']}: it stays in float and runs on the processor`,
    advice: 'Replace it with one that the DPU has (hard swish or ReLU for SiLU), then train briefly.',
  },
  {
    pattern: /Failed convert graph .* to xmodel|AddXopError/,
    code: 'vitis.export',
    severity: 'error',
    explain: () => 'the quantized graph could not be written as .xmodel',
    advice: 'Export on the CPU with a batch of 1 after one forward pass; or write it with lathe export MODEL --format xmodel.',
  },
  {
    pattern: /NO FRONT END SPECIFIED/,
    code: 'vitis.options',
    severity: 'error',
    explain: () => 'the compiler was called without a model: an option is misspelt',
    advice: 'Options of one letter have one dash: -x, -m, -a, -o, -n.',
  },
  {
    pattern:
      /(?:unable to|can ?not|failed to) open file|arch\.json.*(?:not found|no such|does not exist)|parse error.*(?:json|column)|json\.exception/i,
    code: 'vitis.architecture-file',
    severity: 'error',
    explain: () => 'the description of the accelerator (arch.json) is missing or no JSON',
    advice: 'Let Lathe write it (leave --architecture out), or name the accelerator: --architecture DPUCZDX8G_ISA1_B4096.',
  },
  {
    pattern: /No module named ['"]?vai_q_onnx/,
    code: 'vitis.quantizer',
    severity: 'error',
    explain: () => 'vai_q_onnx is not in Vitis AI’s images',
    advice: 'Quantize with lathe quantize --target: it needs none of it.',
  },
  {
    pattern: /The compiler log will be dumped at "?([^"]+)"?/,
    code: 'vitis.log-folder',
    severity: 'info',
    explain: ([, folder]) => `the compiler keeps a log of its own at ${folder}`,
    advice: 'In a container it is gone with it.',
  },
  {
    pattern: /Segmentation fault|Aborted \(core dumped\)|Check failure stack trace|terminate called after throwing/,
    code: 'vitis.crash',
    severity: 'error',
    explain: () => 'the compiler crashed',
    advice: 'The message before it says where; cut the model there, or try another version (--version).',
  },
  {
    pattern: /\bKilled\b|std::bad_alloc|MemoryError|Cannot allocate memory/,
    code: 'vitis.memory',
    severity: 'error',
    explain: () => 'the compiler ran out of memory',
    advice: 'Give the machine or Docker more: large networks take 8 GB and more.',
  },
  {
    pattern: /(?:^|[\s/])(vai_c_\w+): (?:command not found|No such file or directory)|failed to run command [‘'`](vai_c_\w+)/,
    code: 'vitis.not-installed',
    severity: 'error',
    explain: (match) => `${match[1] ?? match[2]} is not in this image or environment`,
    advice: 'Use an image of Vitis AI for the framework: pytorch for .xmodel, tensorflow2 for .h5.',
  },
];

/** An operator that the compiler leaves to the processor, with the reason that it prints. */
export const assignedToCpu = new RegExp(String.raw`${op} has been assigned to CPU(?:: \[(?<reason>.*)\])?`);

/** Ops that stand at the border of the DPU in every compiled model: they only change how numbers are stored. */
export const borderOps: readonly string[] = ['fix2float', 'float2fix', 'data-fix', 'data'];
