import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';

/** What is used of the interface that VS Code's own git extension gives to others (its `api/git.d.ts`, version 1). */
interface GitApi {
  readonly repositories: readonly Repository[];
  readonly onDidOpenRepository: vscode.Event<Repository>;
  readonly onDidCloseRepository: vscode.Event<Repository>;
  toGitUri(uri: vscode.Uri, ref: string): vscode.Uri;
  getRepository(uri: vscode.Uri): Repository | null;
}

interface Repository {
  readonly state: {
    readonly workingTreeChanges: readonly Change[];
    readonly indexChanges: readonly Change[];
    readonly mergeChanges: readonly Change[];
    readonly onDidChange: vscode.Event<void>;
  };
}

interface Change {
  readonly uri: vscode.Uri;
  /** Where the file was, when it was renamed. */
  readonly originalUri: vscode.Uri;
}

const isModel = ({ path: file }: vscode.Uri): boolean => /\.onnx$/i.test(file);

/** Undefined where the git extension is absent or switched off. */
async function gitApi(): Promise<GitApi | undefined> {
  const extension = vscode.extensions.getExtension<{ readonly enabled: boolean; getAPI(version: 1): GitApi }>('vscode.git');
  const git = await extension?.activate();
  return git?.enabled ? git.getAPI(1) : undefined;
}

/** The model as it is in the last commit, and as it is now. Throws LatheError `git.absent`, `git.no-repository`, `file.no-model`. */
export async function withHead(model: vscode.Uri): Promise<{ a: vscode.Uri; b: vscode.Uri }> {
  if (!isModel(model)) throw new LatheError('file.no-model', 'only .onnx files can be compared', { file: path.basename(model.path) });
  const git = await gitApi();
  if (!git) {
    const hint = 'Enable the built-in extension "Git", or compare with a copy of the file.';
    throw new LatheError('git.absent', "VS Code's git extension is not there", { file: model.fsPath, hint });
  }
  const repository = git.getRepository(model);
  if (!repository) throw new LatheError('git.no-repository', 'the file is in no git repository that is open', { file: model.fsPath });
  const { workingTreeChanges, indexChanges, mergeChanges } = repository.state;
  const change = [...workingTreeChanges, ...indexChanges, ...mergeChanges].find(({ uri }) => uri.toString() === model.toString());
  return { a: git.toGitUri(change?.originalUri ?? model, 'HEAD'), b: model };
}

/** Keeps the context key `lathe.modelsChanged`: whether some repository has a changed model. Menus of Source Control go by it. */
export function watchChangedModels(output: vscode.LogOutputChannel): vscode.Disposable {
  const listeners: vscode.Disposable[] = [];
  let ended = false;
  const watch = async (): Promise<void> => {
    const git = await gitApi();
    if (!git || ended) return;
    const tell = (): void => {
      const changed = git.repositories.some(({ state }) =>
        [...state.workingTreeChanges, ...state.indexChanges, ...state.mergeChanges].some(({ uri }) => isModel(uri)),
      );
      void vscode.commands.executeCommand('setContext', 'lathe.modelsChanged', changed);
    };
    const add = ({ state }: Repository): void => {
      listeners.push(state.onDidChange(tell));
      tell();
    };
    git.repositories.forEach(add);
    listeners.push(git.onDidOpenRepository(add), git.onDidCloseRepository(tell));
  };
  watch().catch((error: unknown) => output.debug(`git: ${String(error)}`));
  return new vscode.Disposable(() => {
    ended = true;
    for (const listener of listeners) listener.dispose();
  });
}
