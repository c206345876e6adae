/**
 * What one configuration of AMD's DPUCZDX8G can do, as its hardware description says; plain data. Boards differ in it, rules do not.
 * Sizes are in elements; a word of weights is `channelParallel.input` bytes.
 */
export interface DpuArchitecture {
  /** As vai_c_xir and xdputil write it: "DPUCZDX8G_ISA1_B4096". */
  readonly name: string;
  /** Version of the instruction set: 0 up to Vitis AI 2.0, 1 since 2.5. */
  readonly isa: 0 | 1;
  /** 64 bits of the newest image, as `arch.json` has them; older images of the same name in `olderFingerprints`. */
  readonly fingerprint: string;
  readonly olderFingerprints: readonly string[];
  /** Channels that the convolution engine takes and makes at once; pixels beside each other. */
  readonly channelParallel: { readonly input: number; readonly output: number };
  readonly pixelParallel: number;
  /** Words that one bank of weights holds. */
  readonly bankDepth: number;
  /** Channels of a feature map at most. */
  readonly channels: number;
  readonly convolution: { readonly kernel: number; readonly stride: number };
  /** The engine for depthwise convolutions, pools and hard sigmoids. */
  readonly window: {
    readonly kernel: number;
    readonly stride: number;
    /** Padding at most: left and top, right and bottom. */
    readonly padBefore: number;
    readonly padAfter: number;
  };
  /** Whether averages are taken over squares only, and the largest windows of pools, where they are not those of `window`. */
  readonly pool: { readonly kernel: number; readonly squareAverage: boolean };
  readonly hardSigmoid: boolean;
  /** Whether the engine that saves results finds the largest channel (ArgMax), and the window engine the largest value. */
  readonly argmax: boolean;
}

/** What the sizes of one generation differ in. */
interface Size {
  /** Operations a cycle: 4096. */
  readonly operations: number;
  readonly channels: number;
  readonly pixels: number;
  readonly fingerprint: string;
  readonly olderFingerprints?: readonly string[];
}

/** A size of the instruction set 1. (Vitis AI 3.5, src/vai_runtime/target_factory/targets/DPUCZDX8G_ISA1_B*.prototxt.) */
export function dpuczdx8gIsa1({ operations, channels, pixels, fingerprint, olderFingerprints = [] }: Size): DpuArchitecture {
  return {
    name: `DPUCZDX8G_ISA1_B${operations}`,
    isa: 1,
    fingerprint,
    olderFingerprints,
    channelParallel: { input: channels, output: channels },
    pixelParallel: pixels,
    bankDepth: 2048,
    // vai_q_pytorch 3.5 dpu_op_filter.py: 256 times the channel parallelism.
    channels: 256 * channels,
    convolution: { kernel: 16, stride: 8 },
    window: { kernel: 256, stride: 256, padBefore: 15, padAfter: 255 },
    pool: { kernel: 256, squareAverage: false },
    hardSigmoid: true,
    argmax: true,
  };
}

/** The ZCU104's two cores, and those of most ready-made images of the family. */
export const b4096: DpuArchitecture = dpuczdx8gIsa1({
  operations: 4096,
  channels: 16,
  pixels: 8,
  fingerprint: '0x101000056010407',
  // Vitis AI 2.5: the same without ArgMax.
  olderFingerprints: ['0x101000016010407'],
});

/** The same board under Vitis AI 2.0 and older. (pyxir, DPUCZDX8G/zcu104_op_support.py; UG1414 1.3, "Supported OPs and DPU Limitations".) */
export const b4096Isa0: DpuArchitecture = {
  ...b4096,
  name: 'DPUCZDX8G_ISA0_B4096_MAX_BG2',
  isa: 0,
  fingerprint: '0x1000020f6014407',
  olderFingerprints: [],
  window: { kernel: 16, stride: 4, padBefore: 15, padAfter: 15 },
  pool: { kernel: 8, squareAverage: true },
  hardSigmoid: false,
  argmax: false,
};

/** The smaller sizes of the same generation, the largest first: fingerprints of Vitis AI 3.0 and of 2.5 (DPUCZDX8G_ISA1_B*.prototxt of both). */
const smaller: readonly DpuArchitecture[] = [
  { operations: 3136, channels: 14, pixels: 8, fingerprint: '0x101000056010406', olderFingerprints: ['0x101000016010406'] },
  { operations: 2304, channels: 12, pixels: 8, fingerprint: '0x101000056010405', olderFingerprints: ['0x101000016010405'] },
  { operations: 1600, channels: 10, pixels: 8, fingerprint: '0x101000056010404', olderFingerprints: ['0x101000016010404'] },
  { operations: 1152, channels: 12, pixels: 4, fingerprint: '0x101000056010203', olderFingerprints: ['0x101000016010203'] },
  { operations: 1024, channels: 8, pixels: 8, fingerprint: '0x101000056010402', olderFingerprints: ['0x101000016010402'] },
  { operations: 800, channels: 10, pixels: 4, fingerprint: '0x101000056010201', olderFingerprints: ['0x101000016010201'] },
  { operations: 512, channels: 8, pixels: 4, fingerprint: '0x101000056010200', olderFingerprints: ['0x101000016010200'] },
].map(dpuczdx8gIsa1);

/** Every configuration that rules are known for, the usual one first. A new one is a line here. */
export const dpuArchitectures: readonly DpuArchitecture[] = [b4096, ...smaller, b4096Isa0];

/** Bit of a fingerprint that says whether the save engine has ArgMax. (Vitis AI 3.5, create_target_DPUCZDX8G_ISA1.cpp.) */
const argmaxBit = 30n;

/** By name or by fingerprint; letters in either case. An older image is the same without what its fingerprint lacks. */
export function findDpuArchitecture(nameOrFingerprint: string): DpuArchitecture | undefined {
  const wanted = nameOrFingerprint.toLowerCase();
  for (const architecture of dpuArchitectures) {
    if ([architecture.name, architecture.fingerprint].some((known) => known.toLowerCase() === wanted)) return architecture;
    const older = architecture.olderFingerprints.find((known) => known.toLowerCase() === wanted);
    if (older) return { ...architecture, fingerprint: older, argmax: ((BigInt(older) >> argmaxBit) & 1n) === 1n };
  }
  return undefined;
}
