import type { GateVerdict, Measurement } from '../../protocol/results.ts';

export interface RunMetrics {
  readonly before: Measurement;
  readonly after: Measurement;
  readonly gate?: GateVerdict;
}
