import net from 'node:net';

export interface SlowLink {
  readonly port: number;
  /** Bytes that have gone to the server. */
  sent(): number;
  stop(): void;
}

/** A proxy on the loopback in front of a server: passes on at most `bytesPerSecond` to it, and breaks off after `breakAfter` bytes, once. */
export async function startSlowLink(to: number, options: { bytesPerSecond?: number; breakAfter?: number }): Promise<SlowLink> {
  const { bytesPerSecond = Infinity } = options;
  let { breakAfter = Infinity } = options;
  let sent = 0;
  const sockets = new Set<net.Socket>();
  const proxy = net.createServer((here) => {
    const there = net.connect(to, '127.0.0.1');
    for (const [socket, other] of [
      [here, there],
      [there, here],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
    there.pipe(here);
    here.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      if (sent > breakAfter) {
        breakAfter = Infinity;
        here.destroy();
        return;
      }
      there.write(chunk);
      if (bytesPerSecond === Infinity) return;
      here.pause();
      setTimeout(() => here.resume(), (1000 * chunk.length) / bytesPerSecond);
    });
  });
  const port = await new Promise<number>((resolve) =>
    proxy.listen(0, '127.0.0.1', () => resolve((proxy.address() as net.AddressInfo).port)),
  );
  return {
    port,
    sent: () => sent,
    stop() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
