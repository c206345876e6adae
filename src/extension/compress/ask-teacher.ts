import path from 'node:path';
import * as vscode from 'vscode';
import { ask, type back } from './pick.ts';

interface TeacherItem extends vscode.QuickPickItem {
  /** Absolute; absent: to be looked for. */
  file?: string;
}

const mostModels = 500;

/** Which model is to be learned from: the largest of the workspace first. */
export async function askTeacher(
  student: vscode.Uri,
  place: { title: string; step: number; steps: number },
): Promise<string | typeof back | undefined> {
  const answer = await ask({ ...place, placeholder: 'Which model is the teacher?', items: items(student) });
  return answer === undefined || typeof answer === 'symbol' ? answer : (answer.file ?? (await browse()));
}

async function items(student: vscode.Uri): Promise<TeacherItem[]> {
  const uris = await vscode.workspace.findFiles('**/*.onnx', '**/{node_modules,.git}/**', mostModels);
  const others = uris.filter(({ scheme, fsPath }) => scheme === 'file' && fsPath !== student.fsPath);
  const sized = await Promise.all(others.map(async (uri) => ({ uri, size: await sizeOf(uri) })));
  const found = sized
    .sort((a, b) => b.size - a.size || (a.uri.fsPath < b.uri.fsPath ? -1 : 1))
    .map(({ uri }): TeacherItem => ({
      label: path.basename(uri.fsPath),
      description: vscode.workspace.asRelativePath(path.dirname(uri.fsPath)),
      file: uri.fsPath,
    }));
  return [...found, { label: '$(folder-opened) Browse…', detail: 'Another model on this machine.' }];
}

async function sizeOf(uri: vscode.Uri): Promise<number> {
  try {
    return (await vscode.workspace.fs.stat(uri)).size;
  } catch {
    return 0; // gone a moment ago: choosing it says so
  }
}

async function browse(): Promise<string | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ filters: { 'ONNX models': ['onnx'] }, openLabel: 'Use as Teacher' })) ?? [];
  return file?.fsPath;
}
