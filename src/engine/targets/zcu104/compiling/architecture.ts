import { LatheError } from '../../../base/errors.ts';
import { decodeFingerprint } from '../../../xir/fingerprint.ts';
import type { CompileRequest } from '../../compile-plan.ts';
import { readFingerprint } from '../fingerprint.ts';
import { findDpuArchitecture, type DpuArchitecture } from '../verdict/architecture.ts';
import { findRelease } from './vitis.ts';

/** The DPU to compile for. */
export interface WantedDpu {
  /** What `arch.json` says. (Vitis AI 3.5: the files in /opt/vitis_ai/compiler/arch have a name, those that a DPU's build writes a fingerprint.) */
  readonly description: { readonly target: string } | { readonly fingerprint: string };
  /** That the compiled file must carry; undefined where it is not known before. */
  readonly fingerprint?: bigint;
  /** It was stated or asked of a board, and did not follow from the version of the tools. */
  readonly asked: boolean;
  /** That of images up to Vitis AI 2.5: without ArgMax. */
  readonly older: boolean;
}

/** Vitis AI 2.5 and 3.0 differ in this bit: ArgMax where results are saved. */
const argmaxBit = 1n << 30n;

/** What the settings, the board that was asked, and else its ready-made image say. Throws `compile.architecture`. */
export function wantedDpu(
  board: { readonly title: string; readonly architecture: DpuArchitecture },
  { settings, fingerprint: there }: Pick<CompileRequest, 'settings' | 'fingerprint'>,
): WantedDpu {
  const asked = settings.architecture ?? there;
  if (asked === undefined) return named(board.architecture, settings.version);
  const print = readFingerprint(asked);
  if (print !== undefined) {
    const { hex, isa } = decodeFingerprint(print);
    if (print >> 56n !== 1n || isa !== 1) {
      throw new LatheError('compile.architecture', `${hex} is no fingerprint of a DPU that Vitis AI 2.5 to 3.5 compile for`, {
        hint: `Take what \`xdputil query\` prints on the board; that of the ready-made image is ${board.architecture.fingerprint}.`,
      });
    }
    return { description: { fingerprint: hex }, fingerprint: print, asked: true, older: (print & argmaxBit) === 0n };
  }
  const known = findDpuArchitecture(asked);
  if (known) return { ...named(known, settings.version), asked: known.name !== board.architecture.name };
  if (!asked.startsWith('DPUCZDX8G_')) {
    throw new LatheError('compile.architecture', `${asked} is no DPU of the ${board.title}`, {
      hint: `Its name begins with DPUCZDX8G_; that of the ready-made image is ${board.architecture.name}.`,
    });
  }
  return { description: { target: asked }, asked: true, older: false };
}

/** A DPU by its name has another fingerprint in Vitis AI 2.5 than later. */
function named(architecture: DpuArchitecture, version: string | undefined): WantedDpu {
  const older = version !== undefined && (findRelease(version)?.olderDpu ?? false);
  const text = older ? architecture.olderFingerprints[0] : architecture.fingerprint;
  return { description: { target: architecture.name }, ...(text === undefined ? {} : { fingerprint: BigInt(text) }), asked: false, older };
}
