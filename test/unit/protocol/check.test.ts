import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, either, exactly, fields, index, list, nothing, oneOf, optional, small, text } from '../../../src/protocol/check.ts';
import { Channel, notice, question } from '../../../src/protocol/transport.ts';
import { inputMessages, modelMessages } from '../../../src/protocol/webview.ts';

describe('shapes of messages', () => {
  it('takes what fits and refuses what does not', () => {
    const check = fields<{ id: string; layers: number[]; choice?: string }>({
      id: text(3),
      layers: list(index, 2),
      choice: optional(text()),
    });
    expect(check({ id: 'abc', layers: [0, 1] })).toBe(true);
    expect(check({ id: 'abc', layers: [0], choice: '8', more: 1 })).toBe(true);
    for (const wrong of [
      null,
      'abc',
      { id: 'abcd', layers: [] },
      { id: 'a', layers: [0, 1, 2] },
      { id: 'a', layers: [-1] },
      { id: 'a', layers: {} },
    ])
      expect(check(wrong), JSON.stringify(wrong)).toBe(false);
    expect(check({ id: 'abc', layers: [0.5] })).toBe(false);
    expect(check({ id: 'abc', layers: [0], choice: 8 })).toBe(false);
    expect([nothing(null), nothing(undefined), oneOf('a', 'b')('b'), oneOf('a')('c')]).toEqual([true, false, true, false]);
    expect([bytes(2)(new Uint8Array(2)), bytes(2)(new Uint8Array(3)), bytes(9)([1])]).toEqual([true, false, false]);
    expect(either(index, exactly('original'))('original')).toBe(true);
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect([small(20)({ a: 1 }), small(5)({ a: 1 }), small(20)(null), small(20)(loop)]).toEqual([true, false, false, false]);
  });

  it('has a check for everything that comes from a view', () => {
    const source = fs.readFileSync('src/protocol/webview.ts', 'utf8');
    const names = [...source.matchAll(/\/\*\* View → host(?:(?!\*\/)[^])*\*\/\s+(\w+):/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(15);
    const all: Record<string, { check?: unknown }> = { ...inputMessages, ...modelMessages, ready: modelMessages.ready };
    expect(names.filter((name) => !all[name]?.check)).toEqual([]);
  });

  it('lets no text at all make the extension fail', () => {
    const heard: unknown[] = [];
    const refused: string[] = [];
    const channel = new Channel(
      () => {},
      (why) => refused.push(why),
    );
    channel.onNotice(modelMessages.perform, (body) => heard.push(body));
    channel.onQuestion(modelMessages.detail, (body) => heard.push(body) as never);
    const kinds = fc.constantFrom('notice', 'question', 'answer', 'error', 'other');
    const names = fc.constantFrom('model/perform', 'model/detail', 'nothing');
    fc.assert(
      fc.property(fc.record({ kind: kinds, name: names, id: fc.anything(), body: fc.anything() }, { requiredKeys: [] }), (message) => {
        channel.receive(message);
      }),
    );
    channel.receive(null);
    channel.receive('text');
    expect(refused.length).toBeGreaterThan(2);
    expect(heard).toEqual([]);
  });

  it('answers a question of the wrong shape with an error, and hears one of the right shape', async () => {
    const ask = question<{ index: number }, string>('ask', fields({ index }));
    const tell = notice<{ id: string }>('tell', fields({ id: text() }));
    const refused: string[] = [];
    const host: Channel = new Channel(
      (message) => view.receive(message),
      (why) => refused.push(why),
    );
    const view: Channel = new Channel((message) => host.receive(message));
    host.onQuestion(ask, ({ index }) => `layer ${index}`);
    host.onNotice(tell, () => expect.unreachable());
    await expect(view.ask(ask, { index: -1 })).rejects.toThrow('not of the expected shape');
    await expect(view.ask(ask, { index: 3 })).resolves.toBe('layer 3');
    view.tell(tell, { id: 7 as never });
    expect(refused).toEqual(['ask: not of the expected shape', 'tell: not of the expected shape']);
  });
});
