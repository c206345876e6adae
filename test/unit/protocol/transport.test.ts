import { describe, expect, it } from 'vitest';
import { Channel, notice, question } from '../../../src/protocol/transport.ts';

const greet = notice<{ name: string }>('greet');
const add = question<[number, number], number>('add');

/** Two ends joined as a webview and its host are: messages are cloned and arrive later. */
function pair(): [Channel, Channel] {
  const a: Channel = new Channel((message) => queueMicrotask(() => b.receive(structuredClone(message))));
  const b: Channel = new Channel((message) => queueMicrotask(() => a.receive(structuredClone(message))));
  return [a, b];
}

describe('the channel between host and view', () => {
  it('delivers notices and answers', async () => {
    const [host, view] = pair();
    const greeted = new Promise<string>((resolve) => view.onNotice(greet, ({ name }) => resolve(name)));
    host.tell(greet, { name: 'Ada' });
    expect(await greeted).toBe('Ada');
    view.onQuestion(add, ([x, y]) => x + y);
    expect(await Promise.all([host.ask(add, [1, 2]), host.ask(add, [3, 4])])).toEqual([3, 7]);
  });

  it('hands errors over, and says when nobody answers', async () => {
    const [host, view] = pair();
    await expect(host.ask(add, [1, 2])).rejects.toThrow('nobody answers add');
    view.onQuestion(add, () => {
      throw new Error('no such layer');
    });
    await expect(host.ask(add, [1, 2])).rejects.toThrow('no such layer');
  });

  it('ends what waits when the other side is gone', async () => {
    const alone = new Channel(() => {});
    const asked = alone.ask(add, [1, 2]);
    alone.close();
    await expect(asked).rejects.toThrow('closed');
  });

  it('says nothing to a side that is gone', () => {
    const sent: unknown[] = [];
    const channel = new Channel((message) => sent.push(message));
    channel.tell(greet, { name: 'before' });
    channel.close();
    channel.tell(greet, { name: 'after' });
    expect(sent).toHaveLength(1);
  });
});
