/** A bundle of its own as text, made by esbuild.mjs: what a worker is started from. */
declare module 'worker:*' {
  const code: string;
  export default code;
}

/** A picture as text. */
declare module '*.svg' {
  const text: string;
  export default text;
}
