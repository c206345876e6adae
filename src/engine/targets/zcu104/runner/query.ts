import { amount, fields, list, text } from './foreign.ts';

/** A core of the DPU as `xdputil query` has it. */
export interface DpuCore {
  /** "DPUCZDX8G_ISA1_B4096"; empty where the tool does not know it. */
  readonly architecture: string;
  /** "0x101000056010407". */
  readonly fingerprint: string;
  readonly megahertz?: number;
}

export interface DpuQuery {
  readonly cores: readonly DpuCore[];
  /** Of the accelerator's design: "v4.1.0". */
  readonly ipVersion?: string;
  /** "3.0.0". */
  readonly vitisAi?: string;
  /** There is a kernel for Softmax; undefined where that is not said. */
  readonly softmax?: boolean;
}

/**
 * Reads what `xdputil query` prints (Vitis-AI 1.4 to 3.5, src/vai_library/usefultools): JSON, with lines of the log before and behind it. Kernels
 * without a fingerprint are others, for Softmax or preprocessing. Undefined where there is no such JSON.
 */
export function readQuery(output: string): DpuQuery | undefined {
  const answer = jsonIn(output);
  if (answer === undefined) return undefined;
  const [ip, versions] = [fields(answer['DPU IP Spec']), fields(answer['VAI Version'])];
  const kernels = list(answer['kernels']).map(fields);
  const softmax = ip['enable softmax'];
  const ipVersion = text(ip['IP version']);
  const vitisAi = versionIn(versions);
  return {
    cores: kernels.flatMap(core),
    ...(ipVersion === undefined ? {} : { ipVersion }),
    ...(vitisAi === undefined ? {} : { vitisAi }),
    ...(softmax === undefined ? {} : { softmax: String(softmax).toLowerCase() === 'true' }),
  };
}

function jsonIn(output: string): Readonly<Record<string, unknown>> | undefined {
  const [start, end] = [output.indexOf('{'), output.lastIndexOf('}')];
  if (start < 0 || end < start) return undefined;
  try {
    return fields(JSON.parse(output.slice(start, end + 1)));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function core(kernel: Readonly<Record<string, unknown>>): DpuCore[] {
  const fingerprint = normalFingerprint(kernel['fingerprint']);
  if (fingerprint === undefined || fingerprint === '0x0') return [];
  const megahertz = amount(kernel['DPU Frequency (MHz)']);
  return [{ architecture: text(kernel['DPU Arch']) ?? '', fingerprint, ...(megahertz ? { megahertz } : {}) }];
}

/** Without leading zeros, in small letters: the same number is the same text. */
export function normalFingerprint(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^(0x)?[0-9a-f]{1,16}$/i.test(value)) return undefined;
  return `0x${BigInt(value.startsWith('0x') || value.startsWith('0X') ? value : `0x${value}`).toString(16)}`;
}

/** "Xilinx vart-runner Version: 3.0.0-2efa5fe…", "target-factory.3.0.0 860ed04…". */
function versionIn(versions: Readonly<Record<string, unknown>>): string | undefined {
  const texts = [versions['libvart-runner.so'], versions['target_factory'], ...Object.values(versions)];
  for (const one of texts) {
    const found = typeof one === 'string' ? /(?:Version: |[.])(\d+\.\d+(?:\.\d+)?)/.exec(one.slice(0, 1000)) : null;
    if (found) return found[1];
  }
  return undefined;
}
