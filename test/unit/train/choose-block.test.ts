import { beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/engine/base/context.ts';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, Session } from '../../../src/engine/runtime/runtime.ts';
import { chooseBlock } from '../../../src/engine/train/loop/choose-block.ts';
import { probeBlock } from '../../../src/engine/train/lower/blocked/probe.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

/** The same runtime, but for training steps in blocked form. */
const but = (change: (session: Session) => Session): Runtime => ({
  ...runtime,
  load: async (model, options) => {
    const session = await runtime.load(model, options);
    const isBlockedStep =
      model instanceof Uint8Array && Buffer.from(model).includes('com.microsoft.nchwc') && Buffer.from(model).includes('gradient');
    return isBlockedStep ? change(session) : session;
  },
});

describe('the form of training steps', () => {
  it('is the blocked one where the machine has it', async () => {
    expect(await chooseBlock(runtime, silentLogger)).toBe(await probeBlock(runtime));
  });

  it('is the portable one where the blocked one computes something else', async () => {
    const wrong = but((session) => ({
      ...session,
      dispose: () => session.dispose(),
      run: async (feeds, fetches) => {
        const results = await session.run(feeds, fetches);
        for (const { data } of Object.values(results)) (data as Float32Array)[7]! += 1;
        return results;
      },
    }));
    expect(await chooseBlock(wrong, silentLogger)).toBeUndefined();
  });

  it('is the portable one where the blocked one cannot be loaded', async () => {
    const refusing = but(() => {
      throw new LatheError('runtime.load', 'ONNX Runtime cannot load the model');
    });
    expect(await chooseBlock(refusing, silentLogger)).toBeUndefined();
  });

  it('is asked for once', async () => {
    let loads = 0;
    const counting: Runtime = { ...runtime, load: (model, options) => (loads++, runtime.load(model, options)) };
    const first = await chooseBlock(counting, silentLogger);
    const before = loads;
    expect(await chooseBlock(counting, silentLogger)).toBe(first);
    expect(loads).toBe(before);
  });
});
