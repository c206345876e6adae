/** What a client of the language server may say of the workspace: `initializationOptions`, and `optionsNotification` later on, whole each time. */
export interface LanguageOptions {
  /** false: nothing outside the workspace's folders is read, and no network path. By default true, for editors without such a notion. */
  readonly trusted?: boolean;
  /** Folder of run folders, relative to its workspace folder. By default `lathe-runs`. */
  readonly runsFolder?: string;
  /** Absolute: where facts of models are kept between sessions. By default they are kept in memory only. */
  readonly cacheFolder?: string;
  /** Absolute: where the editor keeps the analyses of this workspace. */
  readonly analysesFolder?: string;
}

/** The options have changed: parameters are `LanguageOptions`. */
export const optionsNotification = 'lathe/options';

/** Files have changed of which no editor's watcher tells, analyses in the workspace's storage: parameters are absolute paths. */
export const changedNotification = 'lathe/changed';
