/** Releases of Vitis AI that a DPUCZDX8G is compiled for with, and their container images. */

/** Which front end of the compiler: `vai_c_xir` for quantized XIR graphs, `vai_c_tensorflow2` for quantized Keras files. */
export type FrontEnd = 'xir' | 'keras';

export interface VitisRelease {
  readonly version: string;
  /** Image on Docker Hub with a fixed tag; absent where none is known for that front end. */
  readonly images: Readonly<Partial<Record<FrontEnd, string>>>;
  /** Boards with its ready-made image carry the DPU before ArgMax was added (fingerprint bit 30). */
  readonly olderDpu: boolean;
}

/**
 * The newest that boards have a ready-made image for comes first: what is compiled by default (Vitis AI 3.5, version_compatibility.rst: 3.5 did not
 * update IP and images of the DPUCZDX8G and makes files for those of 3.0). Tags as AMD's and others' tutorials pin them; 2.5 had one image for all frameworks.
 */
export const vitisReleases: readonly VitisRelease[] = [
  { version: '3.0', images: { xir: 'xilinx/vitis-ai-pytorch-cpu:ubuntu2004-3.0.0.106' }, olderDpu: false },
  {
    version: '3.5',
    images: {
      xir: 'xilinx/vitis-ai-pytorch-cpu:ubuntu2004-3.5.0.306',
      keras: 'xilinx/vitis-ai-tensorflow2-cpu:ubuntu2004-3.5.0.300',
    },
    olderDpu: false,
  },
  { version: '2.5', images: { xir: 'xilinx/vitis-ai-cpu:2.5.0.1260', keras: 'xilinx/vitis-ai-cpu:2.5.0.1260' }, olderDpu: true },
];

export interface FrontEndTool {
  readonly program: string;
  /** Option that names the model. */
  readonly option: string;
  /** Conda environment of the images. (Vitis AI 3.5, docker/conda/cpu_conda.) */
  readonly environment: string;
}

/** UG1414, "VAI_C Usage". */
export const frontEnds: Readonly<Record<FrontEnd, FrontEndTool>> = {
  xir: { program: 'vai_c_xir', option: '-x', environment: 'vitis-ai-pytorch' },
  keras: { program: 'vai_c_tensorflow2', option: '-m', environment: 'vitis-ai-tensorflow2' },
};

/** "3.0.0" and "3" mean the release that begins so. */
export const findRelease = (version: string): VitisRelease | undefined =>
  vitisReleases.find((release) => release.version === version || version.startsWith(`${release.version}.`));
