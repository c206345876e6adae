import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVitisLog } from '../../../src/engine/targets/zcu104/messages/read-log.ts';
import { knownMessages } from '../../../src/engine/targets/zcu104/messages/known.ts';

type Row = [what: string, lines: string[], severity: string | undefined, code: string | undefined, message: RegExp, node?: string];

const rows: Row[] = [
  [
    'a fingerprint of 3.0',
    [
      '[UNILOG][FATAL][VART_DEVICE_MISMATCH][…] CHECK fingerprint fail! model_fingerprint 0x101000016010407 is un-matched with actual dpu_fingerprint 0x101000056010407. Please re-compile xmodel with dpu_fingerprint 0x101000056010407 and try again.',
    ],
    'error',
    'VART_DEVICE_MISMATCH',
    /compiled for another DPU: .*Vitis AI 2\.5.*Vitis AI 3\.0 and 3\.5.*without ArgMax/,
  ],
  [
    'a fingerprint of 2.5',
    ['CHECK fingerprint fail ! model_fingerprint 0x101000056010407 dpu_fingerprint 0x101000016010407'],
    'error',
    'vitis.fingerprint',
    /with ArgMax/,
  ],
  ['a fingerprint without numbers', ['fingerprint check failure.'], 'error', 'vitis.fingerprint', /another DPU/],
  [
    'a node of the processor with its reason',
    ['[UNILOG][WARNING] xir::Op{name = Net__Net_Conv2d_1, type = conv2d-fix} has been assigned to CPU: [weights exceed the bank depth].'],
    'warning',
    'vitis.cpu',
    /conv2d-fix runs on the processor: weights exceed the bank depth/,
    'Net__Net_Conv2d_1',
  ],
  [
    'a node of the processor without',
    ['[UNILOG][INFO] xir::Op{name = a, type = argmax} has been assigned to CPU.'],
    'warning',
    'vitis.cpu',
    /argmax runs on the processor$/,
    'a',
  ],
  [
    'a slope',
    [
      'xir::Op{name = b, type = leaky-relu} has been assigned to CPU: [DPU does not support activation type: LEAKYRELU. Its alpha is 0.100000, but DPU only support 0.1015625.].',
    ],
    'warning',
    'vitis.leaky-relu',
    /slope of its LeakyReLU is 0\.100000, the DPU has 0\.1015625/,
    'b',
  ],
  [
    'a slope, by the front end',
    ['[ERROR] The negative slope for LeakyRelu must be 0.1015625: actual: 0.1'],
    'error',
    'vitis.leaky-relu',
    /0\.1, the DPU/,
  ],
  [
    'an operator that XIR lacks',
    [
      '[UNILOG][WARNING] The operator named Net__silu_1, type: aten::silu_, is not defined in XIR. XIR creates the definition of this operator automatically.',
    ],
    'warning',
    'vitis.unknown-operator',
    /no operator aten::silu_/,
    'Net__silu_1',
  ],
  [
    'an operator that the quantizer lacks, in colour',
    [
      "\u001b[0;33m[VAIQ_WARN][QUANTIZER_TORCH_FLOAT_OP]: The quantizer recognize new op 'aten::silu_' as a float operator by default.\u001b[0m",
    ],
    'warning',
    'QUANTIZER_TORCH_FLOAT_OP',
    /does not know aten::silu_/,
  ],
  [
    'a batch',
    [
      "[UNILOG][WARNING] DPU prefers xir::Op{name = c, type = conv2d}'s input batch to be 1, but it's 4 now. So it will be assigned to CPU.",
    ],
    'warning',
    'vitis.batch',
    /batch is 4.*takes 1/,
    'c',
  ],
  [
    'a failure of the compiler',
    [
      'F0101 10:00:00.000000 12 pass.cpp:70] [UNILOG][FATAL][XCOM_ACGEN_ERROR][The compiler occurs an error] conv',
      '*** Check failure stack trace: ***',
      '    @ 0x7fff  (unknown)',
    ],
    'error',
    'XCOM_ACGEN_ERROR',
    /could not make instructions.*conv/,
  ],
  ['an unknown code', ['[UNILOG][FATAL][XCOM_NEW_THING][never seen] x'], 'error', 'XCOM_NEW_THING', /never seen x/],
  [
    'a target that it lacks',
    ['[UNILOG][FATAL][TARGET_FACTORY_UNREGISTERED_TARGET][Unregistered target!] DPUCZDX8G_ISA9'],
    'error',
    'TARGET_FACTORY_UNREGISTERED_TARGET',
    /does not know the accelerator.*ISA9/,
  ],
  ['a quantizer’s error by number', ['[VAIQ_ERROR][20004]: Fail'], 'error', '20004', /could not be written: Fail/],
  ['an older quantizer’s', ['[VAIQ_ERROR]: something'], 'error', undefined, /^something$/],
  ['an export that fails', ['RuntimeError: Failed convert graph Net to xmodel'], 'error', 'vitis.export', /could not be written/],
  [
    'a missing arch.json',
    ['[UNILOG][FATAL][XIR_FILE_NOT_EXIST][…] Unable to open file: arch.json'],
    'error',
    'XIR_FILE_NOT_EXIST',
    /arch\.json/,
  ],
  ['wrong options', ['ERROR: NO FRONT END SPECIFIED'], 'error', 'vitis.options', /without a model/],
  [
    'a missing module',
    ['Traceback (most recent call last):', '  File "q.py"', "ModuleNotFoundError: No module named 'vai_q_onnx'"],
    'error',
    'vitis.quantizer',
    /not in Vitis AI/,
  ],
  [
    'any Python error',
    ['Traceback (most recent call last):', '  File "q.py"', 'some.module.OddError: what'],
    'error',
    undefined,
    /OddError: what/,
  ],
  ['a crash', ['Segmentation fault (core dumped)'], 'error', 'vitis.crash', /crashed/],
  ['too little memory', ['Killed'], 'error', 'vitis.memory', /memory/],
  [
    'a missing program',
    ['timeout: failed to run command ‘vai_c_xir’: No such file or directory'],
    'error',
    'vitis.not-installed',
    /vai_c_xir is not in this image/,
  ],
  [
    'Docker refusing',
    ['docker: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock'],
    'error',
    'container.permission',
    /may not talk/,
  ],
  ['no image', ['docker: Error response from daemon: No such image: x:1'], 'error', 'container.image', /not on this machine/],
  ['no space', ['write /var/lib/x: no space left on device'], 'error', 'container.disk', /no space/],
  [
    'a log folder',
    ['[UNILOG][INFO] The compiler log will be dumped at "/tmp/vitis-ai-user/log/xcompiler-1"'],
    'info',
    'vitis.log-folder',
    /\/tmp\/vitis-ai-user\/log\/xcompiler-1/,
  ],
];

describe('a line of Vitis AI', () => {
  it.each(rows)('about %s', (_, lines, severity, code, message, node) => {
    const [first] = readVitisLog(lines).messages;
    expect(first).toMatchObject({ severity, message: expect.stringMatching(message) as string });
    expect([first!.code, first!.node]).toEqual([code, node]);
  });

  it.each([
    [
      'a good log',
      [
        '[UNILOG][INFO] Compile mode: dpu',
        '[UNILOG][INFO] Begin to compile...',
        '[UNILOG][INFO] Compile done.',
        '[VAIQ_NOTE]: Loading NNDCT kernels...',
      ],
    ],
    ['the border of the DPU', ['xir::Op{name = out_fix_, type = fix2float} has been assigned to CPU.']],
    ['stack frames', ['    @     0x55d5 main', '@ 0x1']],
    [
      'a front end',
      [
        "[INFO] Namespace(batchsize=1, layout='NHWC')",
        '[INFO] parse raw model     :100%|████████| 12/12',
        '[INFO] dump xmodel: /tmp/x_org.xmodel',
      ],
    ],
    ['nothing', ['', '   ', '\u001b[0m']],
  ])('that is no message: %s', (_, lines) => {
    const read = readVitisLog(lines);
    expect([read.messages, read.onCpu]).toEqual([[], []]);
  });

  it('gives counts and figures', () => {
    const lines = [
      '[UNILOG][INFO] Target architecture: DPUCZDX8G_ISA1_B4096',
      '[UNILOG][INFO] Graph name: a, b, with op num: 209',
      '[UNILOG][INFO] Total device subgraph number 7, DPU subgraph number 3',
      "[UNILOG][INFO] The compiled xmodel's md5sum is 0123456789abcdef0123456789abcdef, and has been saved to x",
    ];
    expect(readVitisLog(lines)).toMatchObject({
      subgraphs: { total: 7, accelerator: 3 },
      figures: { architecture: 'DPUCZDX8G_ISA1_B4096', operators: 209, md5: '0123456789abcdef0123456789abcdef' },
    });
  });

  it('is told once, and no more than some hundred', () => {
    const same = Array.from({ length: 1000 }, () => '[UNILOG][ERROR] again');
    const different = Array.from({ length: 5000 }, (_, i) => `[UNILOG][ERROR] number ${i}`);
    expect(readVitisLog([...same, ...different]).messages).toHaveLength(500);
  });

  it('of any bytes is read in little time', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '[UNILOG]',
        '[FATAL]',
        '[',
        'xir::Op{name = ',
        ', type = ',
        '} has been assigned to CPU: [',
        'model_fingerprint 0x',
        ' dpu_fingerprint 0x',
        'DPU prefers ',
        '\u001b[',
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''))), (lines) => {
        for (const { message } of readVitisLog(lines).messages) expect(message.length).toBeLessThanOrEqual(2000);
      }),
    );
    const long = 16_384;
    for (const part of [
      'xir::Op{name = ',
      'DPU prefers xir::Op{name = ',
      'fingerprint model_fingerprint 0x1',
      'The operator named a',
      'Failed convert graph ',
    ])
      readVitisLog([part.repeat(Math.floor(long / part.length))]);
  });
});

it('every known message says what it is and what to do', () => {
  for (const { code, advice } of knownMessages) {
    expect(code).toMatch(/^vitis\.[a-z-]+$/);
    expect(advice).toMatch(/^[A-Z].*\.$/s);
  }
});
