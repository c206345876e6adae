/** A bundle of its own as text, made by esbuild.mjs: what a worker is started from. */
declare module 'worker:*' {
  const code: string;
  export default code;
}
