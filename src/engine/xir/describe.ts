import type { DevicePart, Fallback, XirAbout } from './about.ts';
import { amount, bytesAmount } from './amount.ts';
import type { DecodedFingerprint } from './fingerprint.ts';

const shownNames = 3;
const shownFallbacks = 10;
const shownText = 120;
const clip = (text: string): string => (text.length > shownText ? `${text.slice(0, shownText)}…` : text);

/** "XIR, compiled for DPUCZDX8G_ISA1_B4096", "XIR, quantized". */
export const formatOfXir = ({ kind, dpuNames }: XirAbout): string =>
  kind === 'quantized' ? 'XIR, quantized' : `XIR, compiled${dpuNames.length ? ` for ${clip(dpuNames.join(', '))}` : ''}`;

/** What a file says of itself, a name and a value each. Values are as the file has them. */
export function xirFacts(about: XirAbout): [name: string, value: string][] {
  const { kind, fingerprints, dpuNames, tools, origin, sources, workload, workloadOnArch, parts } = about;
  const of = (device: string): DevicePart[] => parts.filter((part) => part.device === device);
  if (kind === 'quantized') return [['Kind', 'quantized, for vai_c_xir to compile']];
  const accelerated = of('DPU');
  const sum = (figure: (part: DevicePart) => number): number => accelerated.reduce((total, part) => total + figure(part), 0);
  return [
    ['Kind', 'compiled'],
    ['Sub-graphs', parts.map(({ device }) => device || 'no device').slice(0, 40).join(', ')], // prettier-ignore
    ...dpuNames.map((name): [string, string] => ['DPU', name]),
    ...fingerprints.flatMap((print): [string, string][] => [
      ['Fingerprint', print.hex],
      ['Hardware', hardwareOf(print)],
      ...(print.image === undefined ? [] : [['Made for', `images of Vitis AI ${print.image}`] as [string, string]]),
    ]),
    ['Workload', `${amount(workload)} operations${workload > 0 ? `; ${amount(workloadOnArch)} on the array (${(workloadOnArch / workload).toFixed(2)} ×)` : ''}`],
    ['Instructions', bytesAmount(sum(({ instructionBytes }) => instructionBytes))],
    ['Parameters', `${bytesAmount(sum(({ parameterBytes }) => parameterBytes))}, in the hardware's layout`],
    ...(origin === undefined ? [] : [['Came from', origin] as [string, string]]),
    ...tools.map(([tool, commit]): [string, string] => [tool, commit]),
    ...sources.map(([file, md5]): [string, string] => [`md5 of ${file.split(/[\\/]/).pop() ?? ''}`, md5]),
  ]; // prettier-ignore
}

/** "B4096, instruction set 1; 8 pixels × 16 × 16 channels; LeakyReLU after convolutions, ArgMax on save". */
export function hardwareOf({ size, isa, parallel, features }: DecodedFingerprint): string {
  const array = parallel ? `${parallel.pixels} pixels × ${parallel.channels} × ${parallel.channels} channels` : '';
  return [`${size ? `${size}, ` : ''}instruction set ${isa}`, array, features.join(', ')].filter(Boolean).join('; ');
}

/** What whoever wants to run the file should know, one sentence each. */
export function xirRemarks({ kind, fingerprints, fallbacks, parts, compiler }: XirAbout): string[] {
  if (kind === 'quantized') return [];
  const prints = fingerprints.map(({ hex, image }) =>
    image === undefined
      ? `No ready-made image has the fingerprint ${hex}: compare it with what "xdputil query" prints on the board.`
      : `Made for images of Vitis AI ${image}; a board with another image refuses it (fingerprint ${hex}).`,
  );
  const several = fingerprints.length > 1 ? ['Its parts are for different hardware.'] : [];
  const none = parts.some(({ device }) => device === 'DPU') ? [] : ['Nothing in it runs on the DPU.'];
  const made = compiler && fingerprints.length && fingerprints.every(({ image }) => image !== undefined && !fits(image, compiler));
  return [
    ...prints,
    ...several,
    ...none,
    ...(made ? [`xcompiler ${compiler} made it for an older image.`] : []),
    ...fallbacks.slice(0, shownFallbacks).map(fallbackText),
    ...(fallbacks.length > shownFallbacks ? [`${fallbacks.length - shownFallbacks} more operators are left to the CPU.`] : []),
  ];
}

/** Whether a compiler of this version belongs to an image: "3.5.0" to "3.0 and 3.5", "1.4.0" to "1.3 to 2.0". */
function fits(image: string, compiler: string): boolean {
  const numbers = (image.match(/\d+\.\d+/g) ?? []).map(Number);
  const own = Number(compiler.split('.').slice(0, 2).join('.'));
  return own >= Math.min(...numbers) && own <= Math.max(...numbers);
}

const listed = (names: readonly string[]): string =>
  names.slice(0, shownNames).map((name) => JSON.stringify(clip(name))).join(', ') + (names.length > shownNames ? ' …' : ''); // prettier-ignore

const fallbackText = ({ op, type, from, to }: Fallback): string =>
  `${clip(type)} ${JSON.stringify(clip(op))} is left to the CPU` +
  (from.length || to.length ? `, ${[from.length ? `behind ${listed(from)}` : '', to.length ? `before ${listed(to)}` : ''].filter(Boolean).join(' and ')}.` : '.'); // prettier-ignore
