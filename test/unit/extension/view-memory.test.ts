import { describe, expect, it } from 'vitest';
import { ViewMemory } from '../../../src/extension/editor/view-memory.ts';

function memory(content?: unknown): { views: ViewMemory; kept: () => unknown } {
  let kept: unknown = content;
  const memento = {
    get: () => kept as never,
    update: (_: string, value: unknown) => {
      kept = value;
      return Promise.resolve();
    },
  };
  return { views: new ViewMemory(memento), kept: () => kept };
}

describe('what views keep of their files', () => {
  it('is there again, the newest of each file', async () => {
    const { views } = memory();
    await views.keep('file:///a', { zoom: 1 });
    await views.keep('file:///b', { zoom: 2 });
    await views.keep('file:///a', { zoom: 3 });
    expect([views.of('file:///a'), views.of('file:///b'), views.of('file:///c')]).toEqual([{ zoom: 3 }, { zoom: 2 }, null]);
  });

  it('does not grow without end', async () => {
    const { views, kept } = memory();
    for (let i = 0; i < 100; i++) await views.keep(`file:///${i}`, { text: 'x'.repeat(i < 90 ? 10 : 100_000) });
    expect(views.of('file:///99')).not.toBeNull();
    expect(views.of('file:///0')).toBeNull();
    expect(JSON.stringify(kept()).length).toBeLessThan(600_000);
  });

  it('is nothing where the storage holds something else', () => {
    for (const content of [7, 'text', [null, ['file:///a'], ['file:///a', 'text']]])
      expect(memory(content).views.of('file:///a')).toBeNull();
  });
});
