import { RowMaker, type Rows, type RowsRequest } from './rows.ts';
import { SampleOpener, type OpenPlan } from './open-sample.ts';

/** What a thread that makes rows is given. Plain data. */
export interface RowsPlan {
  readonly open: OpenPlan;
  readonly seed: number;
  /** Bytes of decoded samples that this thread keeps. */
  readonly memory: number;
}

/** Makes rows as long as the thread lives. */
export function rowsOfThread({ open, seed, memory }: RowsPlan): (request: RowsRequest) => Promise<Rows> {
  const opener = new SampleOpener(open);
  const maker = new RowMaker((entry) => opener.open(entry), seed, memory);
  return (request) => maker.make(request);
}
