import {
  DidChangeWatchedFilesNotification,
  type Connection,
  type FileSystemWatcher,
  type InitializeParams,
} from 'vscode-languageserver/node';
import { totalMemory } from '../../src/engine/pipeline/memory.ts';
import { changedNotification, optionsNotification, type LanguageOptions } from '../../src/protocol/language.ts';
import { fileOf } from '../service/document.ts';
import { emptyFacts, type Facts } from '../service/facts.ts';
import { findFactsThread, ReaderThread } from './reader-thread.ts';
import { WorkspaceFacts, type FactsSettings } from './workspace-facts.ts';

/** What facts come from. Pictures are not among them: thousands may change at once, and their folders are looked at anyway. */
const watched: readonly FileSystemWatcher[] = [
  { globPattern: '**/*.onnx' },
  { globPattern: '**/*.compress.{yaml,yml,json}' },
  { globPattern: '**/{run,overlay}.json' },
  { globPattern: '**/*.{csv,npy,npz}' },
];

/** The facts of a client's workspace, kept true by what it says of folders, files and options. */
export function connectFacts(connection: Connection, client: InitializeParams): Facts {
  const code = findFactsThread();
  if (!code) {
    connection.onInitialized(() => connection.console.error('facts-thread.mjs is missing beside the server: models and data are not read'));
    return emptyFacts;
  }
  let folders = foldersOf(client);
  let options = optionsOf(client.initializationOptions);
  const facts = new WorkspaceFacts(settingsOf(folders, options), new ReaderThread(code), totalMemory());
  const configure = (): void => facts.configure(settingsOf(folders, options));

  const { didChangeWatchedFiles } = client.capabilities.workspace ?? {};
  connection.onInitialized(() => {
    if (didChangeWatchedFiles?.dynamicRegistration) {
      void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [...watched] });
    }
    if (client.capabilities.workspace?.workspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => fileOf(uri)));
        folders = [...folders.filter((folder) => !gone.has(folder)), ...added.flatMap(({ uri }) => fileOf(uri) ?? [])];
        configure();
      });
    }
  });
  connection.onDidChangeWatchedFiles(({ changes }) => facts.changed(changes.flatMap(({ uri }) => fileOf(uri) ?? [])));
  connection.onNotification(optionsNotification, (said: unknown) => {
    options = optionsOf(said);
    configure();
  });
  connection.onNotification(changedNotification, (files: unknown) => {
    if (Array.isArray(files)) facts.changed(files.filter((file) => typeof file === 'string'));
  });
  connection.onExit(() => void facts.dispose());
  return facts;
}

function foldersOf({ workspaceFolders, rootUri }: InitializeParams): string[] {
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
  return uris.flatMap((uri) => fileOf(uri) ?? []).map((folder) => folder.replace(/(?<=[^\\/:])[\\/]+$/, ''));
}

/** As foreign data: any client may have written it. */
function optionsOf(said: unknown): LanguageOptions {
  const { trusted, runsFolder, cacheFolder, analysesFolder } = (typeof said === 'object' && said !== null ? said : {}) as Record<
    keyof LanguageOptions,
    unknown
  >;
  return {
    ...(typeof trusted === 'boolean' ? { trusted } : {}),
    ...(typeof runsFolder === 'string' && runsFolder ? { runsFolder } : {}),
    ...(typeof cacheFolder === 'string' && cacheFolder ? { cacheFolder } : {}),
    ...(typeof analysesFolder === 'string' && analysesFolder ? { analysesFolder } : {}),
  };
}

function settingsOf(folders: readonly string[], options: LanguageOptions): FactsSettings {
  const { trusted = true, runsFolder = 'lathe-runs', cacheFolder, analysesFolder } = options;
  return {
    folders,
    trusted,
    runsFolder,
    ...(cacheFolder ? { cache: cacheFolder } : {}),
    ...(analysesFolder ? { analyses: analysesFolder } : {}),
  };
}
