/** What tells the boards of this family apart when a model runs on them. */
export interface DpuBoard {
  /** Name of the target. */
  readonly target: string;
  /** Cores of the DPU on the vendor's image, where the board cannot be asked. */
  readonly cores: number;
  readonly power: {
    /** How the names of its sensors begin in Linux' hwmon. */
    readonly names: readonly string[];
    /** Each measures one rail: the power is their sum. Otherwise the first that is found measures all. */
    readonly add: boolean;
    /** What that power is of: "the whole board at 12 V". */
    readonly of: string;
  };
  /** Where Linux has its sensors. */
  readonly sensors: string;
}
