import { LatheError } from '../../base/errors.ts';
import type { BoardRunner } from '../run-plan.ts';

const refuse = (): never => {
  throw new LatheError(
    'board.serial',
    'an ESP32-S3 hangs on a serial port and has no ssh server: Lathe compiles for it, and does not flash it',
    {
      hint: 'lathe compile writes the .espdl. In an ESP-IDF project with the component espressif/esp-dl: idf.py set-target esp32s3, then idf.py -p PORT flash monitor; model->profile() prints the time of each layer, model->test() compares outputs.',
    },
  );
};

/** No chip without an operating system is run over ssh; what to do instead is said. */
export const runner: BoardRunner = {
  target: 'esp32s3',
  questions: [],
  state: () => ({ summary: 'an ESP32-S3 on a serial port', rows: [], missing: [] }),
  plan: refuse,
  read: () => Promise.reject(new LatheError('board.serial', 'an ESP32-S3 is not run over ssh')),
};
