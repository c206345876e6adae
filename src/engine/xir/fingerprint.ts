/** What the 64 bits say that a compiled file and a DPU carry; both must be equal, or the runtime refuses the file. */
export interface DecodedFingerprint {
  /** "0x101000056010407", as xdputil and arch.json write it. */
  readonly hex: string;
  /** "B4096"; undefined for numbers that no document names. */
  readonly size?: string;
  readonly isa: number;
  /** Pixels, input and output channels that are worked on at once. */
  readonly parallel?: { readonly pixels: number; readonly channels: number };
  /** What differs between builds, in words. */
  readonly features: readonly string[];
  /** Vitis AI whose ready-made image carries it: "3.0 and 3.5". */
  readonly image?: string;
}

/** [operations a cycle, pixels, channels] by bits 0 to 3 (Vitis AI 3.5, target_factory, create_target_DPUCZDX8G_ISA1.cpp). */
const sizes: readonly (readonly [operations: number, pixels: number, channels: number])[] = [
  [512, 4, 8],
  [800, 4, 10],
  [1024, 8, 8],
  [1152, 4, 12],
  [1600, 8, 10],
  [2304, 8, 12],
  [3136, 8, 14],
  [4096, 8, 16],
];

/** Ready-made images for the ZCU104, ZCU102 and KV260 by what their DPU answers (Vitis AI 3.5, nndct_shared/inspector/device_allocator.py). */
const images: Readonly<Record<string, string>> = {
  '0x1000020f6014407': '1.3 to 2.0',
  '0x101000016010407': '2.5',
  '0x101000056010407': '3.0 and 3.5',
};

const features: readonly (readonly [bit: bigint, words: string])[] = [
  [26n, 'load augmentation'],
  [27n, 'mean on load'],
  [28n, 'LeakyReLU after convolutions'],
  [29n, 'LeakyReLU after depthwise convolutions'],
  [30n, 'ArgMax on save'],
];

/** Reads a fingerprint: type (1 byte), version of the instruction set (1 byte), features (6 bytes). */
export function decodeFingerprint(fingerprint: bigint): DecodedFingerprint {
  const value = BigInt.asUintN(64, fingerprint);
  const hex = `0x${value.toString(16)}`;
  const isa = Number((value >> 48n) & 0xffn);
  const image = Object.hasOwn(images, hex) ? { image: images[hex]! } : {};
  // The bits of the older instruction set mean something else.
  const size = value >> 56n === 1n && isa === 1 ? sizes[Number(value & 0xfn)] : undefined;
  if (!size) return { hex, isa, features: [], ...image };
  const [operations, pixels, channels] = size;
  return {
    hex,
    isa,
    size: `B${operations}`,
    parallel: { pixels, channels },
    features: features.flatMap(([bit, words]) => ((value >> bit) & 1n ? [words] : [])),
    ...image,
  };
}
