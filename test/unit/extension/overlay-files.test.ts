import type * as vscode from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';

/** A file system by address, and addresses as VS Code reads them. */
const disk = vi.hoisted(() => new Map<string, { text: string; size: number }>());
const asked = vi.hoisted((): string[] => []);

vi.mock('vscode', () => {
  class Uri {
    constructor(readonly url: URL) {}
    static parse(text: string): Uri {
      return new Uri(new URL(text));
    }
    static joinPath({ url }: Uri, ...parts: string[]): Uri {
      return new Uri(new URL(parts.join('/'), url.href.endsWith('/') ? url : `${url.href}/`));
    }
    get path(): string {
      return decodeURIComponent(this.url.pathname);
    }
    toString(): string {
      return this.url.href;
    }
  }
  class FileSystemError extends Error {}
  const found = (uri: Uri): { text: string; size: number } => {
    asked.push(uri.toString());
    const file = disk.get(uri.toString());
    if (!file) throw new FileSystemError(uri.toString());
    return file;
  };
  const fs = {
    stat: (uri: Uri) => Promise.resolve().then(() => ({ size: found(uri).size, mtime: 1 })),
    readFile: (uri: Uri) => Promise.resolve().then(() => new TextEncoder().encode(found(uri).text)),
    readDirectory: () => Promise.resolve([]),
    writeFile: (uri: Uri, bytes: Uint8Array) => {
      disk.set(uri.toString(), { text: new TextDecoder().decode(bytes), size: bytes.length });
      return Promise.resolve();
    },
  };
  return { Uri, FileSystemError, workspace: { fs } };
});

const { Uri } = await import('vscode');
const { OverlayFiles } = await import('../../../src/extension/overlays/files.ts');
const { layerIndex } = await import('../../../src/extension/overlays/views.ts');

const model = Uri.parse('vscode-remote://wsl/home/model.onnx');
const layers = layerIndex([{ name: '/conv', index: 0 }]);
const figures = (target: string): string =>
  JSON.stringify({ signature: 'netron:attachment', metrics: [{ kind: 'node', target, name: 'Duration, ms', value: 3 }] });

describe('a file of which only the address was dropped', () => {
  let files: InstanceType<typeof OverlayFiles>;
  beforeEach(() => {
    disk.clear();
    asked.length = 0;
    files = new OverlayFiles({ storageUri: Uri.parse('file:///storage') } as vscode.ExtensionContext, {} as vscode.LogOutputChannel);
  });
  const drop = (address: string): Promise<string[]> => files.dropAddress(model, address, layers);

  it('is read through the file system it names, and stays with the model', async () => {
    const address = 'vscode-remote://wsl/home/a%20b.json';
    disk.set(address, { text: figures('/conv'), size: 100 });
    const ids = await drop(address);
    expect(ids).toHaveLength(1);
    const { overlays } = await files.of(model, layers, () => Promise.resolve(undefined));
    expect(overlays).toMatchObject([
      { id: ids[0], values: [[0, 3]], removable: true, origin: expect.stringContaining('a b.json') as string },
    ]);
    await files.forget(model, ids[0]!);
    expect((await files.of(model, layers, () => Promise.resolve(undefined))).overlays).toEqual([]);
  });

  it('is refused with a reason: too large, not there, of another model, no address', async () => {
    disk.set('file:///large.json', { text: '', size: 64 * 2 ** 20 + 1 });
    disk.set('file:///other.json', { text: figures('/other'), size: 100 });
    await expect(drop('file:///large.json')).rejects.toMatchObject({ code: 'overlay.too-large' });
    await expect(drop('file:///gone.json')).rejects.toMatchObject({ code: 'file.read' });
    await expect(drop('file:///other.json')).rejects.toMatchObject({ code: 'overlay.other-model' });
    asked.length = 0;
    await expect(drop('no address')).rejects.toMatchObject({ code: 'file.read' });
    expect(asked).toEqual([]);
  });
});
