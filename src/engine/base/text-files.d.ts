/** Scripts that run elsewhere (a board, the user's Python): their text. */
declare module '*.py' {
  const text: string;
  export default text;
}

declare module '*.sh' {
  const text: string;
  export default text;
}
