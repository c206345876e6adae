import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundled } from './bundled.mjs';

/** test/support/sshd.ts, bundled: OpenSSH's own server on the loopback, a board for tests. */
export const loadBoards = () => bundled('test/support/sshd.ts', 'host-board');

/** A folder for the PATH with a compiler that says what `lines` hold and makes nothing: exit code 0, as the real one does at times. */
export function fakeCompiler(lines) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-compiler-'));
  const text = path.join(folder, 'lines');
  fs.writeFileSync(text, `${lines.join('\n')}\n`);
  fs.writeFileSync(path.join(folder, 'vai_c_xir'), `#!/bin/sh\ncat '${text}'\n`, { mode: 0o755 });
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
