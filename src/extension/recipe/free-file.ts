import * as vscode from 'vscode';

/**
 * Writes a text under `<folder>/<name><ending>`, or under the next free name (`<name>-2<ending>`) where a file with other contents is
 * there: nobody's work is written over.
 */
export async function writeFree(folder: string, name: string, ending: string, text: string): Promise<vscode.Uri> {
  const bytes = new TextEncoder().encode(text);
  for (let number = 1; ; number++) {
    const uri = vscode.Uri.joinPath(vscode.Uri.file(folder), `${name}${number === 1 ? '' : `-${number}`}${ending}`);
    const there = await contents(uri);
    if (there && Buffer.compare(there, bytes) !== 0) continue;
    if (!there) await vscode.workspace.fs.writeFile(uri, bytes);
    return uri;
  }
}

async function contents(uri: vscode.Uri): Promise<Uint8Array | undefined> {
  try {
    return await vscode.workspace.fs.readFile(uri);
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return undefined;
    throw error;
  }
}
