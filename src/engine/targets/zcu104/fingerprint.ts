import { decodeFingerprint } from '../../xir/fingerprint.ts';

const typeAndIsa = 48n;

/**
 * How the DPU that a file was compiled for and the one of a board differ, in words, for people who have never seen the bits (Vitis AI 3.5,
 * target_factory, create_target_DPUCZDX8G_ISA1.cpp). undefined where they are the same.
 */
export function fingerprintDifference(file: bigint, board: bigint): string | undefined {
  const [made, there] = [decodeFingerprint(file), decodeFingerprint(board)];
  if (made.hex === there.hex) return undefined;
  const differences: string[] = [];
  if (made.isa !== there.isa) differences.push(`instruction set ${made.isa} instead of ${there.isa}`);
  else if (made.size !== there.size && made.size && there.size) differences.push(`size ${made.size} instead of ${there.size}`);
  else if (file >> typeAndIsa !== board >> typeAndIsa) differences.push('another kind of DPU');
  if (made.size && there.size) {
    differences.push(...there.features.filter((name) => !made.features.includes(name)).map((name) => `without ${name}`));
    differences.push(...made.features.filter((name) => !there.features.includes(name)).map((name) => `with ${name}`));
  }
  const told = differences.length ? differences.join(', ') : `bits ${hexadecimal(file ^ board)} differ`;
  return `it is for ${described(made)}, the board has ${described(there)}: ${told}`;
}

const described = ({ hex, image }: ReturnType<typeof decodeFingerprint>): string =>
  image === undefined ? hex : `the DPU of Vitis AI ${image} (${hex})`;

const hexadecimal = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;

/** Reads "0x101000056010407"; undefined for anything else. */
export const readFingerprint = (text: string): bigint | undefined => (/^0x[0-9a-f]{1,16}$/i.test(text) ? BigInt(text) : undefined);
