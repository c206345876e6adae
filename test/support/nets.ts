/** Topologies of networks without weights, for tests and benchmarks of the drawing: edges between numbered nodes, all from a lower to a higher number. */
export class Net {
  readonly from: number[] = [];
  readonly to: number[] = [];
  nodes = 0;

  /** A new node that reads the given ones. */
  add(...inputs: readonly number[]): number {
    for (const input of inputs) {
      this.from.push(input);
      this.to.push(this.nodes);
    }
    return this.nodes++;
  }

  /** Nodes one after the other; returns the last. */
  chain(length: number, from: number): number {
    let last = from;
    for (let i = 0; i < length; i++) last = this.add(last);
    return last;
  }
}

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function chain(length: number): Net {
  const net = new Net();
  net.chain(length - 1, net.add());
  return net;
}

/** Residual blocks of conv, norm, relu, conv, norm, add, relu; every `stage` blocks one with a projection on its skip (He et al. 2016). */
export function resNet(blocks: number, stage = 4): Net {
  const net = new Net();
  let last = net.chain(4, net.add());
  for (let block = 0; block < blocks; block++) {
    const main = net.chain(5, last);
    const skip = block % stage === 0 ? net.chain(2, last) : last;
    last = net.chain(1, net.add(main, skip));
  }
  net.chain(3, last);
  return net;
}

/** Blocks in which each layer reads the concatenation of all before it (Huang et al. 2017). */
export function denseNet(blocks: number, layers: number): Net {
  const net = new Net();
  let last = net.chain(3, net.add());
  for (let block = 0; block < blocks; block++) {
    const features = [last];
    for (let layer = 0; layer < layers; layer++) features.push(net.chain(6, features.length > 1 ? net.add(...features) : last));
    last = net.chain(4, net.add(...features));
  }
  return net;
}

/** Down and up again with a skip at each depth (Ronneberger et al. 2015). */
export function uNet(depth: number): Net {
  const net = new Net();
  let last = net.add();
  const skips: number[] = [];
  for (let level = 0; level < depth; level++) {
    last = net.chain(4, last);
    skips.push(last);
    last = net.add(last);
  }
  last = net.chain(4, last);
  for (let level = 0; level < depth; level++) last = net.chain(4, net.add(skips.pop()!, net.add(last)));
  net.chain(2, last);
  return net;
}

/** Modules of four branches of different length, joined (Szegedy et al. 2015). */
export function inception(modules: number): Net {
  const net = new Net();
  let last = net.chain(6, net.add());
  for (let module = 0; module < modules; module++) {
    const branches = [2, 4, 6, 3].map((length) => net.chain(length, last));
    last = net.add(...branches);
  }
  net.chain(3, last);
  return net;
}

/** Encoder layers as exporters write them: three projections, heads, a mask that all layers read, two skips each (Vaswani et al. 2017). */
export function transformer(layers: number): Net {
  const net = new Net();
  const mask = net.chain(3, net.add());
  let last = net.chain(3, net.add());
  for (let layer = 0; layer < layers; layer++) {
    const normed = net.add(last);
    const [query, key, value] = [net.chain(4, normed), net.chain(5, normed), net.chain(4, normed)];
    const weights = net.add(net.add(net.chain(1, net.add(query, key)), mask));
    const attended = net.add(net.chain(4, net.add(weights, value)), last);
    const hidden = net.chain(2, net.add(attended));
    const gelu = net.add(net.chain(4, hidden), hidden);
    last = net.add(net.chain(2, gelu), attended);
  }
  net.chain(2, last);
  return net;
}

/** Each node reads one or two of the `window` before it: cells as a search for architectures finds them (Xie et al. 2019). */
export function randomNet(nodes: number, window: number, seed = 1): Net {
  const net = new Net();
  const random = numbers(seed);
  net.add();
  for (let node = 1; node < nodes; node++) {
    const pick = (): number => node - 1 - Math.floor(random() * Math.min(window, node));
    net.add(...new Set([pick(), ...(random() < 0.5 ? [pick()] : [])]));
  }
  return net;
}

/** One node, many that read it, one that reads all. */
export function fan(width: number): Net {
  const net = new Net();
  const first = net.add();
  net.add(...Array.from({ length: width }, () => net.add(first)));
  return net;
}

/** Nodes without edges. */
export function scattered(nodes: number): Net {
  const net = new Net();
  for (let node = 0; node < nodes; node++) net.add();
  return net;
}

/** A residual network with QuantizeLinear and DequantizeLinear before every convolution and addition. */
export function quantized(blocks: number): Net {
  const net = new Net();
  const pair = (from: number): number => net.chain(2, from);
  let last = net.add();
  for (let block = 0; block < blocks; block++) {
    const input = pair(last);
    const main = net.add(pair(net.add(net.add(input))));
    last = net.add(net.add(pair(main), block % 2 ? input : pair(net.add(input))));
  }
  return net;
}
